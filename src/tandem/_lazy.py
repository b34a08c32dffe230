"""Packages whose names load their modules on first use (PEP 562)."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # not typing's: its import would be most of what a lazy package's import costs
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


def lazy_names(package: str, modules: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` for a package: `modules` maps each public name to the module that has it.

    No lock of our own: the import system's locks make two threads that ask at once get the same object.
    """

    def __getattr__(name: str) -> Any:
        module = modules.get(name)
        if module is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        from importlib import import_module

        value = getattr(import_module(module, package), name)
        setattr(sys.modules[package], name, value)
        return value

    def __dir__() -> list[str]:
        return sorted({*vars(sys.modules[package]), *modules})

    return __getattr__, __dir__


def names_of(module: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` for a module that is another one under a better name."""

    def found() -> Any:
        from importlib import import_module

        return import_module(module)

    return lambda name: getattr(found(), name), lambda: dir(found())
