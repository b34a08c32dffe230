"""One way in, from arguments, else from the environment; what is missing or too much is told at once."""

from __future__ import annotations

import inspect
from typing import Any, cast

import pytest

from coordinaitor import (
    AsyncOrchestratorClient,
    ConfigurationError,
    InvalidRequestError,
    OrchestratorClient,
    RetryPolicy,
)

from .conftest import EXCHANGE, KEY, LOGIN

Either = type[OrchestratorClient] | type[AsyncOrchestratorClient]
LOCAL = "http://localhost:3000"


@pytest.fixture(params=[OrchestratorClient, AsyncOrchestratorClient])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Either:
    for name in ("BASE_URL", "API_KEY", "EMAIL", "PASSWORD"):
        monkeypatch.delenv(f"COORDINAITOR_{name}", raising=False)
    kind: Either = request.param
    return kind


def parts(client: Any) -> Any:
    return client._core


def test_without_credentials_every_way_in_is_named(kind: Either) -> None:
    with pytest.raises(ConfigurationError) as caught:
        kind()

    for remedy in ("api_key=…", "COORDINAITOR_API_KEY", "email=…", "COORDINAITOR_PASSWORD", "code=…"):
        assert remedy in str(caught.value)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"email": "a@b.test"}, "No password. Pass password=… or set COORDINAITOR_PASSWORD."),
        ({"password": "p"}, "No email. Pass email=… or set COORDINAITOR_EMAIL."),
        ({"client_id": "app_1"}, "No code. Pass code=…."),
        ({"code": "c"}, "No client id. Pass client_id=…."),
        ({"redirect_uri": "https://x"}, "No client id. Pass client_id=…. No code. Pass code=…."),
    ],
)
def test_what_a_way_in_lacks_is_named(kind: Either, given: dict[str, Any], missing: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        kind(**given)

    assert str(caught.value) == missing


@pytest.mark.parametrize("given", [{**KEY, **LOGIN}, {**KEY, **EXCHANGE}, {**LOGIN, **EXCHANGE}, {**KEY, "code": "c"}])
def test_one_way_in_is_enough(kind: Either, given: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="more than one way in") as caught:
        kind(**given)

    assert "canary" not in str(caught.value)


def test_the_environment_fills_in_what_was_not_passed(kind: Either, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COORDINAITOR_BASE_URL", LOCAL)
    monkeypatch.setenv("COORDINAITOR_EMAIL", "john@example.com")
    monkeypatch.setenv("COORDINAITOR_PASSWORD", "secret")

    assert parts(kind()).hosts == {"api": LOCAL}
    assert parts(kind()).grant.key == f"{LOCAL} john@example.com"
    assert parts(kind(email="other@example.com")).grant.key == f"{LOCAL} other@example.com"
    assert parts(kind(base_url="https://x.test", api_key="ak_1")).grant is None


def test_two_ways_in_from_the_environment_are_refused_unless_one_is_passed(
    kind: Either, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COORDINAITOR_API_KEY", "ak_1")
    monkeypatch.setenv("COORDINAITOR_EMAIL", "john@example.com")
    with pytest.raises(ConfigurationError, match="more than one way in"):
        kind()

    assert parts(kind(api_key="ak_2")).api_key.reveal() == "ak_2"


def test_the_platform_in_production_is_what_is_called_by_default(kind: Either) -> None:
    assert repr(kind(**KEY)) == f"<{kind.__name__} https://api.orchestrator.com>"


@pytest.mark.parametrize("url", ["ftp://x", "orchestrator.com", "https://", "http://[bad", "https://x/?a=b"])
def test_a_url_that_cannot_be_called_is_refused(kind: Either, url: str) -> None:
    with pytest.raises(ConfigurationError, match="COORDINAITOR_BASE_URL"):
        kind(base_url=url, **KEY)


def test_credentials_go_to_other_machines_by_https_only(kind: Either) -> None:
    with pytest.raises(ConfigurationError, match="allow_insecure=True"):
        kind(base_url="http://orchestrator.test", **KEY)

    kind(base_url="http://orchestrator.test", allow_insecure=True, **KEY)
    kind(base_url=LOCAL, **KEY)


@pytest.mark.parametrize("key", ["canary key\r\nX-Admin: 1", " canary", "canary\u00e9"])
def test_a_key_that_no_header_can_carry_is_refused(kind: Either, key: str) -> None:
    with pytest.raises(ConfigurationError, match="api_key is no key") as caught:
        kind(api_key=key)

    assert "canary" not in str(caught.value)


def test_an_option_that_does_not_exist_is_named(kind: Either) -> None:
    with pytest.raises(TypeError, match=r"'tiemout'.*timeout"):
        kind(**KEY, **cast("dict[str, Any]", {"tiemout": 5}))


@pytest.mark.parametrize(
    ("setting", "value"), [("timeout", 0), ("token_refresh_buffer", -1), ("retry", 3), ("circuit_breaker", 5)]
)
def test_an_option_that_cannot_be_used_is_refused_when_given(kind: Either, setting: str, value: object) -> None:
    with pytest.raises(ConfigurationError, match=setting):
        kind(**KEY, **{setting: cast("Any", value)})


def test_options_reach_what_they_set(kind: Either) -> None:
    client = kind(timeout=5, retry=RetryPolicy(max_attempts=2), token_refresh_buffer=10, throttle=True, **KEY)

    settings = client._settings  # pyright: ignore[reportPrivateUsage]  # nothing else tells
    assert (settings.timeout, settings.retry.max_attempts) == (5, 2)
    assert (parts(client).refresh_buffer, parts(client).throttle is not None) == (10, True)


def test_a_signature_shows_every_option_with_its_default(kind: Either) -> None:
    shown = inspect.signature(kind).parameters

    assert shown["timeout"].default == 30.0
    assert shown["api_key"].default is None
    assert all(each.kind is inspect.Parameter.KEYWORD_ONLY for each in shown.values())
    assert len(shown) == 8 + 19
    assert "circuit_breaker" in (kind.__init__.__doc__ or "")


def test_there_are_no_namespaces(kind: Either) -> None:
    client = kind(**KEY)

    assert client.namespace is None
    with pytest.raises(InvalidRequestError, match="has no namespaces"):
        client.for_namespace("user_1")


@pytest.mark.parametrize("way", [KEY, LOGIN, EXCHANGE])
def test_no_secret_shows_in_a_repr(kind: Either, way: dict[str, Any]) -> None:
    client = kind(**way)
    core = parts(client)

    assert "canary" not in f"{client!r} {client.auth!r} {vars(client)!r} {core!r} {core.grant!r} {core.api_key!r}"


@pytest.mark.parametrize("end", ["", "/", "/api/v1", "/api/v1/"])
def test_the_beginning_of_every_path_may_stand_in_the_address(kind: Either, end: str) -> None:
    assert parts(kind(base_url=LOCAL + end, **KEY)).hosts == {"api": LOCAL}
    assert parts(kind(base_url=f"{LOCAL}/proxy{end}", **KEY)).hosts == {"api": f"{LOCAL}/proxy"}
