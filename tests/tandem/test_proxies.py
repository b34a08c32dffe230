"""Which proxy a request goes through, and that it gets there."""

from __future__ import annotations

import base64
import logging

import pytest
import trustme

from tandem import ConfigurationError, HttpxTransport, Request, TransportError
from tandem._wire._proxies import Proxies, Proxy, is_loopback, refuse_proxy

from .conftest import MakeSend
from .encrypted import TlsLoopback
from .loopback import Loopback
from .proxying import LocalProxy


def ask(url: str) -> Request:
    return Request("GET", url, [("authorization", "Bearer canary")], timeout=5)


def port_of(server: Loopback) -> str:
    return server.url.rpartition(":")[2]


def test_http_is_forwarded(sender: MakeSend) -> None:
    with Loopback() as server, LocalProxy() as proxy:
        url = f"http://api.acme.test:{port_of(server)}/x"
        assert sender(proxy=proxy.url)(ask(url)).content == b"{}"

    assert proxy.asked[0].startswith(f"GET {url} HTTP/1.1\r\n".encode())
    assert b"canary" in server.requests[0]


def test_https_goes_through_a_tunnel_that_the_proxy_cannot_look_into(
    sender: MakeSend, authority: trustme.CA, ca_bundle: str
) -> None:
    with TlsLoopback(authority, "api.acme.test") as server, LocalProxy() as proxy:
        send = sender(proxy=proxy.url, ca_bundle=ca_bundle)
        for _ in range(2):
            assert send(ask(f"https://api.acme.test:{port_of(server)}/x")).content == b"{}"

    assert [head.split(b"\r\n")[0] for head in proxy.asked] == [
        f"CONNECT api.acme.test:{port_of(server)} HTTP/1.1".encode()
    ]
    assert b"canary" not in proxy.asked[0]


def test_tls_that_fails_behind_a_proxy_leaves_no_place_taken(sender: MakeSend, authority: trustme.CA) -> None:
    with TlsLoopback(authority, "api.acme.test") as server, Loopback() as plain, LocalProxy() as proxy:
        send = sender(proxy=proxy.url, max_connections=1)
        for _ in range(3):
            with pytest.raises(TransportError) as caught:
                send(ask(f"https://api.acme.test:{port_of(server)}/x"))
            assert caught.value.stage == "connect"

        assert send(ask(f"http://api.acme.test:{port_of(plain)}/")).content == b"{}"


def test_a_proxy_is_told_its_password_and_nobody_else_is(sender: MakeSend, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = base64.b64encode(b"user:s3cr@t").decode()

    with Loopback() as server, LocalProxy(credentials=secret) as proxy:
        send = sender(proxy=f"http://user:s3cr%40t@127.0.0.1:{proxy.port}")
        assert send(ask(f"http://api.acme.test:{port_of(server)}/")).content == b"{}"

    assert secret.encode() in proxy.asked[0]
    assert secret not in caplog.text
    assert "s3cr" not in caplog.text


def test_a_proxy_that_refuses_names_no_password(sender: MakeSend) -> None:
    with LocalProxy(credentials="other") as proxy:
        send = sender(proxy=f"http://user:s3cret@127.0.0.1:{proxy.port}")
        with pytest.raises(TransportError) as caught:
            send(ask("https://api.acme.test/"))

    assert caught.value.stage == "connect"
    assert "s3cret" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert "407" in str(caught.value)


def test_the_environment_names_a_proxy_unless_it_is_not_trusted(
    sender: MakeSend, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Loopback() as server, LocalProxy() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "other.test")
        monkeypatch.delenv("http_proxy", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        sender()(ask(f"http://api.acme.test:{port_of(server)}/"))
        sender()(ask(server.url))
        with pytest.raises(TransportError):
            sender()(ask(f"http://other.test:{port_of(server)}/"))
        with pytest.raises(TransportError):
            sender(trust_env=False)(ask(f"http://api.acme.test:{port_of(server)}/"))

    assert (len(proxy.asked), len(server.requests)) == (1, 2)


ENVIRONMENT = {
    "HTTPS_PROXY": "http://secure.test:1",
    "http_proxy": "plain.test:2",
    "NO_PROXY": "acme.test, .dot.test,*.star.test,10.0.0.0/8,[::1]:443,192.168.1.1,ported.test:8443",
}


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://api.other.test/", "secure.test"),
        ("http://api.other.test/", "plain.test"),
        ("https://acme.test/", None),
        ("https://api.acme.test/", None),
        ("https://notacme.test/", "secure.test"),
        ("https://x.dot.test/", None),
        ("https://x.star.test/", None),
        ("https://10.1.2.3/", None),
        ("https://11.1.2.3/", "secure.test"),
        ("https://192.168.1.1:99/", None),
        ("https://ported.test:8443/", None),
        ("https://ported.test/", "secure.test"),
        ("https://localhost:3000/", None),
        ("http://127.0.0.9/", None),
        ("http://[::1]:9/", None),
        ("ftp://api.other.test/", None),
    ],
)
def test_the_environment_says_which_hosts_are_reached_without(url: str, host: str | None) -> None:
    proxy = Proxies.of(None, trust_env=True, environ=ENVIRONMENT).for_url(url)

    assert (proxy.host if proxy else None) == host


