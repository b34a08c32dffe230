"""Headers of a reply, and what is read from them, whatever a server puts there."""

from __future__ import annotations

import datetime
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem import Headers, RateLimit, ResponseMeta
from tandem._meta import rate_limit_from

TEXT = st.text(max_size=40)


def test_names_are_found_without_regard_to_case() -> None:
    headers = Headers([("X-Request-Id", "r1")])

    assert headers["x-request-id"] == headers["X-REQUEST-ID"] == "r1"
    assert "X-request-ID" in headers
    assert headers.get("missing") is None


def test_a_name_that_was_sent_twice_reads_as_both() -> None:
    assert Headers([("Link", "a"), ("link", "b")])["Link"] == "a, b"


@pytest.mark.parametrize("pairs", [[], [("a", "1"), ("b", "2")], [("a", "1"), ("b", "2"), ("a", "3")]])
def test_names_that_are_in_lower_case_already_read_the_same(pairs: list[tuple[str, str]]) -> None:
    assert dict(Headers.lower_case(pairs)) == dict(Headers(pairs))


def test_bytes_are_read_as_latin_1_and_none_is_lost() -> None:
    assert Headers([(b"X-Odd", bytes(range(128, 256)))])["x-odd"].encode("latin-1") == bytes(range(128, 256))


def test_values_stay_out_of_the_repr() -> None:
    assert repr(Headers([("Set-Cookie", "canary")])) == "<Headers set-cookie>"


def test_headers_survive_pickling() -> None:
    headers = Headers([("A", "1"), ("B", "2")])

    assert pickle.loads(pickle.dumps(headers)) == headers
    assert (len(headers), list(headers)) == (2, ["a", "b"])


def test_a_rate_limit_is_read_from_its_headers() -> None:
    headers = Headers(
        [
            ("X-RateLimit-Limit", "100"),
            ("X-RateLimit-Remaining", "7"),
            ("X-RateLimit-Reset", "1800000000"),
            ("X-RateLimit-Scope", "client"),
        ]
    )

    moment = datetime.datetime(2027, 1, 15, 8, 0, tzinfo=datetime.UTC)
    assert rate_limit_from(headers) == RateLimit(100, 7, moment, "client")


@pytest.mark.parametrize("value", ["", "-1", "1.5", "many", "1_000", "9" * 5000, "²", "0x1", "1, 1", " 7"])
def test_a_limit_that_is_no_number_is_no_limit(value: str) -> None:
    assert rate_limit_from(Headers([("X-RateLimit-Limit", value), ("X-RateLimit-Remaining", "7")])) is None
    assert rate_limit_from(Headers([("X-RateLimit-Limit", "7"), ("X-RateLimit-Remaining", value)])) is None


@pytest.mark.parametrize("value", ["", "soon", "-5", "9" * 18, "9" * 40])
def test_a_reset_that_is_no_moment_is_none(value: str) -> None:
    limit = rate_limit_from(
        Headers([("X-RateLimit-Limit", "9"), ("X-RateLimit-Remaining", "1"), ("X-RateLimit-Reset", value)])
    )

    assert limit == RateLimit(9, 1, None, None)


@given(TEXT, TEXT, TEXT)
def test_any_text_in_the_headers_reads_as_a_limit_or_none(limit: str, remaining: str, reset: str) -> None:
    headers = Headers(
        [("X-RateLimit-Limit", limit), ("x-ratelimit-remaining", remaining), ("X-RateLimit-Reset", reset)]
    )
    found = rate_limit_from(headers)

    assert found is None or (found.limit >= 0 and found.remaining >= 0)


def test_meta_reads_the_request_id_and_the_limit() -> None:
    meta = ResponseMeta(200, Headers([("X-Request-Id", "r1")]), 2, 0.5, "key")

    assert (meta.request_id, meta.rate_limit) == ("r1", None)
    assert ResponseMeta(200, Headers()).request_id is None
    assert pickle.loads(pickle.dumps(meta)) == meta
