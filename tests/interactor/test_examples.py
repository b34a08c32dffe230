"""The example in every method's docstring is Python that its platform understands."""

from __future__ import annotations

import asyncio
import doctest
import inspect
import pkgutil
import textwrap
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

import coordinaitor
import coordinaitor.sandbox
import interactor
import interactor.sandbox
import tandem
from tandem import APIStatusError
from tandem._json import is_object
from tests.blocking import Blocking

from .test_surface import Product, each_operation, method_of


@pytest.fixture(scope="module")
def sandboxes() -> Iterator[dict[str, Any]]:
    """The local platforms, by name."""
    with interactor.sandbox.Sandbox() as one, coordinaitor.sandbox.Sandbox() as other:
        yield {"interactor": one, "coordinaitor": other}


@pytest.fixture(params=["sync", "async"])
def client(request: pytest.FixtureRequest, product: Product, sandboxes: dict[str, Any]) -> Iterator[Any]:
    """A client of either colour; the asynchronous one is driven so that it looks like the other."""
    sandbox = sandboxes[product.name]
    if request.param == "sync":
        with sandbox.client() as made:
            yield made
    else:
        with asyncio.Runner() as runner, Blocking(sandbox.async_client(), runner) as driven:
            yield driven


def names_what_is_not_there(error: APIStatusError) -> bool:
    """The ids in the examples are made up. A request that is wrong in itself would be another 400 or 422."""
    if error.status_code == 422:
        return all(message.startswith("No ") for message in messages_of(error.details))
    return error.status_code in {401, 403, 404, 409}


def messages_of(details: Any) -> list[str]:
    """What is wrong with the fields: a list of them, or a map."""
    if is_object(details):
        return [message for messages in details.values() for message in messages]
    return [detail["message"] for detail in details]


def example_of(method: object) -> str:
    _, _, rest = (inspect.getdoc(method) or "").partition("Example:\n")
    return textwrap.dedent(rest.partition("\nSource:")[0])


@each_operation
def test_the_example_of_a_method_is_a_request_that_the_platform_understands(
    product: Product, name: str, client: Any
) -> None:
    example = example_of(method_of(product.sync_client(), name))
    assert f"client.{name}(" in example
    try:
        exec(compile(example, f"example of {name}", "exec"), {"client": client})
    except APIStatusError as error:
        assert names_what_is_not_there(error), error  # noqa: PT017  # most examples raise nothing


def modules() -> list[ModuleType]:
    """Every module of ours whose docstrings hold examples for doctest."""
    names = [
        found.name
        for package in (tandem, interactor, coordinaitor)
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if not found.name.endswith("__main__") and ".templates" not in found.name
    ]
    return [module for name in names if ">>>" in inspect.getsource(module := import_module(name))]


@pytest.mark.parametrize("module", modules(), ids=lambda module: str(module.__name__))
def test_the_examples_of_a_module_give_what_they_say(module: ModuleType) -> None:
    results = doctest.testmod(module)

    assert results.attempted > 0
    assert results.failed == 0
