"""The rules are asked of the transport that a test says."""

from __future__ import annotations

from .conftest import Connect, core_of
from .misbehaving import Misbehaving


def test_a_client_sends_over_the_transport_that_the_environment_names(connect: Connect, wire: str) -> None:
    with Misbehaving() as server:
        transport = core_of(connect(server)).transport

    assert f"{wire.capitalize()}Transport" in repr(transport)
