"""A secret works wherever a string does, and is never seen by accident."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from urllib.parse import quote

import pytest

from tandem import Secret, SecretUrl, Token

SECRET = Secret("canary-1")


@pytest.mark.parametrize(
    "shown",
    [
        str(SECRET),
        repr(SECRET),
        f"{SECRET}",
        f"{SECRET:>20}",
        f"{SECRET!r} {SECRET!s} {SECRET!a}",
        "%s %r" % (SECRET, SECRET),  # noqa: UP031  # the old spelling is what is tested
        "{} {!r}".format(SECRET, SECRET),  # noqa: UP032  # likewise
        repr([SECRET]),
        repr({"k": SECRET}),
        repr(Token(SECRET, 1.0)),
    ],
)
def test_a_secret_prints_as_a_mask(shown: str) -> None:
    assert "canary" not in shown
    assert "***" in shown


def test_a_secret_is_masked_in_a_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        logging.getLogger("t").info("token %s %r", SECRET, SECRET)

    assert caplog.messages == ["token *** Secret('***')"]


def test_a_secret_is_masked_in_an_exception() -> None:
    text = "".join(traceback.format_exception(ValueError(SECRET)))

    assert "canary" not in text


def test_reveal_gives_the_plain_text() -> None:
    assert SECRET.reveal() == "canary-1"
    assert type(SECRET.reveal()) is str


def test_a_secret_of_a_secret_is_the_same_secret() -> None:
    assert Secret(SECRET).reveal() == "canary-1"
    assert Secret().reveal() == ""


def test_a_secret_works_where_a_string_does() -> None:
    assert SECRET == "canary-1"
    assert hash(SECRET) == hash("canary-1")
    assert SECRET.encode() == b"canary-1"
    assert json.dumps({"s": SECRET}) == '{"s": "canary-1"}'
    assert quote(SECRET) == "canary-1"
    assert SECRET.startswith("canary")
    assert len(SECRET) == 8


@pytest.mark.parametrize("secret", [SECRET, SecretUrl("https://h/p?token=canary&a=1")])
def test_a_secret_stays_one_when_it_travels(secret: Secret) -> None:
    for again in (pickle.loads(pickle.dumps(secret)), copy.copy(secret), copy.deepcopy(secret)):
        assert type(again) is type(secret)
        assert again.reveal() == secret.reveal()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://h/p?token=canary&space=s", "https://h/p?token=***&space=***"),
        ("https://h/p", "https://h/p"),
        ("https://h/p?canary", "https://h/p?canary=***"),
        ("https://h/p?a=canary?b=canary", "https://h/p?a=***"),
    ],
)
def test_a_secret_url_shows_where_it_leads_but_no_values(url: str, shown: str) -> None:
    assert str(SecretUrl(url)) == shown
    assert SecretUrl(url).reveal() == url
