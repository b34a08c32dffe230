"""The `interactor` command."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tandem._command_line import carry_out, command_line

from ._commands import _sandbox, _webhooks, _workflows
from ._commands._problem import CommandError
from ._version import __version__

_GROUPS = (_sandbox, _webhooks, _workflows)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser, commands = command_line("interactor", "Tools for the Interactor platform.", __version__)
    for group in _GROUPS:
        group.add(commands)
    try:
        return carry_out(parser, argv)
    except CommandError as error:
        print(error, file=sys.stderr)
        return error.code
