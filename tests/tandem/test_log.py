"""The log tells how calls go, to those who asked, and tells no secret."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tandem import Call, Conventions, RetryPolicy, TandemError
from tandem._log import _switched_on, switch_on  # pyright: ignore[reportPrivateUsage]  # once in a process: forgotten here

from .acme import CONVENTIONS, LIST, get
from .conftest import MakeWorld
from .fakes import answer, refused

OK = {"data": {"id": "t1"}}


@pytest.fixture
def conventions() -> Iterator[Conventions]:
    """Those of a product with a logger that no other test has."""
    yield replace(CONVENTIONS, logger="acme_log", log_env="ACME_LOG")
    _switched_on.discard("acme_log")
    logger = logging.getLogger("acme_log")
    logger.setLevel(logging.NOTSET)
    for handler in list(logger.handlers):
        logger.removeHandler(handler)


def test_each_attempt_is_a_line(make: MakeWorld, caplog: pytest.LogCaptureFixture) -> None:
    world = make(answer(b"", 503, {"X-Request-Id": "r1"}), answer(OK))
    world.client.auth.token()
    caplog.set_level(logging.DEBUG, "tandem")

    world.client.call(get())

    assert [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "tandem"] == [
        ("DEBUG", "GET /things/{id}: 503 in 0 ms (attempt 1, request r1)"),
        ("INFO", "GET /things/{id}: again in 0.50 s after attempt 1 (status 503)"),
        ("DEBUG", "GET /things/{id}: 200 in 0 ms (attempt 2, request unknown)"),
    ]


def test_an_attempt_without_a_reply_is_a_line_too(make: MakeWorld, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "tandem")

    with pytest.raises(TandemError):
        make(refused(), retry=RetryPolicy(max_attempts=1)).client.call(get())

    assert "GET /things/{id}: AcmeConnectionError in 0 ms (attempt 1, request unknown)" in caplog.text


def test_at_info_only_retries_are_told(make: MakeWorld, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "tandem")

    make(answer(b"", 503), answer(OK)).client.call(get())

    assert [record.levelname for record in caplog.records if record.name == "tandem"] == ["INFO"]


def test_no_query_header_or_body_is_logged(make: MakeWorld, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world = make(answer(b'{"data": [], "x": "canary"}', 200, {"X-Reply": "canary"}), namespace="canary")

    world.client.call(Call(LIST, query={"q": "canary"}, options={"extra_headers": {"X-Own": "canary"}}))

    assert "GET /things: 200" in caplog.text
    assert "canary" not in caplog.text


def test_a_request_id_cannot_forge_a_line(make: MakeWorld, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "tandem")

    make(answer(OK, 200, {"X-Request-Id": "r1\x1b[31m\r" + "x" * 5000})).client.call(get())

    assert "\x1b" not in caplog.text
    assert "\r" not in caplog.text
    assert max(len(record.getMessage()) for record in caplog.records) < 400


@pytest.mark.parametrize(("value", "level"), [("debug", 10), ("info", 20), (" DEBUG ", 10)])
def test_the_environment_switches_the_log_on(
    conventions: Conventions, value: str, level: int, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        switch_on(conventions, {"ACME_LOG": value})
    logger = logging.getLogger("acme_log")
    logger.info("hello")

    assert (logger.level, len(logger.handlers)) == (level, 1)
    assert capsys.readouterr().err.endswith("INFO acme_log: hello\n")


@pytest.mark.parametrize("environ", [{}, {"ACME_LOG": ""}, {"TANDEM_LOG": "debug"}])
def test_without_it_the_log_is_left_alone(conventions: Conventions, environ: dict[str, str]) -> None:
    switch_on(conventions, environ)

    assert logging.getLogger("acme_log").handlers == []


def test_a_level_that_does_not_exist_is_told(conventions: Conventions, caplog: pytest.LogCaptureFixture) -> None:
    switch_on(conventions, {"ACME_LOG": "canary"})

    assert "ACME_LOG is not set to one of: debug, info." in caplog.text
    assert "canary" not in caplog.text


def test_a_client_switches_it_on_when_it_is_made(
    make: MakeWorld, conventions: Conventions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_LOG", "info")

    make(conventions=conventions)

    assert len(logging.getLogger("acme_log").handlers) == 1
