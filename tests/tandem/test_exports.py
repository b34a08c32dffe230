"""`import tandem` costs nothing, and its public names are true."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import tandem
from tandem._lazy import lazy_names

MODULES: dict[str, tuple[str, ...]] = vars(tandem)["_MODULES"]
SOURCE = Path(tandem.__file__).read_text()


def loaded(code: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after running this code."""
    script = f"import sys; before = set(sys.modules)\n{code}\nprint('\\n'.join(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_importing_loads_no_library() -> None:
    modules = loaded("import tandem")

    assert not [
        name for name in modules if name.split(".")[0] in {"httpx", "attr", "attrs", "anyio", "dateutil", "asyncio"}
    ]
    assert {name for name in modules if name.startswith("tandem")} == {"tandem", "tandem._lazy"}


def test_a_client_loads_its_http_library_when_it_is_first_needed() -> None:
    assert not [
        name for name in loaded("from tandem import Client, HttpxTransport; HttpxTransport()") if name == "httpx"
    ]


@pytest.mark.parametrize("name", tandem.__all__)
def test_every_public_name_is_there_and_stands_where_the_table_says(name: str) -> None:
    home = next(module for module, names in MODULES.items() if name in names)

    assert getattr(tandem, name) is getattr(import_module(f"tandem.{home}"), name)


def test_the_three_lists_of_names_are_one() -> None:
    block = next(node for node in ast.parse(SOURCE).body if isinstance(node, ast.If))
    imported = {
        (node.module, alias.name) for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }

    assert imported == {(module, name) for module, names in MODULES.items() for name in names}
    assert sorted(name for _, name in imported) == sorted(tandem.__all__)
    assert set(tandem.__all__) <= set(dir(tandem))


def test_every_error_class_is_public() -> None:
    names = {name for name in vars(import_module("tandem._errors")) if name.endswith("Error")}
    assert names <= set(tandem.__all__)


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'tandem' has no attribute 'Cliennt'"):
        _ = tandem.Cliennt  # type: ignore[attr-defined]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType, reportAttributeAccessIssue]  # wrong on purpose: checkers know it too


def test_a_lazy_name_is_looked_up_once() -> None:
    get, _ = lazy_names("tandem", {"RetryPolicy": "._retry"})
    tandem.__dict__.pop("RetryPolicy", None)

    assert get("RetryPolicy") is tandem.__dict__["RetryPolicy"]


def test_every_module_has_a_docstring_and_bearable_length() -> None:
    for path in Path(tandem.__file__).parent.glob("*.py"):
        text = path.read_text()
        assert ast.get_docstring(ast.parse(text)), path.name
        assert text.count("\n") <= 350, path.name
