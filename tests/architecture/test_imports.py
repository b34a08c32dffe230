"""Who may look at whom."""

from __future__ import annotations

import sys

import pytest

from .imports import PRODUCTS, ROOT, Import, all_imports, breaks_a_rule, imports_of, is_command_line, room, rooms

IMPORTS = all_imports()
LIBRARIES = {
    "tandem": {"anyio", "attrs", "certifi", "dateutil", "httpcore", "httpx"},
    "interactor": {"anyio", "attrs"},
    "coordinaitor": {"anyio", "attrs"},
    "interactor_api": {"attrs"},
    "coordinaitor_api": {"attrs"},
}
"""What each room that is part of every installation may use beside the standard library."""
FRAMEWORKS = {
    "tandem._json",
    "tandem._live._talk",
    "tandem._wire._native",
    "tandem._wire._homes",
    "tandem._wire._loading",
    "tandem.webhooks._frameworks",
    "interactor.workflows._yaml",
}
"""Modules for those who have a library or a framework: they import it where they need it."""


def test_nobody_looks_into_a_room_that_is_closed_to_him() -> None:
    assert [str(found) for found in IMPORTS if breaks_a_rule(found)] == []


def test_the_imports_that_the_house_lives_on_are_seen() -> None:
    seen = {(room(found.by), room(found.of)) for found in IMPORTS}

    assert {("interactor", "tandem"), ("interactor", "interactor_api"), ("interactor_api", "tandem")} <= seen
    assert {("coordinaitor", "tandem"), ("coordinaitor", "coordinaitor_api"), ("coordinaitor_api", "tandem")} <= seen
    assert ("tandem.sandbox", "tandem") in seen
    assert ("tandem.codegen", "tandem") in seen


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("tandem._client", "from . import sandbox"),
        ("tandem._client", "from .sandbox import App"),
        ("tandem._client", "from tandem.codegen._plan import Plan"),
        ("tandem._client", "def f():\n    import interactor"),
        ("tandem._client", "import interactor_api.models"),
        ("tandem._client", "import_module('.sandbox', 'tandem')"),
        ("tandem.sandbox._app", "from ..codegen import Plan"),
        ("tandem.sandbox._app", "import interactor.sandbox"),
        ("tandem.codegen._plan", "from tandem import sandbox"),
        ("interactor_api.models.room", "from interactor import InteractorClient"),
        ("interactor_api.models.room", "import tandem.sandbox"),
        ("interactor._client", "from .sandbox import Sandbox"),
        ("interactor._client", "from tandem.sandbox import App"),
        ("interactor.sandbox._rooms", "from tandem.codegen import Plan"),
        ("interactor.sandbox._rooms", "import coordinaitor"),
        ("coordinaitor._client", "import interactor"),
        ("coordinaitor._client", "from interactor_api import models"),
        ("coordinaitor._client", "from .sandbox import Sandbox"),
        ("interactor._client", "import coordinaitor"),
    ],
)
def test_a_forbidden_look_is_found(module: str, source: str) -> None:
    assert any(breaks_a_rule(found) for found in imports_of(source, module))


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("tandem._client", "from ._core import Core"),
        ("tandem._client", "import httpx, json"),
        ("tandem.sandbox._app", "from tandem._headers import Headers"),
        ("tandem.codegen._plan", "from ..models import is_object"),
        ("interactor_api.resources.rooms", "from .. import models"),
        ("interactor._client", "from interactor_api.resources import Api"),
        ("interactor._cli", "from .sandbox._command import run"),
        ("interactor._commands._sandbox", "from interactor.sandbox._command import run"),
        ("interactor.sandbox._rooms", "from .. import InteractorClient"),
        ("interactor.sandbox._rooms", "from tandem.sandbox import Reply"),
    ],
)
def test_an_open_door_is_open(module: str, source: str) -> None:
    assert not any(breaks_a_rule(found) for found in imports_of(source, module))


def test_relative_imports_are_followed_from_where_they_stand() -> None:
    assert list(imports_of("from ..a import b", "x.y.z")) == [Import("x.y.z", "x.a")]
    assert list(imports_of("from .a import b", "x.y", is_package=True)) == [Import("x.y", "x.y.a")]
    assert list(imports_of("from . import b", "x.y")) == [Import("x.y", "x")]


@pytest.mark.parametrize("product", PRODUCTS)
def test_only_the_command_line_of_a_product_starts_its_sandbox(product: str) -> None:
    outside = {found.by for found in IMPORTS if room(found.of) == f"{product}.sandbox" and room(found.by) == product}

    assert all(is_command_line(module, product) for module in outside)


@pytest.mark.parametrize("tree", ["src/tandem", "templates"])
def test_the_engine_names_no_product(tree: str) -> None:
    files = [path for path in (ROOT / tree).rglob("*") if path.is_file() and path.suffix != ".pyc"]
    naming = [str(path) for path in files for name in PRODUCTS if name in path.read_text().lower()]

    assert len(files) > 5
    assert naming == []


def test_the_http_library_stays_behind_its_seam() -> None:
    users = {found.by for found in IMPORTS if found.of.split(".")[0] in {"httpx", "httpcore", "httpx2"}}

    assert {by for by in users if by.startswith("tandem") and room(by) == "tandem"} == {
        "tandem._wire._aims",
        "tandem._wire._connections",
        "tandem._wire._network",
        "tandem._wire._pools",
        "tandem._wire._recorders",
        "tandem._wire._unread",
    }
    assert not {by for by in users if room(by) in {*PRODUCTS, *(f"{product}_api" for product in PRODUCTS)}}


@pytest.mark.parametrize("name", list(LIBRARIES))
def test_an_installation_without_extras_has_all_that_it_needs(name: str) -> None:
    libraries = {
        found.of.split(".")[0]
        for found in IMPORTS
        if room(found.by) == name and room(found.of) not in rooms() and found.by not in FRAMEWORKS
    }

    assert libraries - set(sys.stdlib_module_names) - {"__future__"} <= LIBRARIES[name]
