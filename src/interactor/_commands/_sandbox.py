"""`interactor sandbox`: a local platform to develop and test against."""

from __future__ import annotations

from typing import Any

from tandem._command_line import Run, add_sandbox


def add(commands: Any) -> None:
    """Add the command to the parser's subcommands."""
    sandbox = add_sandbox(commands, _serve, port=8787, sends="webhooks and the calls of workflows")
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


def _serve() -> Run:
    from interactor.sandbox._command import run

    return run
