"""A receiver for every test, and a webhook that points at it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.calling import Caller
from tests.sandbox.receiving import EVENT, Receiver, receiver


@pytest.fixture
def hooks() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture
def webhook(api: Caller, hooks: Receiver) -> dict[str, Any]:
    """A webhook of user_1 for new messages."""
    made: dict[str, Any] = api.made("/webhooks", {"url": hooks.url, "events": [EVENT]})
    return made
