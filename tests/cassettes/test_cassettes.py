"""Recorded journeys play without a server, in both colours; no recording holds a secret.

`make record` makes them anew: it runs the same journeys against a sandbox.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from interactor import AsyncInteractorClient, InteractorClient
from interactor.sandbox import Sandbox
from tests.blocking import Blocking

from .journeys import JOURNEYS
from .recorder import RECORDINGS, mask, recorder, scrub_text

RECORDING = bool(os.environ.get("RECORD_CASSETTES"))
COLOURS = ("sync", "async")
LEAKS = {
    "a token": re.compile(r"eyJ[\w-]{8,}"),
    "an Authorization value": re.compile(r"Bearer\s+\w|(?i:authorization):\s*\n?\s*-?\s*['\"]?(?!\*\*\*)\w"),
    "a webhook secret": re.compile(r"whsec_\w{8,}"),
    "a secret value": re.compile(r'\\?"(?:access_token|refresh_token|client_secret|secret)\\?":\s*\\?"(?!\*\*\*\\?")'),
    "an address": re.compile(r"127\.0\.0\.1|localhost"),
}


@pytest.fixture(params=COLOURS)
def colour(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def settings(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    if not RECORDING:
        # Nothing listens here: only a cassette can answer.
        place = "http://127.0.0.1:1"
        yield {
            "client_id": "sandbox_client",
            "client_secret": "not needed",
            "account_server_url": f"{place}/account/api/v1",
            "core_api_url": f"{place}/core/api/v1",
        }
        return
    with Sandbox(seed=1) as platform:
        yield {
            "client_id": platform.client_id,
            "client_secret": platform.client_secret,
            "account_server_url": platform.account_url,
            "core_api_url": platform.core_url,
        }


@pytest.mark.parametrize("name", sorted(JOURNEYS))
def test_a_recorded_journey_plays(name: str, colour: str, settings: dict[str, Any]) -> None:
    cassette = recorder("all" if RECORDING else "none").use_cassette(str(RECORDINGS / f"{name}.{colour}.yaml"))
    with cassette as played:
        if colour == "sync":
            with InteractorClient(namespace="journey", **settings) as client:
                JOURNEYS[name](client)
        else:
            with (
                asyncio.Runner() as runner,
                Blocking(AsyncInteractorClient(namespace="journey", **settings), runner) as driven,
            ):
                JOURNEYS[name](cast("InteractorClient", driven))

    if not RECORDING:
        assert played.all_played


@pytest.mark.parametrize("cassette", sorted(RECORDINGS.glob("*.yaml")), ids=lambda path: path.name)
def test_no_cassette_holds_a_secret(cassette: Path) -> None:
    text = cassette.read_text(encoding="utf-8")

    for leak, pattern in LEAKS.items():
        assert not (found := pattern.search(text)), f"{leak}: {found.group()[:12]}…"


def test_every_journey_is_recorded_in_both_colours() -> None:
    recorded = {path.name for path in RECORDINGS.glob("*.yaml")}

    assert recorded == {f"{name}.{colour}.yaml" for name in JOURNEYS for colour in COLOURS}


@pytest.mark.parametrize(
    "leaking",
    [
        'string: \'{"data":{"access_token":"abc"}}\'',
        'body: "{\\"client_secret\\":\\"abc\\"}"',
        "Authorization:\n      - Bearer abc",
        "uri: http://127.0.0.1:4000/x?token=eyJhbGciOiJSUzI1NiJ9.e30.x",
        'string: \'{"note":"whsec_0123456789abcdef"}\'',
    ],
)
def test_the_search_for_secrets_finds_planted_ones(leaking: str) -> None:
    assert any(pattern.search(leaking) for pattern in LEAKS.values())


def test_masking_reaches_nested_and_embedded_secrets() -> None:
    token = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"
    masked = mask({"data": [{"access_token": token, "url": f"http://127.0.0.1:9/stream?token={token}"}]})

    assert masked == {"data": [{"access_token": "***", "url": "http://sandbox.invalid/stream?token=***"}]}
    assert scrub_text("nothing here") == "nothing here"
