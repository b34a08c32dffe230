"""What a run has to show."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tandem.sandbox import ApiOperation, Journal

from .running import Run


def expect_no_findings(run: Run) -> None:
    if not run.passed:
        pytest.fail(run.report, pytrace=False)


def never_successful(journal: Journal, operations: Iterable[ApiOperation]) -> set[str]:
    """Operations that were always refused: little was learned of them."""
    succeeded = {entry.operation for entry in journal.entries() if entry.status is not None and entry.status < 300}
    return {operation.name for operation in operations} - succeeded
