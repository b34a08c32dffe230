"""The misbehaving server behind TLS."""

from __future__ import annotations

import ssl

import trustme

from .loopback import Connection, Loopback, Play


class TlsLoopback(Loopback):
    """Speaks TLS, with a certificate for one name; `wants` is the authority of the clients that it lets in."""

    def __init__(self, authority: trustme.CA, name: str, *plays: Play, wants: trustme.CA | None = None) -> None:
        super().__init__(*plays)
        self.url = self.url.replace("http:", "https:").replace("127.0.0.1", name)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(self.context)  # pyright: ignore[reportUnknownMemberType]  # it takes OpenSSL's too
        if wants is not None:
            wants.configure_trust(self.context)  # pyright: ignore[reportUnknownMemberType]  # as above
            self.context.verify_mode = ssl.CERT_REQUIRED

    def _serve(self, connection: Connection) -> None:
        try:
            connection.raw = self.context.wrap_socket(connection.raw, server_side=True)
        except OSError:  # the client did not like it
            connection.raw.close()
            return
        self._open.append(connection.raw)
        super()._serve(connection)
