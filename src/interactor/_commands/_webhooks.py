"""`interactor webhooks`: receive, trigger and verify the platform's events on your own machine."""

from __future__ import annotations

import argparse
import os
from typing import Any

from ._controls import DEFAULT_URL, VARIABLE


def add(commands: Any) -> None:
    """Add the group to the parser's subcommands."""
    group = commands.add_parser("webhooks", help="receive, trigger and verify events on your own machine")
    actions = group.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_listen(actions)
    _add_trigger(actions)
    _add_verify(actions)


def _add_listen(actions: Any) -> None:
    listen = actions.add_parser("listen", help="have a sandbox send its events to an address of yours")
    listen.add_argument("--forward", metavar="URL", required=True, help="where to, like http://localhost:3000/hooks")
    listen.add_argument("--events", metavar="NAME", nargs="+", help="only these events (default: all)")
    _add_place(listen, "only events of this namespace (default: all)")
    listen.set_defaults(run=_listen)


def _add_trigger(actions: Any) -> None:
    trigger = actions.add_parser("trigger", help="have an event happen in a sandbox")
    trigger.add_argument("event", metavar="EVENT", help="its name, like room.message.created")
    trigger.add_argument(
        "--set", metavar="PATH=VALUE", action="append", default=[], help="a value in it, like data.room_id=room_1"
    )
    _add_place(
        trigger, "where it happens (default: where somebody listens for it)", os.environ.get("INTERACTOR_NAMESPACE")
    )
    trigger.set_defaults(run=_trigger)


def _add_verify(actions: Any) -> None:
    verify = actions.add_parser("verify", help="check the signature of a delivery; its body comes from the input")
    verify.add_argument("--signature", metavar="TEXT", help="the header X-Interactor-Signature")
    verify.add_argument("--timestamp", metavar="TEXT", help="the header X-Interactor-Timestamp")
    verify.add_argument("--header", metavar="NAME: VALUE", action="append", default=[], help="any header")
    verify.add_argument("--secret-file", metavar="FILE", help="read the secret from this file")
    verify.add_argument("--secret", metavar="TEXT", help="the secret; other users of the machine may see it here")
    verify.add_argument("--scheme", choices=("timestamped", "body"), default="timestamped", help="what was signed")
    verify.add_argument("--tolerance", type=float, default=300.0, metavar="SECONDS", help="how old it may be (300)")
    verify.add_argument("--now", type=float, metavar="UNIX", help="check as if it came at this moment")
    verify.set_defaults(run=_verify)


def _add_place(parser: Any, namespace: str, default: str | None = None) -> None:
    parser.add_argument("--url", help=f"the sandbox (default: ${VARIABLE}, else {DEFAULT_URL})")
    parser.add_argument("--namespace", default=default, help=namespace)


# Imported when they run: whoever starts a sandbox needs none of them.


def _listen(arguments: argparse.Namespace) -> int:
    from ._listen import listen

    return listen(arguments)


def _trigger(arguments: argparse.Namespace) -> int:
    from ._trigger import trigger

    return trigger(arguments)


def _verify(arguments: argparse.Namespace) -> int:
    from ._verify import verify

    return verify(arguments)
