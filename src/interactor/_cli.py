"""The `interactor` command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from ._commands import _sandbox, _webhooks, _workflows
from ._commands._problem import CommandError
from ._version import __version__

_GROUPS = (_sandbox, _webhooks, _workflows)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="interactor", description="Tools for the Interactor platform.")
    parser.add_argument("--version", action="version", version=f"interactor {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for group in _GROUPS:
        group.add(commands)
    arguments = parser.parse_args(argv)
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        return run(arguments)
    except CommandError as error:
        print(error, file=sys.stderr)
        return error.code
