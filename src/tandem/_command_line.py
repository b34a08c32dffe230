"""What the command lines of products have in common: their shape, and the options of a local platform."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

Run = Callable[[argparse.Namespace], int]
_INTERRUPTED = 130  # the exit code after Ctrl-C, as shells have it
_CUT_OFF = 141  # the exit code when nobody reads on, as shells have it
_HIGHEST_PORT = 65535


def port_number(text: str) -> int:
    """A port as it is typed. Raises argparse's own error on what is none."""
    if not (text.isdecimal() and len(text) <= 5 and int(text) <= _HIGHEST_PORT):
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to {_HIGHEST_PORT}")
    return int(text)


def command_line(prog: str, description: str, version: str) -> tuple[argparse.ArgumentParser, Any]:
    """A parser, and what its commands are added to."""
    parser = argparse.ArgumentParser(prog=prog, description=description)
    parser.add_argument("--version", action="version", version=f"{prog} {version}")
    return parser, parser.add_subparsers(dest="command", required=True, metavar="COMMAND")


def carry_out(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> int:
    """Run the command that these words name; returns the exit code."""
    arguments = parser.parse_args(argv)
    run: Run = arguments.run
    try:
        code = run(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:  # whoever reads has seen enough, like `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains as it ends
        return _CUT_OFF
    return code


def add_sandbox(commands: Any, load: Callable[[], Run], *, port: int, sends: str) -> Any:
    """Add the command `sandbox`, with the options that every local platform has. Returns its parser, for more.

    `load` imports what serves it; `sends` says what else than this machine may be called.
    """
    sandbox = commands.add_parser("sandbox", help="run a local platform to develop and test against")
    sandbox.add_argument(
        "--port", type=port_number, default=port, help=f"port on 127.0.0.1 (default: {port}; 0: any free one)"
    )
    sandbox.add_argument("--db", metavar="FILE", help="keep the state in this file (default: in memory)")
    sandbox.add_argument("--seed", type=int, help="make ids and credentials the same in every run")
    sandbox.add_argument("--enforce-limits", action="store_true", help="refuse calls over the platform's rate limits")
    sandbox.add_argument(
        "--allow-host",
        metavar="HOST",
        action="append",
        default=[],
        help=f"send {sends} to this host too (default: to this machine only)",
    )
    sandbox.add_argument(
        "--shuffle-deliveries", action="store_true", help="send every webhook one to four times, and out of order"
    )

    def run(arguments: argparse.Namespace) -> int:
        return load()(arguments)

    sandbox.set_defaults(run=run)
    return sandbox
