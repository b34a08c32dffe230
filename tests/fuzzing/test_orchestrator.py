"""The second platform, fuzzed with the same tools: every reply, also to the worst request, is as the document says."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from coordinaitor.sandbox import Sandbox
from tandem.sandbox import ApiOperation, Journal
from tests.scale import FULL, scaled

from . import orchestrator_world
from .conftest import MakeFuzzer
from .judging import expect_no_findings, never_successful
from .running import EXAMPLES, PHASES

pytestmark = [pytest.mark.timeout(900), pytest.mark.proof]
# What begins or ends a session: it must not be that of the other requests.
_SESSIONS = {"auth.login", "auth.refresh", "auth.logout", "auth.oauth_token"}
# These take what works once, and nobody can make up.
_BEYOND_REACH = {"auth.refresh", "auth.oauth_token", "users.me.upload_avatar"}
_EACH = scaled(EXAMPLES, 1)
# The coverage of every boundary of every field takes minutes.
_PHASES = PHASES if FULL else "examples,fuzzing"


@pytest.fixture
def platform() -> Iterator[Sandbox]:
    sandbox = orchestrator_world.build()
    sandbox.platform.journal = Journal(size=100_000)
    with sandbox:
        yield sandbox


@pytest.mark.parametrize("sessions", [False, True], ids=["the API", "sessions"])
def test_the_second_platform_withstands_made_up_requests(
    platform: Sandbox, make_fuzzer: MakeFuzzer, sessions: bool, record_property: Callable[[str, object], None]
) -> None:
    chosen = [each for each in platform.platform.api.operations if (each.name in _SESSIONS) is sessions]

    # Refused codes and refresh tokens look like a run that lacks a token.
    warnings = ["--warnings", "off"] if sessions else []

    run = make_fuzzer(orchestrator_world.furnish(platform)).run(chosen, *warnings, examples=_EACH, phases=_PHASES)

    expect_no_findings(run)
    record_property("figure", f"{run.cases} made-up requests to {len(chosen)} operations, every reply as documented")
    assert run.cases >= len(chosen)
    assert never_successful(platform.journal, filter(can_succeed, chosen)) == set()


def can_succeed(operation: ApiOperation) -> bool:
    """Whether a made-up request may succeed: what the examples speak of is spared, and a short run finds no more."""
    return operation.name not in _BEYOND_REACH and (FULL or operation.method != "DELETE")
