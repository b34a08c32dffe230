"""`interactor workflows`: check, draw, deploy and run the definition in a file."""

from __future__ import annotations

import argparse
from typing import Any

FORMATS = ("text", "svg", "mermaid", "dot")


def add(commands: Any) -> None:
    """Add the group to the parser's subcommands."""
    group = commands.add_parser("workflows", help="check, draw, deploy and run workflow definitions")
    actions = group.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_check(actions)
    _add_draw(actions)
    _add_deploy(actions)
    _add_run(actions)


def _add_check(actions: Any) -> None:
    check = actions.add_parser("check", help="name every fault of a definition, with its line")
    check.add_argument("files", metavar="FILE", nargs="+", help="JSON or YAML")
    check.set_defaults(run=_check)


def _add_draw(actions: Any) -> None:
    draw = actions.add_parser("draw", help="draw a definition")
    draw.add_argument("file", metavar="FILE", help="JSON or YAML")
    draw.add_argument("--output", "-o", metavar="FILE", help="where to (default: to the terminal)")
    draw.add_argument("--format", choices=FORMATS, help="default: what the output's name ends in, else text")
    draw.set_defaults(run=_draw)


def _add_deploy(actions: Any) -> None:
    deploy = actions.add_parser("deploy", help="make a definition the published one")
    deploy.add_argument("file", metavar="FILE", help="JSON or YAML")
    _add_place(deploy)
    deploy.set_defaults(run=_deploy)


def _add_run(actions: Any) -> None:
    run = actions.add_parser("run", help="deploy a definition, start an instance, and answer its questions")
    run.add_argument("file", metavar="FILE", help="JSON or YAML")
    run.add_argument("--set", metavar="NAME=VALUE", action="append", default=[], help="input, like amount=5000")
    run.add_argument("--timeout", type=float, default=300.0, metavar="SECONDS", help="between two questions (300)")
    _add_place(run)
    run.set_defaults(run=_run)


def _add_place(parser: Any) -> None:
    parser.add_argument("--namespace", help="default: $INTERACTOR_NAMESPACE")
    parser.add_argument("--sandbox", action="store_true", help="in a sandbox of its own, which ends with the command")


# Imported when they run: whoever starts a sandbox needs none of them.


def _check(arguments: argparse.Namespace) -> int:
    from ._definitions import check

    return check(arguments)


def _draw(arguments: argparse.Namespace) -> int:
    from ._definitions import draw

    return draw(arguments)


def _deploy(arguments: argparse.Namespace) -> int:
    from ._running import deploy

    return deploy(arguments)


def _run(arguments: argparse.Namespace) -> int:
    from ._running import run

    return run(arguments)
