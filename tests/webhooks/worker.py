"""A process that takes deliveries in and writes down what its handler does. It may be killed at any moment."""

from __future__ import annotations

import os
import random
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from interactor.webhooks import (
    RedisStore,
    RoomMessageCreated,
    SqliteStore,
    WebhookEvent,
    WebhookRouter,
    WebhookVerifier,
)

SECRET = "whsec_0123456789abcdef"
PRELOADED = RoomMessageCreated, RedisStore, SqliteStore, WebhookRouter, WebhookVerifier
"""Loaded once, before the workers are forked."""


def work(pipe: Connection, store: str, log: str) -> None:
    """Answer each (body, headers, now) with a status, until the pipe closes."""
    now = 0.0
    settings: Any = {"clock": lambda: now}
    kept = RedisStore(store, **settings) if store.startswith("unix:") else SqliteStore(Path(store), **settings)
    router = WebhookRouter(WebhookVerifier([SECRET], **settings), store=kept, claim_ttl=60)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    @router.on(RoomMessageCreated)
    def handle(event: WebhookEvent) -> None:
        os.write(file, f"begin {event.key}\n".encode())
        time.sleep(random.random() * 0.001)  # the work that a crash can interrupt
        os.write(file, f"end {event.key}\n".encode())

    while True:
        try:
            body, headers, now = pipe.recv()
        except EOFError:
            kept.close()
            return
        pipe.send(router.handle(body, headers).status)
