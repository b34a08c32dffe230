"""The `interactor` command."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tandem._command_line import INTERRUPTED, Run, command_line

from ._commands import _sandbox, _webhooks, _workflows
from ._commands._problem import CommandError
from ._version import __version__

_GROUPS = (_sandbox, _webhooks, _workflows)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser, commands = command_line("interactor", "Tools for the Interactor platform.", __version__)
    for group in _GROUPS:
        group.add(commands)
    arguments = parser.parse_args(argv)
    run: Run = arguments.run
    try:
        return run(arguments)
    except CommandError as error:
        print(error, file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        return INTERRUPTED
