"""The example in every method's docstring is Python that the platform understands."""

from __future__ import annotations

import doctest
import inspect
import pkgutil
import textwrap
from importlib import import_module
from types import ModuleType

import pytest

import interactor
import tandem
from interactor import APIStatusError, InteractorClient

from .test_surface import OPERATIONS, method_of


def names_what_is_not_there(error: APIStatusError) -> bool:
    """The ids in the examples are made up. A request that is wrong in itself would be another 400 or 422."""
    if error.status_code == 422:
        return all(detail["message"].startswith("No ") for detail in error.details)
    return error.status_code in {401, 403, 404, 409}


def example_of(method: object) -> str:
    _, _, rest = (inspect.getdoc(method) or "").partition("Example:\n")
    return textwrap.dedent(rest.partition("\nSource:")[0])


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_the_example_of_a_method_is_a_request_that_the_platform_understands(
    name: str, client: InteractorClient
) -> None:
    example = example_of(method_of(InteractorClient(client_id="id", client_secret="secret"), name))
    assert f"client.{name}(" in example
    try:
        exec(compile(example, f"example of {name}", "exec"), {"client": client})
    except APIStatusError as error:
        assert names_what_is_not_there(error), error  # noqa: PT017  # most examples raise nothing


def modules() -> list[ModuleType]:
    """Every module of ours whose docstrings hold examples for doctest."""
    names = [
        found.name
        for package in (tandem, interactor)
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if not found.name.endswith("__main__") and ".templates" not in found.name
    ]
    return [module for name in names if ">>>" in inspect.getsource(module := import_module(name))]


@pytest.mark.parametrize("module", modules(), ids=lambda module: str(module.__name__))
def test_the_examples_of_a_module_give_what_they_say(module: ModuleType) -> None:
    results = doctest.testmod(module)

    assert results.attempted > 0
    assert results.failed == 0
