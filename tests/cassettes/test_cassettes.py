"""Recorded journeys play without a server, in both colours; no recording holds a secret.

`make record` makes them anew: it runs the same journeys against a sandbox.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from coordinaitor import AsyncOrchestratorClient, OrchestratorClient
from coordinaitor.sandbox import Sandbox as CoordinaitorSandbox
from interactor import AsyncInteractorClient, InteractorClient
from interactor.sandbox import Sandbox
from tests.blocking import Blocking

from . import journeys, orchestrator_journeys
from .recorder import RECORDINGS, mask, recorder, scrub_text

RECORDING = bool(os.environ.get("RECORD_CASSETTES"))
COLOURS = ("sync", "async")
JOURNEYS: dict[str, Callable[[Any], None]] = {**journeys.JOURNEYS, **orchestrator_journeys.JOURNEYS}
# Nothing listens here: only a cassette can answer.
NOWHERE = "http://127.0.0.1:1"
LEAKS = {
    "a token": re.compile(r"eyJ[\w-]{8,}"),
    "an Authorization value": re.compile(r"Bearer\s+\w|(?i:authorization):\s*\n?\s*-?\s*['\"]?(?!\*\*\*)\w"),
    "an API key": re.compile(r"ak_\w{8,}"),
    "a webhook secret": re.compile(r"whsec_\w{8,}"),
    "a secret value": re.compile(
        r'\\?"(?:access_?[tT]oken|refresh_?[tT]oken|client_secret|secret|password)\\?":\s*\\?"(?!\*\*\*\\?")'
    ),
    "an address": re.compile(r"127\.0\.0\.1|localhost"),
}


@pytest.fixture(params=COLOURS)
def colour(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@contextmanager
def interactor(colour: str) -> Generator[Any]:
    """A client of the first platform: of a sandbox for a recording, else of nobody."""
    with ExitStack() as stack:
        root, known = NOWHERE, {"client_id": "sandbox_client", "client_secret": "not needed"}
        if RECORDING:
            platform = stack.enter_context(Sandbox(seed=1))
            root, known = platform.url, {"client_id": platform.client_id, "client_secret": platform.client_secret}
        places = {"account_server_url": f"{root}/account/api/v1", "core_api_url": f"{root}/core/api/v1"}
        kind: Any = InteractorClient if colour == "sync" else AsyncInteractorClient
        yield stack.enter_context(blocking(kind(namespace="journey", **known, **places)))


@contextmanager
def coordinaitor(colour: str) -> Generator[Any]:
    """The same of the second platform, in which nobody works but the user."""
    with ExitStack() as stack:
        root, known = NOWHERE, {"email": "admin@orchestrator.com", "password": "not needed"}
        if RECORDING:
            platform = stack.enter_context(CoordinaitorSandbox(seed=1, pace=None))
            root, known = platform.url, {"email": platform.email, "password": platform.password}
        kind: Any = OrchestratorClient if colour == "sync" else AsyncOrchestratorClient
        yield stack.enter_context(blocking(kind(base_url=root, **known)))


@contextmanager
def blocking(client: Any) -> Generator[Any]:
    """A client of either colour that is used like a blocking one."""
    if hasattr(client, "close"):
        with client:
            yield client
        return
    with asyncio.Runner() as runner, Blocking(client, runner) as driven:
        yield driven


@pytest.mark.parametrize("name", sorted(JOURNEYS))
def test_a_recorded_journey_plays(name: str, colour: str) -> None:
    cassette = recorder("all" if RECORDING else "none").use_cassette(str(RECORDINGS / f"{name}.{colour}.yaml"))
    make = coordinaitor if name in orchestrator_journeys.JOURNEYS else interactor
    with cassette as played, make(colour) as client:
        JOURNEYS[name](client)

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
        'body: "{\\"password\\":\\"abc\\"}"',
        'string: \'{"data":{"accessToken":"abc"}}\'',
        "X-API-Key: ak_0123456789abcdef",
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
