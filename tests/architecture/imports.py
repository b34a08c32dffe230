"""Which module imports which, read from the syntax tree: imports inside functions and by name count too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCTS = ("interactor", "coordinaitor")


@dataclass(frozen=True)
class Import:
    """One import: the module that does it and the module that it names, both with their full names."""

    by: str
    of: str

    def __str__(self) -> str:
        return f"{self.by} imports {self.of}"


def all_imports() -> list[Import]:
    """Every import between modules of `src` and `generated`, and of anything else."""
    return [
        found
        for tree in (ROOT / "src", ROOT / "generated")
        for path in sorted(tree.rglob("*.py"))
        for found in imports_of(path.read_text(), module_name(path.relative_to(tree)), path.name == "__init__.py")
    ]


def module_name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(source: str, module: str, is_package: bool = False) -> Iterator[Import]:
    """The imports in one module's source."""
    package = module if is_package else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (Import(module, alias.name) for alias in names)
            case ast.ImportFrom(module=name, level=level, names=names):
                base = _absolute(name or "", level, package)
                # `from tandem import sandbox` imports a module as well.
                yield from (
                    Import(module, f"{base}.{alias.name}" if base in package_roots() else base) for alias in names
                )
            case ast.Call(func=ast.Name(id="import_module" | "__import__"), args=[ast.Constant(value=str(name)), *_]):
                yield Import(module, _absolute(name.lstrip("."), len(name) - len(name.lstrip(".")), package))
            case _:
                pass


def package_roots() -> frozenset[str]:
    return frozenset({"tandem", *PRODUCTS})


def _absolute(name: str, level: int, package: str) -> str:
    if not level:
        return name
    base = package.rsplit(".", level - 1)[0] if level > 1 else package
    return f"{base}.{name}" if name else base


def room(module: str) -> str:
    """The room that a module stands in; for a library, its first name."""
    parts = module.split(".")
    if len(parts) > 1 and parts[1] in {"sandbox", "codegen"} and parts[0] in package_roots():
        return ".".join(parts[:2])
    return parts[0]


def allowed_rooms(of: str) -> frozenset[str]:
    """The rooms that a room may look into, itself included."""
    for product in PRODUCTS:
        api, sandbox = f"{product}_api", f"{product}.sandbox"
        match of:
            case _ if of == product:
                return frozenset({product, api, "tandem"})
            case _ if of == api:
                return frozenset({api, "tandem"})
            case _ if of == sandbox:
                return frozenset({sandbox, product, api, "tandem", "tandem.sandbox"})
            case _:
                pass
    return frozenset({of, "tandem"})


def rooms() -> frozenset[str]:
    """All rooms of the house."""
    own = {f"{product}{suffix}" for product in PRODUCTS for suffix in ("", "_api", ".sandbox")}
    return frozenset({"tandem", "tandem.codegen", "tandem.sandbox", *own})


def breaks_a_rule(found: Import) -> bool:
    """Whether a module looks into a room that is closed to it."""
    own, other = room(found.by), room(found.of)
    if other not in rooms() or other in allowed_rooms(own):
        return False
    # The command line of a product starts its sandbox.
    return not (is_command_line(found.by, own) and other == f"{own}.sandbox")


def is_command_line(module: str, product: str) -> bool:
    """Whether a module belongs to the command line of a product."""
    return module == f"{product}._cli" or module.startswith(f"{product}._commands.")
