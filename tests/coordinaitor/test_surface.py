"""Every operation of the document is a method of both clients; the package is light, and its names are true."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import pytest

import coordinaitor
import interactor
import tandem
from coordinaitor import AsyncOrchestratorClient, OrchestratorClient
from coordinaitor._version import __version__

from .conftest import KEY

Json = dict[str, Any]
MOST_LINES = 600
NAMES: list[str] = vars(coordinaitor)["__all__"]


def operations() -> Iterator[tuple[str, Json]]:
    document: Json = json.loads(files("coordinaitor_api").joinpath("_document.json").read_text(encoding="utf-8"))
    items = cast("dict[str, dict[str, Json]]", document["paths"]).values()
    for operation in (each for item in items for each in item.values() if "operationId" in each):
        yield f"{operation['x-sdk']['resource']}.{operation['x-sdk']['method']}", operation


OPERATIONS: dict[str, Json] = dict(operations())


def method_of(client: object, name: str) -> Any:
    for part in name.split("."):
        client = getattr(client, part)
    return client


def test_the_document_has_41_operations() -> None:
    assert len(OPERATIONS) == 41


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_each_operation_is_a_method_of_both_clients_with_one_signature(name: str) -> None:
    ours, theirs = method_of(OrchestratorClient(**KEY), name), method_of(AsyncOrchestratorClient(**KEY), name)
    keep = inspect.Signature.empty

    one, other = (inspect.signature(each).replace(return_annotation=keep) for each in (ours, theirs))
    assert one == other
    assert ours.__doc__.strip().startswith(OPERATIONS[name]["summary"].rstrip("."))
    assert "idempotency_key" not in one.parameters
    assert list(one.parameters)[-1] == "options"


def test_every_public_method_is_an_operation_or_a_known_addition() -> None:
    additions = {"auth.token", "auth.revoke", "tasks.watch"}

    assert set(_methods(OrchestratorClient(**KEY), "")) == set(OPERATIONS) | additions


def _methods(resource: object, prefix: str) -> Iterator[str]:
    for name, value in inspect.getmembers_static(type(resource)):
        if isinstance(cast("object", value), cached_property) and not name.startswith("_"):
            yield from _methods(getattr(resource, name), f"{prefix}{name}.")
        elif prefix and inspect.isfunction(value) and not name.startswith("_"):
            yield f"{prefix}{name}"


def test_both_clients_take_the_same_options_with_the_same_defaults() -> None:
    ours, theirs = (inspect.signature(kind).parameters for kind in (OrchestratorClient, AsyncOrchestratorClient))

    assert [(name, each.default) for name, each in ours.items()] == [
        (name, each.default) for name, each in theirs.items()
    ]


def test_every_public_name_is_there() -> None:
    for name in NAMES:
        assert getattr(coordinaitor, name) is not None
    assert set(NAMES) <= set(dir(coordinaitor))
    assert __version__ == interactor.__version__


def test_what_the_engine_hands_on_is_the_same_for_every_product() -> None:
    handed_on: list[str] = import_module("tandem._handed_on").__all__

    assert all(getattr(coordinaitor, name) is getattr(interactor, name) is getattr(tandem, name) for name in handed_on)


def test_its_errors_are_its_own() -> None:
    errors: tuple[str, ...] = import_module("tandem._handed_on").ERRORS

    for name in errors:
        assert issubclass(getattr(coordinaitor, name), coordinaitor.OrchestratorError)
        assert issubclass(getattr(coordinaitor, name), getattr(tandem, name))
        assert not issubclass(getattr(coordinaitor, name), interactor.InteractorError)


def loaded(code: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after running this code."""
    script = f"import sys; before = set(sys.modules)\n{code}\nprint('\\n'.join(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_importing_loads_no_model_and_no_http_library() -> None:
    heavy = ("attr", "httpx", "anyio", "coordinaitor_api.", "json", "ssl", "websockets", "interactor")

    modules = loaded("import coordinaitor")

    assert not [name for name in modules if name.startswith(heavy)]
    assert len(modules) < 60


def test_making_a_client_loads_no_model_and_no_web_socket() -> None:
    modules = loaded("from coordinaitor import OrchestratorClient; OrchestratorClient(api_key='ak_1')")

    assert not [name for name in modules if name.startswith(("coordinaitor_api.models.", "websockets", "ssl"))]


def by_hand(package: ModuleType) -> list[Path]:
    """The modules of a facade, without its local platform."""
    folder = Path(str(package.__file__)).parent
    return [path for path in folder.rglob("*.py") if "sandbox" not in path.relative_to(folder).parts]


def test_what_is_written_by_hand_stays_little(record_property: Callable[[str, str], None]) -> None:
    lines = [line for path in by_hand(coordinaitor) for line in path.read_text().splitlines() if line.strip()]

    record_property(
        "figure", f"{len(lines)} lines of coordinaitor are written by hand, its sandbox and empty ones aside"
    )
    assert len(lines) <= MOST_LINES


def runs(package: ModuleType) -> set[tuple[str, ...]]:
    """Every four lines in a row that do something: imports and lines of brackets alone do not."""
    found: set[tuple[str, ...]] = set()
    for path in by_hand(package):
        lines = [line.strip() for line in path.read_text().splitlines()]
        telling = [line for line in lines if re.search(r"\w", line) and not re.match(r"(from|import) ", line)]
        found.update(zip(*(telling[start:] for start in range(4)), strict=False))
    return found


def test_nothing_is_copied_from_one_facade_to_the_other() -> None:
    assert runs(coordinaitor) & runs(interactor) == set()
