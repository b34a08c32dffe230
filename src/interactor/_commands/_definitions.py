"""`interactor workflows check` and `draw`: what needs no platform."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from interactor.workflows import Definition, DefinitionError, Fault

from ._problem import CommandError

_ENDINGS = {".svg": "svg", ".mmd": "mermaid", ".mermaid": "mermaid", ".dot": "dot", ".gv": "dot"}


def check(arguments: argparse.Namespace) -> int:
    """Returns 1 when the platform would refuse any of the files."""
    refused = 0
    for file in arguments.files:
        try:
            faults = faults_of(file)
        except CommandError as problem:  # no definition at all: the other files are checked all the same
            print(f"{file}: error: {str(problem).removeprefix(f'{file} ')}", file=sys.stderr)
            refused += 1
            continue
        errors = sum(fault.severity == "error" for fault in faults)
        refused += errors
        for fault in faults:
            print(told(file, fault), file=sys.stderr)
        print(f"{file}: {_counted(errors, 'error')}, {_counted(len(faults) - errors, 'warning')}")
    return 1 if refused else 0


def draw(arguments: argparse.Namespace) -> int:
    """Returns 0: a definition with faults can be drawn too."""
    definition = definition_of(arguments.file)
    wanted = arguments.format or _ENDINGS.get(Path(arguments.output or "").suffix.lower(), "text")
    drawings = {
        "text": definition.to_text,
        "svg": definition.to_svg,
        "mermaid": definition.to_mermaid,
        "dot": definition.to_dot,
    }
    drawing = drawings[wanted]()
    if arguments.output is None:
        print(drawing.rstrip("\n"))
        return 0
    try:
        Path(arguments.output).write_text(f"{drawing.rstrip()}\n", encoding="utf-8")
    except OSError as problem:
        raise CommandError(f"{arguments.output} cannot be written: {problem.strerror}.") from None
    return 0


def definition_of(file: str) -> Definition:
    """The definition in a file. CommandError when there is none."""
    try:
        return Definition.from_file(file)
    except DefinitionError as problem:
        raise CommandError(str(problem)) from None


def faults_of(file: str) -> list[Fault]:
    """Every fault of the definition in a file."""
    return definition_of(file).check()


def told(file: str, fault: Fault) -> str:
    """A fault as compilers tell theirs, so that editors find the place."""
    where = f"{file}:{fault.line or 1}:{fault.column or 1}"
    return f"{where}: {fault.severity}: {fault.path or Path(file).name}: {fault.message}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
