"""Which redirects are followed, and what goes along."""

from __future__ import annotations

import pytest

from tandem import Headers, Request, Response
from tandem._redirects import MOST_REDIRECTS, redirect

HERE = "https://api.acme.test/v1/things?page=2"
HEADERS = [
    ("Authorization", "Bearer canary"),
    ("Cookie", "a=1"),
    ("X-Tenant", "org_1"),
    ("Idempotency-Key", "k"),
    ("Accept", "application/json"),
    ("Content-Type", "application/json"),
]
PRIVATE = {"x-tenant", "idempotency-key"}


def follow(
    location: str | None, status: int = 307, method: str = "GET", url: str = HERE, followed: list[str] | None = None
) -> Request | None:
    request = Request(method, url, HEADERS, b"{}", timeout=3)
    headers = Headers([] if location is None else [("location", location)])
    return redirect(request, Response(status, headers, b""), followed or [url], private=PRIVATE)


def names(request: Request | None) -> set[str]:
    assert request is not None
    return {name for name, _ in request.headers}


@pytest.mark.parametrize("location", ["/v2", "https://api.acme.test/v2", "https://API.acme.test:443/v2", "../v2"])
def test_within_one_origin_everything_goes_along(location: str) -> None:
    found = follow(location)

    assert found is not None
    assert found.url.lower() in {"https://api.acme.test/v2", "https://api.acme.test:443/v2"}
    assert (found.headers, found.timeout) == (HEADERS, 3)


@pytest.mark.parametrize(
    "location", ["https://evil.test/", "https://api.acme.test:8443/", "//evil.test/", "https://api.acme.test.evil.test"]
)
def test_to_another_origin_no_credential_goes_along(location: str) -> None:
    assert names(follow(location)) == {"Accept", "Content-Type"}


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("?page=3", "https://api.acme.test/v1/things?page=3"),
        ("other", "https://api.acme.test/v1/other"),
        ("/x#part", "https://api.acme.test/x"),
        ("http:/x", None),
    ],
)
def test_a_location_is_read_relative_to_its_request(location: str, url: str | None) -> None:
    found = follow(location)

    assert (found.url if found else None) == url


@pytest.mark.parametrize("status", [307, 308])
def test_a_write_is_repeated_with_its_body_where_the_status_says_so(status: int) -> None:
    found = follow("/v2", status, "POST")

    assert found is not None
    assert (found.method, found.content) == ("POST", b"{}")


def test_see_other_becomes_a_get_without_a_body() -> None:
    found = follow("/v2", 303, "POST")

    assert found is not None
    assert (found.method, found.content) == ("GET", None)
    assert "Content-Type" not in names(found)


@pytest.mark.parametrize("status", [301, 302])
def test_a_write_that_was_moved_is_not_guessed_at(status: int) -> None:
    assert follow("/v2", status, "POST") is None
    assert follow("/v2", status, "GET") is not None
    assert follow("/v2", status, "HEAD") is not None


@pytest.mark.parametrize("status", [200, 300, 304, 305, 399, 404])
def test_no_other_status_is_a_redirect(status: int) -> None:
    assert follow("/v2", status) is None


def test_tls_is_never_left() -> None:
    assert follow("http://api.acme.test/v2") is None
    assert follow("https://api.acme.test/v2", url="http://api.acme.test/") is not None


@pytest.mark.parametrize(
    "location",
    [
        None,
        "",
        "ftp://api.acme.test/",
        "javascript:alert(1)",
        "https://user:pw@api.acme.test/",
        "https://",
        "https://[::1/",
        "https://api.acme.test:99999/",
        "https://api.acme.test:x/",
        "/a b",
        "/a\r\nX: y",
        "/\x00",
        "/caf\xe9",
        "\\\\evil.test\\",
    ],
)
def test_a_location_that_is_none_is_not_followed(location: str | None) -> None:
    assert follow(location) is None


def test_a_circle_is_left() -> None:
    assert follow(HERE) is None
    assert (
        follow("/b", url="https://api.acme.test/a", followed=["https://api.acme.test/b", "https://api.acme.test/a"])
        is None
    )


def test_the_chain_has_an_end() -> None:
    chain = [f"https://api.acme.test/{number}" for number in range(MOST_REDIRECTS)]

    assert follow("/last", url=chain[-1], followed=chain) is not None
    assert follow("/last", url=chain[-1], followed=[HERE, *chain]) is None
