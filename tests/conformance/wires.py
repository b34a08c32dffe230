"""The transports that the rules hold over: that of every installation, and the fast one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scale import FULL

from .products import PRODUCTS

ALWAYS = {"test_again", "test_life", "test_network", "test_wires"}
"""The modules that every run asks of the fast transport too; of the others a proof does."""
HTTPX_ONLY = {
    "test_header_values_may_be_of_any_bytes": "a header that is not ASCII is left out",
    "test_a_redirect_to_nowhere_is_an_error_of_ours": "a control character in a header makes a reply none",
    "test_a_hook_is_told_of_a_reply_that_breaks_off": "of a reply to GET that breaks off early, its head is lost",
    "test_cancelled_calls_leave_no_connection_behind": "a request whose call is cancelled goes on until its timeout",
}
"""The rules that the fast transport does not keep, and why. Its limits have tests of their own in tests/tandem."""


def parametrize(metafunc: pytest.Metafunc) -> None:
    """A test runs once for each transport."""
    wires: list[Any] = ["httpx"]
    always = metafunc.definition.path.stem in ALWAYS
    if (always or FULL) and metafunc.function.__name__ not in HTTPX_ONLY:
        wires.append(pytest.param("pyreqwest", marks=() if always else pytest.mark.proof))
    metafunc.parametrize("wire", wires, indirect=True)


@pytest.fixture(autouse=True)
def wire(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The transport of clients that are given none."""
    for product in PRODUCTS:
        monkeypatch.setenv(f"{product}_TRANSPORT".upper(), request.param)
    return str(request.param)
