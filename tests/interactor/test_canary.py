"""No secret shows in a log, a representation, an error, a pickle's text or a warning."""

from __future__ import annotations

import asyncio
import gc
import logging
import pickle
import traceback
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, cast

import pytest

from interactor import InteractorClient, InteractorError, RetryPolicy
from interactor.sandbox import Sandbox
from tandem import Response, TransportError
from tandem.sandbox import Fault
from tests.blocking import Blocking
from tests.conftest import MakeClient

OURS = ("tandem", "interactor", "interactor_api")


class Canaries:
    """The secrets of a test, and where they were seen."""

    def __init__(self) -> None:
        self.secrets: list[str] = []

    def add(self, *secrets: str) -> None:
        assert all(len(secret) > 8 for secret in secrets)
        self.secrets += secrets

    def check(self, text: str, where: str) -> None:
        assert [secret[:6] for secret in self.secrets if secret in text] == [], where


@pytest.fixture
def canaries(platform: Sandbox, caplog: pytest.LogCaptureFixture) -> Iterator[Canaries]:
    """At the end of the test, the whole log at DEBUG must be free of what was added."""
    caplog.set_level(logging.DEBUG)
    found = Canaries()
    found.add(platform.client_secret)
    yield found
    for record in caplog.records:
        if record.name.partition(".")[0] in OURS:
            found.check(f"{record.getMessage()} {record.args!r} {record.exc_text}", record.name)
    found.check(caplog.text, "the log")


def everything_of_ours() -> Iterator[object]:
    """Every object of a class of ours that is alive."""
    for each in gc.get_objects():
        module = str(type(each).__module__)
        if module.partition(".")[0] in OURS and ".sandbox" not in module:
            yield each


def test_no_object_of_ours_shows_a_secret(make_client: MakeClient, canaries: Canaries) -> None:
    client, paced = make_client(follow_redirects=True), make_client(throttle=True)
    token, other = client.auth.token(), paced.auth.token()
    bot = client.assistants.create(name="Support", model="gpt-4", system_prompt="Be brief.")
    room = client.rooms.create(assistant_id=bot.id)
    hook = client.webhooks.create(url="https://example.com/hook", events=["credential.connected"])
    url = client.rooms.stream_url(room.id)
    canaries.add(token.reveal(), other.reveal(), url.reveal(), str(hook.secret))

    with client.rooms.stream(room.id) as events:
        seen = list(everything_of_ours())
        assert len(seen) > 20
        for each in [*seen, events, hook, client, vars(client), paced, url, token]:
            canaries.check(f"{each!r} {each}", f"a {type(each).__name__}")


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_no_error_shows_a_secret(make_client: MakeClient, platform: Sandbox, canaries: Canaries, status: int) -> None:
    client = make_client(retry=RetryPolicy(max_attempts=1))
    canaries.add(client.auth.token().reveal())
    fault = platform.faults.add(Fault(path="/assistants*", status=status, times=None))

    try:
        with pytest.raises(InteractorError) as caught:
            client.assistants.create(name="Support", model="gpt-4", system_prompt="canary-prompt")
    finally:
        platform.faults.remove(fault)

    check_error(caught.value, canaries)


def check_error(error: InteractorError, canaries: Canaries) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert again == error
    for each in (error, again):
        canaries.check(f"{each} {each!r} {vars(each)}", "the error")
    canaries.check("".join(traceback.format_exception(error)), "its traceback")
    canaries.check(pickle.dumps(error).decode("latin-1"), "its pickle")


class Failing:
    """A transport that fails in the ways of transports."""

    def send(self, request: object) -> Response:
        raise TransportError("connection reset", stage="exchange")

    open = send

    def close(self) -> None: ...


def test_a_failed_token_request_shows_no_secret(platform: Sandbox, canaries: Canaries) -> None:
    client = platform.client("user_1", transport=Failing(), retry=RetryPolicy(max_attempts=2, base=0))

    with pytest.raises(InteractorError) as caught:
        client.assistants.get("asst_1")

    check_error(caught.value, canaries)


def test_a_wrong_secret_is_not_shown(platform: Sandbox, canaries: Canaries) -> None:
    canaries.add("canary-wrong-secret")
    client = platform.client("user_1", client_secret="canary-wrong-secret")

    with pytest.raises(InteractorError) as caught:
        client.assistants.get("asst_1")

    check_error(caught.value, canaries)


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_client_that_is_dropped_warns_of_no_secret(platform: Sandbox, canaries: Canaries, colour: str) -> None:
    with warnings.catch_warnings(record=True) as seen, ExitStack() as stack:
        warnings.simplefilter("always")
        settings = {"client_id": platform.client_id, "client_secret": platform.client_secret, "scopes": ()}
        urls = {"account_server_url": platform.account_url, "core_api_url": platform.core_url}
        client: Any = drop_in(colour, stack, {**settings, **urls, "namespace": "user_1"})
        canaries.add(client.auth.token().reveal())
        del client
        gc.collect()

    canaries.check(" ".join(str(warning.message) for warning in seen), "a warning")


def drop_in(colour: str, stack: ExitStack, settings: dict[str, Any]) -> InteractorClient:
    from interactor import AsyncInteractorClient

    if colour == "sync":
        return InteractorClient(**settings)
    runner = stack.enter_context(asyncio.Runner())
    return cast("InteractorClient", Blocking(AsyncInteractorClient(**settings), runner))