def test_a_star_exempts_every_host() -> None:
    proxies = Proxies.from_environment({"ALL_PROXY": "http://p.test", "NO_PROXY": "*"})

    assert proxies.for_url("https://api.acme.test/") is None


def test_all_proxy_is_for_what_has_none_of_its_own() -> None:
    proxies = Proxies.from_environment({"ALL_PROXY": "https://a.test", "HTTP_PROXY": "http://h.test"})

    assert proxies.for_url("https://x.test/") == Proxy("https", "a.test", 443)
    assert proxies.for_url("http://x.test/") == Proxy("http", "h.test", 80)


def test_a_header_of_a_stranger_is_no_proxy() -> None:
    assert Proxies.from_environment({"HTTP_PROXY": "http://evil.test", "REQUEST_METHOD": "GET"}).by_scheme == {}


def test_a_proxy_that_is_given_holds_for_every_host() -> None:
    proxies = Proxies.of("http://given.test:8", trust_env=True, environ=ENVIRONMENT)

    assert (
        proxies.for_url("https://acme.test/") == proxies.for_url("http://127.0.0.1/") == Proxy("http", "given.test", 8)
    )


@pytest.mark.parametrize(
    "url", ["socks5://user:canary@p.test", "http://", "http://p.test:x", "http://p.test/path", "http://canary@[::1", ""]
)
def test_what_is_no_proxy_is_refused_without_quoting_it(url: str) -> None:
    reason = refuse_proxy(url, trust_env=False)

    assert reason is not None
    assert "canary" not in reason
    with pytest.raises(ConfigurationError, match=r"^proxy: "):
        HttpxTransport(proxy=url)


def test_a_bad_proxy_of_the_environment_is_named_with_its_remedy() -> None:
    reason = refuse_proxy(None, environ={"ALL_PROXY": "socks5://user:canary@p.test"})

    assert reason is not None
    assert "ALL_PROXY" in reason
    assert "trust_env=False" in reason
    assert "canary" not in reason
    assert refuse_proxy(None, trust_env=False, environ={"ALL_PROXY": "socks5://p"}) is None


def test_a_proxy_prints_without_its_password() -> None:
    proxy = Proxy.parse("https://user:canary@p.test:9")

    assert proxy.auth == ("user", "canary")
    assert proxy.url == "https://p.test:9"
    assert "canary" not in repr(proxy) + repr(Proxies({"http": proxy})) + repr(
        HttpxTransport(proxy="http://u:canary@p")
    )


@pytest.mark.parametrize(
    ("host", "answer"),
    [
        ("localhost", True),
        ("x.localhost", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost.evil.test", False),
        ("10.0.0.1", False),
        ("127.0.0.1.evil.test", False),
        ("", False),
    ],
)
def test_loopback_is_this_machine_only(host: str, answer: bool) -> None:
    assert is_loopback(host) is answer
