"""TLS over real sockets: the server is verified, by the authorities that were given."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme

from tandem import ConfigurationError, HttpxTransport, Request, TransportError
from tandem._wire._tls import refuse_tls, tls_context

from .conftest import MakeSend
from .encrypted import TlsLoopback
from .loopback import Loopback


def ask(server: Loopback) -> Request:
    return Request("GET", server.url, [], timeout=5)


def test_a_server_of_an_unknown_authority_is_not_spoken_to(sender: MakeSend, authority: trustme.CA) -> None:
    with (
        TlsLoopback(authority, "localhost") as server,
        pytest.raises(TransportError, match=r"(?i)certificate") as caught,
    ):
        sender()(ask(server))

    assert caught.value.stage == "connect"
    assert server.requests == []


def test_a_server_of_a_given_authority_is_spoken_to(sender: MakeSend, authority: trustme.CA, ca_bundle: str) -> None:
    with TlsLoopback(authority, "localhost") as server:
        assert sender(ca_bundle=ca_bundle)(ask(server)).content == b"{}"
        assert sender(ca_bundle=Path(ca_bundle))(ask(server)).content == b"{}"


def test_a_certificate_for_another_name_is_not_enough(sender: MakeSend, authority: trustme.CA, ca_bundle: str) -> None:
    with TlsLoopback(authority, "other.test") as server:
        server.url = server.url.replace("other.test", "localhost")
        with pytest.raises(TransportError, match=r"(?i)certificate|hostname"):
            sender(ca_bundle=ca_bundle)(ask(server))

    assert server.requests == []


@pytest.mark.parametrize("form", ["one file", "two files", "with password"])
def test_a_client_shows_its_certificate(
    sender: MakeSend, authority: trustme.CA, ca_bundle: str, tmp_path: Path, form: str
) -> None:
    certificate = authority.issue_cert("client@acme.test")
    whole, chain, key = tmp_path / "whole.pem", tmp_path / "chain.pem", tmp_path / "key.pem"
    certificate.private_key_and_cert_chain_pem.write_to_path(whole)
    certificate.cert_chain_pems[0].write_to_path(chain)
    key.write_bytes(locked(certificate) if form == "with password" else certificate.private_key_pem.bytes())
    given: dict[str, Any] = {
        "one file": whole,
        "two files": (str(chain), key),
        "with password": (chain, key, "pass word"),
    }

    with TlsLoopback(authority, "localhost", wants=authority) as server:
        assert sender(ca_bundle=ca_bundle, client_cert=given[form])(ask(server)).content == b"{}"
        with pytest.raises(TransportError):
            sender(ca_bundle=ca_bundle)(ask(server))


def locked(certificate: trustme.LeafCert) -> bytes:
    from cryptography.hazmat.primitives import serialization as forms

    key = forms.load_pem_private_key(certificate.private_key_pem.bytes(), None)
    return key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.BestAvailableEncryption(b"pass word"))


def test_clients_with_the_same_certificates_share_one_context(ca_bundle: str) -> None:
    assert tls_context() is tls_context()
    assert tls_context(ca_bundle) is tls_context(Path(ca_bundle))
    assert tls_context(ca_bundle) is not tls_context()


def test_every_context_verifies(ca_bundle: str, tmp_path: Path) -> None:
    for context in (tls_context(), tls_context(trust_env=False), tls_context(ca_bundle), tls_context(tmp_path)):
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"ca_bundle": "/nowhere.pem"}, "ca_bundle must be a file of PEM certificates"),
        ({"ca_bundle": __file__}, "ca_bundle must be a file of PEM certificates"),
        ({"client_cert": "/nowhere.pem"}, "client_cert must be a PEM file"),
        ({"client_cert": ("/a", "/b", "canary", "d")}, "client_cert must be a PEM file"),
        ({"client_cert": (__file__, __file__, "canary")}, "client_cert must be a PEM file"),
        ({"ca_bundle": 7}, "ca_bundle must be a file of PEM certificates"),
    ],
)
def test_certificates_that_cannot_be_used_are_refused_at_once(settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason) as caught:
        HttpxTransport(**settings)

    assert "canary" not in str(caught.value)


def test_a_locked_key_without_its_password_asks_nobody(authority: trustme.CA, tmp_path: Path) -> None:
    certificate = authority.issue_cert("client@acme.test")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    certificate.cert_chain_pems[0].write_to_path(chain)
    key.write_bytes(locked(certificate))

    assert refuse_tls(None, (chain, key)) is not None
