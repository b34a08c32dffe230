"""A URL that is aimed at without the library's parser goes where that would have led."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tandem._sources import InMemory, Opened
from tandem._transport import Request
from tandem._uploads import Upload
from tandem._wire._aims import aim, aimed

from .uploading import Pipe

TARGETS = st.text(st.sampled_from("abZ019/.%?#&=+ ~:;,@!$'()*[]{}|\\^`\"<>-_é\t4F"), max_size=30)
BEGINNINGS = st.sampled_from(
    [
        "http://h",
        "https://h:8443",
        "http://USER:p@h",
        "http://[::1]:80",
        "https://bücher.example",
        "https://api.a-b.example:443",
        "http://api.example:80",
        "http://127.0.0.1:3000",
        "http://127.0.0.2",
        "http://1.2.3.400",
        "https://xn--bcher-kva.example",
        "https://a.xn--p1ai",
        "https://a.example:99999",
        "https://-a-.example.:8443",
        "http://h?a",
        "ftp://h",
    ]
)


@example("https://xn--bcher-kva.example", ";/")
@given(BEGINNINGS, TARGETS)
def test_a_url_leads_where_the_library_would_lead(beginning: str, target: str) -> None:
    try:
        expected = httpx.URL(beginning + target)
    except httpx.InvalidURL:
        with pytest.raises(httpx.InvalidURL):
            aim(beginning + target)
        return

    origin, asked = aim(beginning + target)

    found = (origin.core.scheme, origin.core.host, origin.port, origin.host_header, asked)
    assert found == (
        expected.raw_scheme,
        expected.raw_host,
        expected.port,
        (b"Host", expected.netloc),
        expected.raw_path,
    )


def test_a_url_of_a_usual_form_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    aim("http://once.example/v1/things/a%20b?page=2&name=a.b")
    monkeypatch.delattr(httpx, "URL")

    origin, asked = aim("http://once.example/v1/others")

    assert (origin.core.host, asked) == (b"once.example", b"/v1/others")


def test_the_origins_of_many_redirects_do_not_pile_up() -> None:
    from tandem._wire import _aims

    for number in range(300):
        aim(f"http://h{number}.example/")

    assert len(_aims._origins) <= 100  # pyright: ignore[reportPrivateUsage]  # what is kept shows nowhere else


@pytest.mark.parametrize(
    ("method", "content", "framing"),
    [
        ("GET", None, []),
        ("POST", None, [(b"Content-Length", b"0")]),
        ("POST", b"", [(b"Content-Length", b"0")]),
        ("POST", b"abc", [(b"Content-Length", b"3")]),
        ("DELETE", b"abc", [(b"Content-Length", b"3")]),
        ("PUT", Upload([InMemory(b"abc")]), [(b"Content-Length", b"3")]),
        ("PUT", Upload([Opened(Pipe(b"abc"), "pipe")]), [(b"Transfer-Encoding", b"chunked")]),
    ],
)
def test_a_request_says_how_long_its_body_is(
    method: str, content: bytes | Upload | None, framing: list[tuple[bytes, bytes]]
) -> None:
    made = aimed(Request(method, "http://h/", [("accept", "*/*")], content), {})

    assert made.headers == [(b"Host", b"h"), (b"accept", b"*/*"), *framing]


def test_framing_of_the_callers_own_is_not_doubled() -> None:
    made = aimed(Request("POST", "http://h/", [("transfer-encoding", "chunked")], b"abc"), {})

    assert made.headers == [(b"Host", b"h"), (b"transfer-encoding", b"chunked")]


def test_a_host_of_the_callers_own_is_not_doubled() -> None:
    made = aimed(Request("GET", "http://h/", [("hOST", "other")]), {})

    assert made.headers == [(b"hOST", b"other")]
