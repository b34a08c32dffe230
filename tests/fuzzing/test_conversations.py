"""The core API up to rooms, fuzzed: every reply, also to the worst request, is as the document says."""

from __future__ import annotations

import pytest

from tandem.sandbox import ApiOperation

from .judging import expect_no_findings, never_successful
from .parts import CONVERSATIONS, is_in
from .running import Fuzzer

pytestmark = [pytest.mark.timeout(600), pytest.mark.proof]


def test_conversations_withstand_made_up_requests(operations: tuple[ApiOperation, ...], fuzzer: Fuzzer) -> None:
    chosen = [operation for operation in operations if is_in(operation, CONVERSATIONS)]

    run = fuzzer.run(chosen)

    expect_no_findings(run)
    assert run.cases > 1000
    assert never_successful(fuzzer.world.sandbox.journal, chosen) == set()
