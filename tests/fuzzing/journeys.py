"""Journeys from reply to reply, along the links of the document, in this process."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, settings

from tandem.sandbox import ApiOperation

from . import hooks as hooks  # they register themselves
from .running import adapted, operation_id, settings_text
from .world import World

STEPS = 8
_START = "start"
_UNCHECKED = [
    HealthCheck.too_slow,
    HealthCheck.filter_too_much,
    HealthCheck.data_too_large,
    HealthCheck.large_base_example,
]
# Their types are told only half.
_loaders: Any = schemathesis.openapi
_configuration: Any = schemathesis.Config
_OF_NAMESPACES = {"#/components/parameters/Namespace", "#/components/parameters/NamespaceQuery"}


def travel(world: World, operations: Iterable[ApiOperation], journeys: int) -> None:
    """Make journeys of several steps over these operations. Raises schemathesis' failures, all of one step together."""
    world.sandbox.snapshot(_START)
    chosen = list(operations)
    (host,) = {operation.host for operation in chosen}
    machine = _machine(world, host, [operation_id(operation) for operation in chosen])

    def begin(_journey: object) -> None:
        # hypothesis goes the beginning of an earlier journey again, and wants to get the same replies.
        world.sandbox.restore(_START)

    journey: Any = type("Journey", (machine,), {"setup": begin})
    journey.run(
        settings=settings(
            max_examples=journeys,
            stateful_step_count=STEPS,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=_UNCHECKED,
        )
    )


def _machine(world: World, host: str, names: list[str]) -> Any:
    raw = tomllib.loads(settings_text(world))
    raw["headers"] = {"Authorization": f"Bearer {world.token}"}
    raw["base-url"] = world.url(host)
    document = without_access(adapted(world.sandbox.platform.api.document))
    schema = _loaders.from_dict(document, config=_configuration.from_dict(raw))
    return schema.include(operation_id=names).as_state_machine()


def without_access(document: dict[str, Any]) -> dict[str, Any]:
    """The document without a word of namespaces and tokens, which are the same on the whole way.

    That a thing is still there is only asked of requests whose every parameter comes from a link.
    """
    document["security"] = []
    for item in document["paths"].values():
        for operation in item.values():
            operation["security"] = []
            given = operation.get("parameters", [])
            operation["parameters"] = [entry for entry in given if entry.get("$ref") not in _OF_NAMESPACES]
    return document
