"""Journeys along the links of the document: what is made is there, what is deleted is gone.

`make stateful` makes many more of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from interactor.sandbox import Sandbox
from tandem.sandbox import ApiOperation

from . import orchestrator_world
from .journeys import travel
from .parts import AUTOMATION, CONVERSATIONS, JOURNEYS, ORCHESTRATOR_JOURNEYS, is_in, is_on, resource_of
from .world import World, furnish

JOURNEYS_EACH = int(os.environ.get("STATEFUL_EXAMPLES", "4"))

pytestmark = pytest.mark.timeout(3600)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """The same for all of them: every journey begins with it as it was."""
    with Sandbox(seed=1) as sandbox:
        yield furnish(sandbox)


@pytest.fixture(scope="module")
def second_world() -> Iterator[World]:
    with orchestrator_world.build() as sandbox:
        yield orchestrator_world.furnish(sandbox)


@pytest.mark.parametrize("journey", JOURNEYS)
def test_replies_on_a_journey_agree_with_each_other(
    journey: str, operations: tuple[ApiOperation, ...], world: World
) -> None:
    travel(world, [operation for operation in operations if is_on(operation, journey)], JOURNEYS_EACH)


@pytest.mark.parametrize("journey", ORCHESTRATOR_JOURNEYS)
def test_replies_of_the_second_platform_agree_with_each_other(journey: str, second_world: World) -> None:
    operations = second_world.sandbox.platform.api.operations
    on_the_way = [each for each in operations if resource_of(each) in ORCHESTRATOR_JOURNEYS[journey]]

    travel(second_world, on_the_way, JOURNEYS_EACH)


def test_journeys_come_by_every_operation(operations: tuple[ApiOperation, ...]) -> None:
    on_the_way = {operation.name for operation in operations for name in JOURNEYS if is_on(operation, name)}

    assert on_the_way == {o.name for o in operations if o.host == "core" and not o.stream}


def test_every_operation_is_fuzzed(operations: tuple[ApiOperation, ...]) -> None:
    fuzzed = {operation.name for operation in operations if is_in(operation, CONVERSATIONS + AUTOMATION)}

    assert fuzzed == {o.name for o in operations if o.host == "core" and not o.stream}
