"""Settings come from arguments, else from the environment, and what is missing is told at once."""

from __future__ import annotations

import asyncio
import inspect
import traceback
from typing import Any, cast

import pytest

from interactor import AsyncInteractorClient, CircuitBreaker, ConfigurationError, InteractorClient, InvalidRequestError

Either = type[InteractorClient] | type[AsyncInteractorClient]


@pytest.fixture(params=[InteractorClient, AsyncInteractorClient])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Either:
    for name in ("CLIENT_ID", "CLIENT_SECRET", "NAMESPACE", "SCOPES", "ACCOUNT_SERVER_URL", "CORE_API_URL"):
        monkeypatch.delenv(f"INTERACTOR_{name}", raising=False)
    kind: Either = request.param
    return kind


def test_every_missing_setting_is_named_at_once(kind: Either) -> None:
    with pytest.raises(ConfigurationError) as caught:
        kind()

    assert "Pass client_id=… or set INTERACTOR_CLIENT_ID." in str(caught.value)
    assert "Pass client_secret=… or set INTERACTOR_CLIENT_SECRET." in str(caught.value)


def test_the_environment_fills_in_what_was_not_passed(kind: Either, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERACTOR_CLIENT_ID", "id")
    monkeypatch.setenv("INTERACTOR_CLIENT_SECRET", "secret")
    monkeypatch.setenv("INTERACTOR_NAMESPACE", "user_env")

    assert kind().namespace == "user_env"
    assert kind(namespace="user_arg").namespace == "user_arg"


@pytest.mark.parametrize("namespace", ["", "a b", "x" * 129, "a/b", "é", "a\r\nb", "a\n"])
def test_a_namespace_that_cannot_be_sent_is_refused_when_given(kind: Either, namespace: str) -> None:
    client = kind(client_id="id", client_secret="secret")

    with pytest.raises(InvalidRequestError, match="namespace"):
        client.for_namespace(namespace)
    with pytest.raises(ConfigurationError, match="namespace"):
        kind(client_id="id", client_secret="secret", namespace=namespace)


@pytest.mark.parametrize(
    "url", ["ftp://x", "core.interactor.com", "https://", "http://[bad", "https://x/?a=b", "https://é"]
)
def test_a_url_that_cannot_be_called_is_refused(kind: Either, url: str) -> None:
    with pytest.raises(ConfigurationError, match="INTERACTOR_CORE_API_URL"):
        kind(client_id="id", client_secret="secret", core_api_url=url)


@pytest.mark.parametrize("setting", ["timeout", "deadline"])
def test_a_time_that_is_no_time_is_refused(kind: Either, setting: str) -> None:
    for value in (0, -1):
        with pytest.raises(ConfigurationError, match=setting):
            kind(client_id="id", client_secret="secret", **{setting: cast("Any", value)})


@pytest.mark.parametrize("url", ["http://core.interactor.com", "http://10.0.0.1:8080/v1", "http://localhost.evil.test"])
def test_credentials_go_to_other_machines_by_https_only(kind: Either, url: str) -> None:
    with pytest.raises(ConfigurationError, match="allow_insecure=True"):
        kind(client_id="id", client_secret="secret", core_api_url=url)

    kind(client_id="id", client_secret="secret", core_api_url=url, allow_insecure=True)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8787", "127.8.9.1", "[::1]:80", "LOCALHOST"])
def test_this_machine_may_be_reached_by_http(kind: Either, host: str) -> None:
    kind(
        client_id="id", client_secret="secret", core_api_url=f"http://{host}/core", account_server_url=f"http://{host}"
    )


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("proxy", "socks5://canary:canary@proxy.test"),
        ("ca_bundle", "/nowhere/ca.pem"),
        ("client_cert", "/nowhere/cert.pem"),
        ("max_response_bytes", 0),
        ("max_response_bytes", True),
        ("circuit_breaker", 5),
        ("on_attempt", "print"),
        ("on_result", asyncio.sleep),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_when_given(kind: Either, setting: str, value: object) -> None:
    with pytest.raises(ConfigurationError, match=setting) as caught:
        kind(client_id="id", client_secret="secret", **{setting: cast("Any", value)})

    assert "canary" not in str(caught.value)


def test_settings_reach_what_they_set(kind: Either) -> None:
    breaker = CircuitBreaker(failures=2, pause=1.0)

    client = kind(
        client_id="id",
        client_secret="secret",
        max_response_bytes=None,
        follow_redirects=True,
        throttle=True,
        circuit_breaker=breaker,
        on_retry=print,
    )

    core, settings = client._core, client._settings  # pyright: ignore[reportPrivateUsage]  # nothing else tells
    assert (settings.max_response_bytes, settings.follow_redirects) == (None, True)
    assert (core.throttle is not None, core.breaker, core.hooks.on_retry) == (True, breaker, print)
    assert client.rate_limit == {}


def test_a_client_that_was_never_made_can_be_shown(kind: Either) -> None:
    with pytest.raises(ConfigurationError) as caught:
        kind()

    told = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert f"<{kind.__name__}, not made>" in told


def test_no_setting_shows_in_a_repr(kind: Either) -> None:
    client = kind(client_id="id", client_secret="canary", namespace="user_1")

    assert "canary" not in repr(client)
    assert "canary" not in repr(vars(client))
    assert "user_1" in repr(client)


def test_a_view_leaves_the_original_untouched(kind: Either) -> None:
    client = kind(client_id="id", client_secret="secret", namespace="user_1")

    view = client.for_namespace("org_acme")

    assert (client.namespace, view.namespace) == ("user_1", "org_acme")
    assert type(view) is kind


def test_both_clients_take_the_same_settings_with_the_same_defaults() -> None:
    ours, theirs = (inspect.signature(kind).parameters for kind in (InteractorClient, AsyncInteractorClient))

    assert {name: each.default for name, each in ours.items()} == {name: each.default for name, each in theirs.items()}
    assert list(ours) == list(theirs)


def test_the_options_are_told_after_what_is_interactors_own(kind: Either) -> None:
    names = list(inspect.signature(kind).parameters)

    assert names[:6] == ["client_id", "client_secret", "namespace", "scopes", "account_server_url", "core_api_url"]
    assert names[6:9] == ["timeout", "deadline", "retry"]


def test_an_option_that_does_not_exist_is_named(kind: Either) -> None:
    with pytest.raises(TypeError, match=r"'api_key'.*client_id.*timeout"):
        kind(client_id="id", client_secret="secret", **cast("dict[str, Any]", {"api_key": "ak_1"}))
