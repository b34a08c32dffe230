"""The way to the server: encrypted and verified, unless it ends on this machine; and through proxies."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tandem import APIConnectionError, ConfigurationError

from .authority import Authority, found_authority
from .conftest import ONCE, Connect
from .misbehaving import GOOD, Misbehaving, close, head, send
from .products import Product


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return found_authority(tmp_path_factory.mktemp("tls"))


# -- TLS


def test_a_certificate_of_an_unknown_authority_is_refused(
    connect: Connect, authority: Authority, product: Product
) -> None:
    with Misbehaving(GOOD, tls=authority.server_context()) as server:
        with pytest.raises(APIConnectionError, match=r"(?i)certificate"):
            product.read(connect(server, retry=ONCE))

        assert server.token_requests == []


def test_a_certificate_for_another_name_is_refused(connect: Connect, authority: Authority, product: Product) -> None:
    with Misbehaving(GOOD, tls=authority.server_context()) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        client = connect(server, **product.at(url), ca_bundle=authority.bundle, retry=ONCE)
        with pytest.raises(APIConnectionError, match=r"(?i)certificate"):
            product.read(client)


def test_a_custom_authority_can_be_given(connect: Connect, authority: Authority, product: Product) -> None:
    with Misbehaving(GOOD, tls=authority.server_context()) as server:
        assert product.read(connect(server, ca_bundle=authority.bundle)).id == "asst_1"


def test_a_client_certificate_can_be_given(connect: Connect, authority: Authority, product: Product) -> None:
    with Misbehaving(GOOD, tls=authority.server_context(wants_client=True)) as server:
        client = connect(server, ca_bundle=authority.bundle, client_cert=authority.client)
        assert product.read(client).id == "asst_1"

        with pytest.raises(APIConnectionError):
            product.read(connect(server, ca_bundle=authority.bundle, retry=ONCE))


def test_certificates_that_are_none_are_refused_when_the_client_is_made(connect: Connect, tmp_path: Path) -> None:
    with Misbehaving() as server:
        for wrong in ({"ca_bundle": tmp_path / "none.pem"}, {"client_cert": tmp_path / "none.pem"}):
            with pytest.raises(ConfigurationError, match=min(wrong)):
                connect(server, **wrong)


# -- plain text


@pytest.mark.parametrize("url", ["http://core.example/api", "http://10.0.0.1", "http://127.0.0.1.example"])
def test_plain_http_to_another_machine_is_refused(connect: Connect, url: str, product: Product) -> None:
    with Misbehaving() as server:
        for name in product.servers:
            with pytest.raises(ConfigurationError, match="allow_insecure"):
                connect(server, **{name: url})
            connect(server, **{name: url}, allow_insecure=True)


@pytest.mark.parametrize("url", ["http://localhost:1", "http://127.0.0.2:1", "http://[::1]:1", "https://core.example"])
def test_this_machine_and_encrypted_ones_are_not(connect: Connect, url: str, product: Product) -> None:
    with Misbehaving() as server:
        connect(server, **product.at(url))


# -- proxies


def test_a_proxy_that_is_given_is_used_and_told_who_calls(connect: Connect, product: Product) -> None:
    with Misbehaving(GOOD) as proxy:
        with_user = proxy.url.replace("//", "//me:secret@")
        client = connect(
            proxy,
            **product.at("http://core.example/api"),
            allow_insecure=True,
            proxy=with_user,
        )
        product.read(client)

    (request,) = proxy.requests
    assert request.target == f"http://core.example/api{product.collection}/asst_1"
    assert request.header("proxy-authorization") == f"Basic {base64.b64encode(b'me:secret').decode()}"
    assert [token.target for token in proxy.token_requests] == [f"http://core.example/api{product.token_path}"]


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_proxy_of_the_environment_is_used(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, name: str, product: Product
) -> None:
    with Misbehaving(GOOD) as proxy:
        monkeypatch.setenv(name, proxy.url)
        product.read(connect(proxy, **product.at("http://core.example"), allow_insecure=True))

    assert [request.target for request in proxy.requests] == [f"http://core.example{product.collection}/asst_1"]


@pytest.mark.parametrize("spared", ["NO_PROXY", "trust_env"])
def test_a_proxy_of_the_environment_can_be_passed_by(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, spared: str, product: Product
) -> None:
    with Misbehaving(GOOD) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "core.invalid" if spared == "NO_PROXY" else "")
        client = connect(
            proxy,
            **product.at("http://core.invalid"),
            allow_insecure=True,
            trust_env=spared != "trust_env",
            retry=ONCE,
        )
        with pytest.raises(APIConnectionError):  # there is no such host
            product.read(client)

        assert proxy.requests == []


def test_an_encrypted_call_goes_through_a_proxy_as_a_tunnel(connect: Connect, product: Product) -> None:
    with Misbehaving([send(head(200)), close]) as proxy:
        client = connect(proxy, **product.at("https://core.example"), proxy=proxy.url, retry=ONCE)
        with pytest.raises(APIConnectionError):  # what answers is not core.example
            product.read(client)

    (request,) = proxy.requests
    assert (request.method, request.target) == ("CONNECT", "core.example:443")
    assert request.header("authorization") is None


def test_a_proxy_that_is_none_is_refused_when_the_client_is_made(connect: Connect) -> None:
    with Misbehaving() as server, pytest.raises(ConfigurationError, match="proxy") as caught:
        connect(server, proxy="ftp://me:canary-secret@proxy.example")

    assert "canary-secret" not in str(caught.value)
