"""The account server, and the streams of the core API, fuzzed."""

from __future__ import annotations

import pytest

from tandem.sandbox import ApiOperation

from .judging import expect_no_findings, never_successful
from .running import Fuzzer

pytestmark = [pytest.mark.timeout(600), pytest.mark.proof]


def test_the_account_server_withstands_made_up_requests(operations: tuple[ApiOperation, ...], fuzzer: Fuzzer) -> None:
    chosen = [operation for operation in operations if operation.host == "account"]

    run = fuzzer.run(chosen)

    expect_no_findings(run)
    assert run.cases > 50
    assert never_successful(fuzzer.world.sandbox.journal, chosen) == set()


def test_streams_withstand_made_up_requests(operations: tuple[ApiOperation, ...], fuzzer: Fuzzer) -> None:
    chosen = [operation for operation in operations if operation.stream]

    run = fuzzer.run(chosen, "--request-timeout", "0.3")

    expect_no_findings(run)
    assert run.cases > 50
    assert never_successful(fuzzer.world.sandbox.journal, chosen) == set()
