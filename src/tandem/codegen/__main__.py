"""`python -m tandem.codegen generate DOCUMENT OUTPUT`, `check DOCUMENT OUTPUT`, `diff OLD NEW`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import packages_distributions
from pathlib import Path

from ._problem import CodegenError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit code: 0 done, 1 something differs or breaks, 2 the document cannot be used."""
    given = _parser().parse_args(arguments)
    try:
        return _COMMANDS[given.command](given.first, given.second)
    except CodegenError as problem:
        print(f"error: {problem}", file=sys.stderr)
    except ModuleNotFoundError as missing:
        print(f"error: The generator needs {missing.name}. Install it with: {_remedy()}", file=sys.stderr)
    except (AttributeError, KeyError, TypeError) as problem:
        # Validation is not complete; what it lets through meets code that expects the standard's types.
        print(f"error: The document is not shaped as OpenAPI wants it: {problem!r}.", file=sys.stderr)
    return 2


def _generate(document: Path, target: Path) -> int:
    from ._project import generate

    generate(document, target)
    return 0


def _check(document: Path, target: Path) -> int:
    from ._drift import drift

    differences = drift(document, target)
    for line in differences:
        print(line)
    return 1 if differences else 0


def _diff(old: Path, new: Path) -> int:
    from ._breaking import compare
    from ._document import read_document

    changes = compare(read_document(old), read_document(new))
    print(changes.report())
    return 1 if changes.breaking else 0


def _remedy() -> str:
    """What to type for the libraries of the generator: the extra of the distribution that it came with."""
    (owner, *_) = packages_distributions().get(CodegenError.__module__.partition(".")[0], [""])
    return f"pip install '{owner}[codegen]'" if owner else "pip install openapi-python-client PyYAML ruff"


_COMMANDS = {"generate": _generate, "check": _check, "diff": _diff}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tandem.codegen", description="From a document to a typed client.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, first, second, about in (
        ("generate", "DOCUMENT", "OUTPUT", "write the package for a document"),
        ("check", "DOCUMENT", "OUTPUT", "name the files that generating again would change"),
        ("diff", "OLD", "NEW", "tell what changed between two documents, and what of it breaks callers"),
    ):
        command = commands.add_parser(name, help=about, description=about)
        command.add_argument("first", metavar=first, type=Path)
        command.add_argument("second", metavar=second, type=Path)
    return parser


if __name__ == "__main__":
    sys.exit(main())
