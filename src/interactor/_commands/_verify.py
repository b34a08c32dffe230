"""`interactor webhooks verify`: whether a delivery that you have at hand comes from the platform."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from interactor_api.errors import InteractorError

from interactor.webhooks import WebhookVerifier

from ._problem import CommandError

_VARIABLE = "INTERACTOR_WEBHOOK_SECRET"


def verify(arguments: argparse.Namespace) -> int:
    """Returns 0 for a true delivery; a false one ends in an error that names the likely cause."""
    headers = headers_of(arguments)
    try:
        verifier = WebhookVerifier(secrets=[_secret(arguments)], tolerance=arguments.tolerance, scheme=arguments.scheme)
        event = verifier.verify(sys.stdin.buffer.read(), headers, now=arguments.now)
    except InteractorError as error:
        raise CommandError(str(error)) from None
    print(" ".join(filter(None, ["valid:", event.type, event.id, event.namespace])))
    return 0


def headers_of(arguments: argparse.Namespace) -> list[tuple[str, str]]:
    """The headers that the options give."""
    headers: list[tuple[str, str]] = []
    for text in arguments.header:
        name, colon, value = text.partition(":")
        if not colon or not name.strip():
            raise CommandError(f"--header takes 'NAME: VALUE', not {text!r}.", 2)
        headers.append((name.strip(), value.strip()))
    for name in ("signature", "timestamp"):
        if value := getattr(arguments, name):
            headers.append((f"X-Interactor-{name.capitalize()}", value))
    return headers


def _secret(arguments: argparse.Namespace) -> str:
    if arguments.secret_file:
        try:
            found = Path(arguments.secret_file).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as problem:
            reason = getattr(problem, "strerror", None) or "it is no text"
            raise CommandError(f"{arguments.secret_file} cannot be read: {reason}.", 2) from None
    else:
        found = arguments.secret or os.environ.get(_VARIABLE, "")
    if not found:
        raise CommandError(f"No secret. Set {_VARIABLE}, or pass --secret-file FILE.", 2)
    return str(found)
