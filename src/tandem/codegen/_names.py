"""What things of the document are called in Python, and the names that must not meet."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable

from openapi_python_client import strings

from ._problem import CodegenError

MODEL_MEMBERS = frozenset(
    {"from_dict", "from_fresh", "to_dict", "additional_properties", "response_meta", "self", "cls", "d"}
)
_SHADOWING = frozenset({"attrs", "builtins", "classmethod", "datetime", "property", "models"})
_BUILTIN_TYPES = frozenset({"bool", "bytes", "dict", "float", "int", "list", "object", "str", "tuple", "type"})
_WORD = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[\w.]+""")


def class_name(component: str) -> str:
    """The class for a component schema: its own name, made a Python identifier where it is none."""
    return str(strings.ClassName(component, "Model"))


def module_name(class_: str) -> str:
    """The module that a class stands in."""
    name = strings.snake_case(class_)
    return f"{name}_" if keyword.iskeyword(name) else name


def field_name(wire: str) -> str:
    """The attribute for a property: snake case, with `_` after it where Python or the model needs the name itself."""
    name = argument_name(wire)
    return f"{name}_" if name in MODEL_MEMBERS or name in _SHADOWING else name


def argument_name(wire: str) -> str:
    """The keyword for a parameter or a body field."""
    name = strings.snake_case(wire) or "field"
    if wire.startswith("_") or not name.isidentifier():
        name = f"field_{name}"
    return f"{name}_" if keyword.iskeyword(name) or name in {"self", "cls"} else name


def pascal(*parts: str) -> str:
    """One PascalCase name of several parts; what is PascalCase already stays as it is."""
    return "".join(word[:1].upper() + word[1:] for part in parts for word in re.split(r"[^0-9A-Za-z]+", part))


def constant_name(method: str) -> str:
    """The module-level name of an operation."""
    return method.upper()


def qualified(annotation: str, taken: Iterable[str]) -> str:
    """An annotation that still means the builtin types in a class whose members have taken their names.

    >>> qualified("list[str] | None", {"list"})
    'builtins.list[str] | None'
    """
    hidden = _BUILTIN_TYPES & set(taken)

    def spelled(match: re.Match[str]) -> str:
        return f"builtins.{match[0]}" if match[0] in hidden else match[0]

    return _WORD.sub(spelled, annotation) if hidden else annotation


def python_name(wire: str, name: str, place: str) -> str:
    """The name itself, when Python can take it as the name of a resource or a method."""
    if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_") or name in dir(builtins.object):
        raise CodegenError(f"{place}: {wire!r} cannot be a Python name.")
    return name


def refuse_collisions(names: Iterable[tuple[str, str]], place: str) -> None:
    """Names with what each stands for: two things under one name are an error."""
    seen: dict[str, str] = {}
    for name, thing in names:
        if name in seen:
            raise CodegenError(f"{place}: {thing} and {seen[name]} would both be called {name!r}. Rename one of them.")
        seen[name] = thing
