"""What is taken for a delivery of the platform, and what is not."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
import pickle
from collections.abc import Callable
from email.message import Message
from typing import Any

import pytest

from interactor import ConfigurationError, InteractorError, InvalidRequestError, Secret
from interactor.webhooks import REASONS, WebhookVerificationError, WebhookVerifier, sign, signed_headers

from .deliveries import NOW, SECRET, body_of, headers_of, verifier

BODY = body_of()


def reason_of(body: Any, headers: Any, **settings: Any) -> str:
    """Why a delivery is refused."""
    with pytest.raises(WebhookVerificationError) as caught:
        verifier(**settings).verify(body, headers)
    return caught.value.reason


def message_of(body: Any, headers: Any, **settings: Any) -> str:
    """What the refusal says."""
    with pytest.raises(WebhookVerificationError) as caught:
        verifier(**settings).verify(body, headers)
    return str(caught.value)


def test_a_true_delivery_is_its_event() -> None:
    assert verifier().verify(BODY, headers_of(BODY)).type == "room.message.created"


def test_the_signature_is_the_documented_one() -> None:
    due = hmac.new(SECRET.encode(), f"{NOW}.".encode() + BODY, hashlib.sha256).hexdigest()

    assert sign(BODY, SECRET, NOW) == f"sha256={due}"


@pytest.mark.parametrize("length", [1, 63, 64, 65, 200])
def test_secrets_of_any_length_sign_as_the_standard_says(length: int) -> None:
    secret = "k" * length

    assert sign(BODY, secret, scheme="body") == f"sha256={hmac.new(secret.encode(), BODY, 'sha256').hexdigest()}"


@pytest.mark.parametrize("secret", ["whsec_new", "whsec_old"])
def test_each_of_several_secrets_is_valid(secret: str) -> None:
    rotating = verifier(secrets=["whsec_new", "whsec_old"])

    assert rotating.verify(BODY, headers_of(BODY, secret=secret)).type


def test_one_of_several_signatures_is_enough() -> None:
    headers = signed_headers(BODY, "whsec_new", SECRET, timestamp=NOW)

    assert verifier().verify(BODY, headers).type


def test_signatures_in_lines_of_their_own_are_read_together() -> None:
    lines = [(name, value) for name, value in headers_of(BODY).items() if name != "X-Interactor-Signature"]
    lines += [("x-interactor-signature", sign(BODY, secret, NOW)) for secret in ("whsec_new", SECRET)]

    assert verifier().verify(BODY, lines).type


@pytest.mark.parametrize("spell", [str, str.lower, str.upper, str.title, str.swapcase])
def test_header_names_are_read_in_any_casing(spell: Callable[[str], str]) -> None:
    headers = {spell(name): value for name, value in headers_of(BODY).items()}

    assert verifier().verify(BODY, headers).retry_count == 2


PAIRS = list(headers_of(BODY).items())


@pytest.mark.parametrize(
    "headers",
    [
        PAIRS,
        [(name.encode(), value.encode()) for name, value in PAIRS],
        {name.encode(): value.encode() for name, value in PAIRS},
        {name: [value] for name, value in PAIRS},
        {name: (value.encode(),) for name, value in PAIRS},
        tuple(PAIRS),
    ],
    ids=["pairs", "bytes pairs", "bytes", "lists", "tuples of bytes", "tuple"],
)
def test_headers_are_read_in_any_form(headers: Any) -> None:
    event = verifier().verify(BODY, headers)

    assert (event.delivery.request_id, event.retry_count) == ("req_1", 2)


def test_the_headers_of_the_standard_library_are_read() -> None:
    message = Message()
    for name, value in PAIRS:
        message[name] = value

    assert verifier().verify(BODY, message).retry_count == 2


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_bytes_of_any_kind_are_a_body(kind: Callable[[bytes], Any]) -> None:
    assert verifier().verify(kind(BODY), headers_of(BODY)).type


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"X_Interactor_Signature": ""}, "missing_signature"),
        ({"X_Interactor_Signature": " , "}, "missing_signature"),
        ({"X_Interactor_Signature": "sha256="}, "malformed_signature"),
        ({"X_Interactor_Signature": "sha1=" + "a" * 64}, "malformed_signature"),
        ({"X_Interactor_Signature": "sha256=" + "é" * 64}, "malformed_signature"),
        ({"X_Interactor_Signature": "sha256=" + "٣" * 64}, "malformed_signature"),
        ({"X_Interactor_Signature": "sha256=" + "0" * 64}, "signature_mismatch"),
        ({"X_Interactor_Signature": "a" * 10_000_000}, "malformed_signature"),
        ({"X_Interactor_Timestamp": ""}, "missing_timestamp"),
        ({"X_Interactor_Timestamp": "soon"}, "malformed_timestamp"),
        ({"X_Interactor_Timestamp": "٣"}, "malformed_timestamp"),
        ({"X_Interactor_Timestamp": "-5"}, "malformed_timestamp"),
        ({"X_Interactor_Timestamp": f"{NOW}.0"}, "malformed_timestamp"),
        ({"X_Interactor_Timestamp": "9" * 5000}, "malformed_timestamp"),
        ({"X_Interactor_Timestamp": f"{NOW},{NOW + 1}"}, "malformed_timestamp"),
        ({"X_Interactor_Timestamp": str(NOW + 1)}, "signature_mismatch"),
    ],
)
def test_a_wrong_header_has_its_reason(changes: dict[str, Any], reason: str) -> None:
    assert reason_of(BODY, headers_of(BODY, **changes)) == reason


@pytest.mark.parametrize(("name", "reason"), [("Signature", "missing_signature"), ("Timestamp", "missing_timestamp")])
def test_a_missing_header_has_its_reason(name: str, reason: str) -> None:
    headers = headers_of(BODY)
    del headers[f"X-Interactor-{name}"]

    assert reason_of(BODY, headers) == reason


def test_a_signature_without_a_timestamp_is_told_of_the_other_scheme() -> None:
    with pytest.raises(WebhookVerificationError, match='scheme="body"'):
        verifier().verify(BODY, {"X-Interactor-Signature": sign(BODY, SECRET, scheme="body")})


@pytest.mark.parametrize("headers", [None, 7, "X-Interactor-Signature", [1], [("a",)], {1: 2}, [("a", "b", "c")]])
def test_headers_that_are_none_are_refused(headers: Any) -> None:
    assert reason_of(BODY, headers) in {"headers_unreadable", "missing_timestamp"}


def test_a_timestamp_that_was_repeated_unchanged_is_one() -> None:
    headers = headers_of(BODY, X_Interactor_Timestamp=f"{NOW}, {NOW}")

    assert verifier().verify(BODY, headers).type


@pytest.mark.parametrize("body", ["text", {"event": "x"}, ["x"], None, 7])
def test_what_something_parsed_before_is_no_body(body: Any) -> None:
    assert reason_of(body, headers_of(BODY)) == "body_not_bytes"
    assert "raw body" in message_of(body, headers_of(BODY))


def test_a_view_that_was_released_is_no_body() -> None:
    view = memoryview(BODY)
    view.release()

    assert reason_of(view, headers_of(BODY)) == "body_not_bytes"


def test_a_body_above_the_limit_is_refused_without_a_look_at_it() -> None:
    huge = b"x" * 50_000_000

    assert reason_of(huge, {}) == "body_too_large"


def test_the_limit_is_yours_to_set() -> None:
    assert reason_of(BODY, headers_of(BODY), max_body=len(BODY) - 1) == "body_too_large"
    assert verifier(max_body=len(BODY)).verify(BODY, headers_of(BODY)).type


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b'"event"',
        b"12",
        b'{"event": 7}',
        b'{"event": null}',
        b"[" * 100_000,
        b'{"event": ' + b"9" * 5000 + b"}",
        b'{"a":' * 50_000,
    ],
)
def test_a_signed_body_that_is_no_event_is_refused(body: bytes) -> None:
    assert reason_of(body, headers_of(body)) == "malformed_body"


@pytest.mark.parametrize(
    ("age", "reason"),
    [(301, "timestamp_too_old"), (-301, "timestamp_in_future"), (10**9, "timestamp_too_old")],
)
def test_a_delivery_of_another_time_is_refused(age: int, reason: str) -> None:
    assert reason_of(BODY, headers_of(BODY, timestamp=NOW - age)) == reason


@pytest.mark.parametrize("age", [-300, 0, 300])
def test_the_tolerance_holds_in_both_directions(age: int) -> None:
    assert verifier().verify(BODY, headers_of(BODY, timestamp=NOW - age)).type


def test_the_time_can_be_given_with_the_call() -> None:
    moment = datetime.datetime.fromtimestamp(NOW + 1000, datetime.UTC)
    headers = headers_of(BODY, timestamp=NOW + 1000)

    assert verifier().verify(BODY, headers, now=moment).type
    assert verifier().verify(BODY, headers, now=NOW + 1000).type


@pytest.mark.parametrize("now", [float("nan"), float("inf"), "now", True, 10**400, [], -float("inf")])
def test_a_time_that_is_none_lets_nothing_through(now: Any) -> None:
    with pytest.raises(WebhookVerificationError, match="now is") as caught:
        verifier().verify(BODY, headers_of(BODY), now=now)

    assert caught.value.reason == "clock_unreadable"


def test_a_clock_that_gives_no_number_lets_nothing_through() -> None:
    assert reason_of(BODY, headers_of(BODY), clock=lambda: float("nan")) == "timestamp_in_future"


def test_the_message_names_a_clock_that_is_off() -> None:
    assert "400 s ahead" in message_of(BODY, headers_of(BODY, timestamp=NOW - 400))
    assert "400 s behind" in message_of(BODY, headers_of(BODY, timestamp=NOW + 400))


@pytest.mark.parametrize("anew", [json.dumps(json.loads(BODY)).encode(), BODY + b"\n"])
def test_the_message_names_a_body_that_was_written_anew(anew: bytes) -> None:
    assert "raw bytes" in message_of(anew, headers_of(BODY))
    assert "parsed and written anew" in message_of(anew, headers_of(BODY))


def test_a_large_body_is_not_worth_a_search_for_the_cause() -> None:
    large = body_of(data={"content": "x" * 20_000})

    assert "rotation" in message_of(large + b"\n", headers_of(large))


def test_the_message_names_a_body_that_was_read_before() -> None:
    assert "The body is empty" in message_of(b"", headers_of(BODY))


def test_the_message_names_another_secret() -> None:
    assert "rotation" in message_of(BODY, headers_of(BODY, secret="whsec_other"))


def test_the_message_names_the_other_scheme() -> None:
    headers = headers_of(BODY, X_Interactor_Signature=sign(BODY, SECRET, scheme="body"))

    assert 'scheme="body"' in message_of(BODY, headers)


def test_no_secret_is_in_a_message_or_a_repr() -> None:
    message = message_of(BODY, headers_of(BODY, secret="whsec_other"))

    assert SECRET not in message + repr(verifier())


@pytest.mark.parametrize("prefix", ["sha256=", ""])
def test_the_body_scheme_takes_bare_digests_and_no_timestamp(prefix: str) -> None:
    digest = sign(BODY, SECRET, scheme="body").removeprefix("sha256=")

    assert verifier(scheme="body").verify(BODY, {"X-Interactor-Signature": prefix + digest}).type


def test_a_bare_digest_needs_the_body_scheme() -> None:
    headers = headers_of(BODY)
    bare = headers["X-Interactor-Signature"].removeprefix("sha256=")

    assert reason_of(BODY, headers | {"X-Interactor-Signature": bare}) == "malformed_signature"
    assert 'scheme="body"' in message_of(BODY, headers | {"X-Interactor-Signature": bare})


def test_the_body_scheme_refuses_another_body() -> None:
    headers = {"X-Interactor-Signature": sign(BODY, SECRET, scheme="body")}

    assert reason_of(BODY + b" ", headers, scheme="body") == "signature_mismatch"


def test_a_signature_with_capitals_is_the_same() -> None:
    headers = headers_of(BODY)

    assert verifier().verify(BODY, headers | {"X-Interactor-Signature": headers["X-Interactor-Signature"].upper()}).type


def test_only_so_many_signatures_are_looked_at() -> None:
    headers = headers_of(BODY)
    many = ",".join(["sha256=" + "0" * 64] * 1000 + [headers["X-Interactor-Signature"]])

    assert reason_of(BODY, headers | {"X-Interactor-Signature": many}) == "signature_mismatch"


@pytest.mark.parametrize(
    "settings",
    [
        {"secrets": []},
        {"secrets": ""},
        {"secrets": ["a", ""]},
        {"secrets": ["a", None]},
        {"secrets": 7},
        {"secrets": ["\ud800"]},
        {"tolerance": -1},
        {"tolerance": float("nan")},
        {"tolerance": float("inf")},
        {"tolerance": None},
        {"scheme": "none"},
        {"max_body": 0},
        {"max_body": 1.5},
    ],
)
def test_a_verifier_that_could_let_everything_through_is_not_made(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        verifier(**settings)


@pytest.mark.parametrize("secret", [SECRET, SECRET.encode(), Secret(SECRET)])
def test_secrets_are_texts_bytes_or_secrets(secret: Any) -> None:
    assert verifier(secrets=[secret]).verify(BODY, headers_of(BODY)).type
    assert verifier(secrets=secret).verify(BODY, headers_of(BODY)).type


def test_the_environment_gives_both_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERACTOR_WEBHOOK_SECRET", "whsec_new")
    monkeypatch.setenv("INTERACTOR_WEBHOOK_SECRET_OLD", SECRET)

    assert WebhookVerifier(clock=lambda: NOW).verify(BODY, headers_of(BODY)).type


def test_a_missing_secret_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INTERACTOR_WEBHOOK_SECRET", raising=False)
    monkeypatch.delenv("INTERACTOR_WEBHOOK_SECRET_OLD", raising=False)

    with pytest.raises(ConfigurationError, match="INTERACTOR_WEBHOOK_SECRET"):
        WebhookVerifier()


@pytest.mark.parametrize(
    ("body", "timestamp", "scheme"), [("text", NOW, "timestamped"), (BODY, None, "timestamped"), (BODY, NOW, "other")]
)
def test_a_signature_of_nonsense_is_refused(body: Any, timestamp: Any, scheme: Any) -> None:
    with pytest.raises(InvalidRequestError):
        sign(body, SECRET, timestamp, scheme=scheme)


@pytest.mark.parametrize("timestamp", [NOW, float(NOW), str(NOW), datetime.datetime.fromtimestamp(NOW, datetime.UTC)])
def test_a_timestamp_is_given_in_any_form(timestamp: Any) -> None:
    assert sign(BODY, SECRET, timestamp) == sign(BODY, SECRET, NOW)


@pytest.mark.parametrize("timestamp", [float("nan"), float("inf"), [], "é"])
def test_a_timestamp_that_is_none_is_refused(timestamp: Any) -> None:
    with pytest.raises(InvalidRequestError):
        sign(BODY, SECRET, timestamp)


def test_reasons_are_a_closed_list() -> None:
    assert len(set(REASONS)) == len(REASONS) == 12


def test_a_refusal_is_an_error_of_the_product_and_can_be_pickled() -> None:
    with pytest.raises(InteractorError) as caught:
        verifier().verify(b"", {})

    copy = pickle.loads(pickle.dumps(caught.value))
    assert (copy, copy.reason) == (caught.value, "missing_timestamp")
