"""`interactor sandbox`: a local platform to develop and test against."""

from __future__ import annotations

import argparse
import sys
from typing import Any


def add(commands: Any) -> None:
    """Add the command to the parser's subcommands."""
    sandbox = commands.add_parser("sandbox", help="run a local platform to develop and test against")
    sandbox.add_argument("--port", type=int, default=8787, help="port on 127.0.0.1 (default: 8787; 0: any free one)")
    sandbox.add_argument("--db", metavar="FILE", help="keep the state in this file (default: in memory)")
    sandbox.add_argument("--seed", type=int, help="make ids and credentials the same in every run")
    sandbox.add_argument("--enforce-limits", action="store_true", help="refuse calls over the platform's rate limits")
    sandbox.add_argument(
        "--allow-host",
        metavar="HOST",
        action="append",
        default=[],
        help="send webhooks and the calls of workflows to this host too (default: to this machine only)",
    )
    sandbox.add_argument(
        "--shuffle-deliveries", action="store_true", help="send every webhook one to four times, and out of order"
    )
    sandbox.add_argument(
        "--model-url",
        metavar="URL",
        help="let a real model answer: any endpoint that speaks the OpenAI protocol, like http://localhost:11434/v1 "
        "(its key, if it needs one, is read from INTERACTOR_MODEL_KEY)",
    )
    sandbox.add_argument(
        "--pace", metavar="SECONDS", type=float, default=0.0, help="time between two pieces of a streamed answer"
    )
    sandbox.add_argument(
        "--heartbeat",
        metavar="SECONDS",
        type=float,
        default=15.0,
        help="after how much silence a stream shows that it is alive (default: 15)",
    )
    sandbox.add_argument(
        "--secrets",
        metavar="FILE",
        help="what workflows know as secrets: a file with a JSON object of names and texts",
    )
    sandbox.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until told to stop. Returns the exit code."""
    try:
        from interactor.sandbox._command import run as serve
    except ModuleNotFoundError as missing:
        print(f"The sandbox needs {missing.name}: pip install 'interactor[sandbox]'", file=sys.stderr)
        return 2
    return serve(arguments)
