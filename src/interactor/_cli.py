"""The `interactor` command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ._version import __version__


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="interactor", description="Tools for the Interactor platform.")
    parser.add_argument("--version", action="version", version=f"interactor {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    sandbox = commands.add_parser("sandbox", help="run a local platform to develop and test against")
    sandbox.add_argument("--port", type=int, default=8787, help="port on 127.0.0.1 (default: 8787; 0: any free one)")
    sandbox.add_argument("--db", metavar="FILE", help="keep the state in this file (default: in memory)")
    sandbox.add_argument("--seed", type=int, help="make ids and credentials the same in every run")
    sandbox.add_argument("--enforce-limits", action="store_true", help="refuse calls over the platform's rate limits")
    arguments = parser.parse_args(argv)
    try:
        from .sandbox._command import run
    except ModuleNotFoundError as missing:
        print(f"The sandbox needs {missing.name}: pip install 'interactor[sandbox]'", file=sys.stderr)
        return 2
    return run(arguments)
