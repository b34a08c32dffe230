"""The `coordinaitor` command."""

from __future__ import annotations

from collections.abc import Sequence

from tandem._command_line import Run, add_sandbox, carry_out, command_line

from ._version import __version__


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser, commands = command_line("coordinaitor", "Tools for the CoordinAItor platform.", __version__)
    sandbox = add_sandbox(commands, _sandbox, port=3000, sends="webhooks")
    sandbox.add_argument(
        "--pace", metavar="SECONDS", type=float, default=0.5, help="time that an agent takes for a step (default: 0.5)"
    )
    return carry_out(parser, argv)


def _sandbox() -> Run:
    from .sandbox._command import run

    return run
