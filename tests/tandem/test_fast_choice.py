"""Which transport a client gets that was given none."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tandem import AsyncHttpxTransport, ConfigurationError, HttpxTransport
from tandem._wire._choice import async_default_transport, default_transport
from tandem._wire._pyreqwest import AsyncPyreqwestTransport, PyreqwestTransport

from .acme import CONVENTIONS

NAMED = replace(CONVENTIONS, transport_env="ACME_TRANSPORT")
Choose = Callable[..., Any]


@pytest.fixture
def choose(colour: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Choose:
    """Chooses for a client of one colour. Says whether the choice was the fast one."""
    monkeypatch.delenv("ACME_TRANSPORT", raising=False)
    caplog.set_level(logging.DEBUG)

    def made(**wiring: Any) -> bool:
        found = (default_transport if colour == "sync" else async_default_transport)(NAMED, **wiring)
        assert isinstance(found, (HttpxTransport, PyreqwestTransport, AsyncHttpxTransport, AsyncPyreqwestTransport))
        assert isinstance(found, (AsyncHttpxTransport, AsyncPyreqwestTransport)) is (colour == "async")
        return isinstance(found, (PyreqwestTransport, AsyncPyreqwestTransport))

    return made


def nothing(*_: object, **__: object) -> None:
    """Found, or wrong."""


def test_the_fast_transport_is_used_where_it_is_installed(choose: Choose, caplog: pytest.LogCaptureFixture) -> None:
    assert choose()

    assert [(record.levelname, record.message) for record in caplog.records] == [("DEBUG", "calls go over pyreqwest")]


def test_a_default_installation_goes_over_httpx(
    choose: Choose, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", nothing)

    assert not choose()
    assert [record.message for record in caplog.records] == ["calls go over httpx: pyreqwest is not installed"]


def test_the_environment_turns_it_off(
    choose: Choose, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_TRANSPORT", " HTTPX ")

    assert not choose()
    assert [record.message for record in caplog.records] == ["calls go over httpx: ACME_TRANSPORT says so"]


def test_a_transport_that_does_not_exist_is_warned_of(
    choose: Choose, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_TRANSPORT", "carrier pigeon")

    assert choose()
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [
        "ACME_TRANSPORT is not set to one of: httpx, pyreqwest."
    ]


@pytest.mark.parametrize(
    ("wiring", "reason"),
    [
        ({"client_cert": "/certificates/mine.pem"}, "ca_bundle and client_cert are its own"),
        ({"ca_bundle": "/certificates/all.pem"}, "ca_bundle and client_cert are its own"),
        ({"proxy": "https://proxy.test"}, "the proxy is an encrypted one"),
        ({"trust_env": False}, "SSL_CERT_FILE and SSL_CERT_DIR are not to be heeded"),
    ],
)
def test_what_the_library_cannot_do_is_left_to_httpx(
    choose: Choose,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    wiring: dict[str, Any],
    reason: str,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/certificates/all.pem")
    monkeypatch.setattr("tandem._wire._httpx.refuse_wiring", nothing)

    assert not choose(**wiring)
    assert [record.message for record in caplog.records] == [f"calls go over httpx: {reason}"]


@pytest.mark.parametrize("wiring", [{"proxy": "http://me:secret@proxy.test"}, {"trust_env": False}])
def test_a_proxy_and_an_environment_that_is_not_trusted_are_no_obstacle(
    choose: Choose, monkeypatch: pytest.MonkeyPatch, wiring: dict[str, Any]
) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)

    assert choose(**wiring)


def test_a_proxy_that_is_none_is_refused_with_its_reason(choose: Choose) -> None:
    with pytest.raises(ConfigurationError, match="http://host:port"):
        choose(proxy="ftp://proxy.test")


def test_each_reason_for_httpx_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    transport = default_transport(NAMED)
    assert isinstance(transport, PyreqwestTransport)

    for reason in ("a recorder", "a large body", "a recorder"):
        transport._aside(reason)  # pyright: ignore[reportPrivateUsage]  # what every detour comes by
    transport.close()

    assert [record.message for record in caplog.records][1:] == [
        "some calls go over httpx: a recorder",
        "some calls go over httpx: a large body",
    ]
