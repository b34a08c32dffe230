"""The harness can fail: it finds the bugs that are put into a sandbox for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from schemathesis.core.failures import FailureGroup
from schemathesis.openapi.checks import EnsureResourceAvailability, UseAfterFree

from interactor.sandbox import Sandbox
from tandem.sandbox import ApiOperation

from . import bugs
from .journeys import travel
from .parts import is_on
from .running import Fuzzer, Run
from .world import furnish

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A run over a sandbox with four bugs."""
    folder = tmp_path_factory.mktemp("bugs")
    with Sandbox(seed=1) as sandbox:
        crash = bugs.crash_for_callbacks(sandbox)
        bugs.plant(sandbox, {"tools.create": crash, "tools.get": bugs.lie, "rooms.stream": bugs.babble})
        bugs.open_to_anybody(sandbox, "tools.list")
        names = ("tools.create", "tools.get", "tools.list", "rooms.stream", "rooms.list")
        chosen = [operation for operation in sandbox.platform.api.operations if operation.name in names]
        yield Fuzzer(furnish(sandbox), folder, folder).run(chosen, examples=1)


def test_a_bug_fails_the_run(run: Run) -> None:
    assert not run.passed


def test_a_crash_is_found(run: Run) -> None:
    assert "ST101 Server error" in section(run, "POST /tools")


def test_a_reply_that_breaks_the_document_is_found(run: Run) -> None:
    assert "ST108" in section(run, "GET /tools/{tool_id}")


def test_an_event_that_breaks_the_document_is_found(run: Run) -> None:
    assert "ST108" in section(run, "GET /rooms/{room_id}/stream")


def test_an_operation_that_asks_for_no_token_is_found(run: Run) -> None:
    assert "API accepts requests without authentication" in section(run, "GET /tools")


def test_a_sound_operation_is_not_suspected(run: Run) -> None:
    assert section(run, "GET /rooms") == ""


def test_use_after_deletion_is_found(sandbox: Sandbox, operations: tuple[ApiOperation, ...]) -> None:
    bugs.plant(sandbox, {"tools.delete": bugs.keep})
    chosen = [operation for operation in operations if is_on(operation, "tools")]

    with pytest.raises(FailureGroup) as caught:
        travel(furnish(sandbox), chosen, journeys=20)

    assert {type(failure) for failure in caught.value.exceptions} == {UseAfterFree}


def test_a_thing_that_is_gone_at_once_is_found(sandbox: Sandbox, operations: tuple[ApiOperation, ...]) -> None:
    bugs.plant(sandbox, {"data_sources.create": bugs.forget})
    chosen = [operation for operation in operations if is_on(operation, "data_sources")]

    with pytest.raises(FailureGroup) as caught:
        travel(furnish(sandbox), chosen, journeys=20)

    assert {type(failure) for failure in caught.value.exceptions} == {EnsureResourceAvailability}


def section(run: Run, label: str) -> str:
    """What the report says of one operation; nothing when it found nothing."""
    _, _, after = run.report.partition(f"_ {label} _")
    return after.partition("\n____")[0]
