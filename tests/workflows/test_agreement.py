"""The check without a network and the platform's own say the same about every definition."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings

from interactor import BadRequestError, ConflictError, InteractorClient, ValidationError
from interactor.sandbox import Sandbox
from interactor.workflows import Definition
from interactor.workflows._checks import errors
from tandem.sandbox._schemas import Schemas
from tests.scale import scaled

from .definitions import EVERYTHING, PURCHASE, SELECTION, Json, changed
from .strategies import definitions, places

ODD: tuple[Any, ...] = (None, True, 5, "", "odd", [], {}, [None], {"": {}})
SCHEMA = "/components/schemas/WorkflowDefinition"


@pytest.fixture(scope="module")
def client() -> Iterator[InteractorClient]:
    with Sandbox() as sandbox:
        yield sandbox.client("agreement")


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    return Schemas(json.loads(files("interactor_api").joinpath("_document.json").read_text(encoding="utf-8")))


@pytest.mark.proof
def test_the_local_check_and_the_platforms_agree(
    client: InteractorClient, schemas: Schemas, record_property: Callable[[str, object], None]
) -> None:
    seen = Counter[str]()

    @given(definitions())
    @settings(max_examples=scaled(500, 25), deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
    @example(PURCHASE)
    @example(changed(EVERYTHING, "name", 5))
    @example(changed(PURCHASE, "states.submit.transitions.0.condition.operator", "below"))
    def agree(raw: Json) -> None:
        local = {(fault.path, fault.message) for fault in errors(raw)}
        refused = bool(local)

        seen["faulty" if refused else "sound"] += 1
        seen["faults"] += len(local)
        assert told_by(client, raw) in (local, None)
        assert created(client, raw) is not refused
        # The schema of the document says it a third time, as far as a schema can.
        assert refused or not schemas.check(SCHEMA, raw)

    agree()

    record_property("figures", f"local check and /validate agree on {seen['faulty'] + seen['sound']} definitions: "
        f"{seen['sound']} sound, {seen['faulty']} faulty with {seen['faults']} faults")  # fmt: skip
    assert min(seen["sound"], seen["faulty"]) > 0.1 * (seen["sound"] + seen["faulty"])


@pytest.mark.parametrize("definition", [SELECTION, EVERYTHING], ids=lambda raw: raw["name"])
def test_wherever_the_schema_finds_a_fault_so_does_the_rule_book(definition: Json, schemas: Schemas) -> None:
    refused = 0
    for holder, key in list(places(whole := copy.deepcopy(definition))):
        before = holder[key]
        for value in ODD:
            holder[key] = value
            if schemas.check(SCHEMA, whole):
                refused += 1
                assert errors(whole), (key, value, whole)
        holder[key] = before

    assert refused > 50


def told_by(client: InteractorClient, raw: Json) -> set[tuple[str, str]] | None:
    """The platform's faults; None when it takes this for no definition at all."""
    try:
        reply: Any = client.request("POST", "/workflows/validate", body=raw)
    except ValidationError:
        return None
    result = reply.get("data", reply)
    assert result["valid"] is not bool(result.get("errors"))
    return {(fault["path"], fault["message"]) for fault in result.get("errors", ())}


def created(client: InteractorClient, raw: Json) -> bool:
    """Whether the platform takes it. It then has the same."""
    try:
        client.request("POST", "/workflows", body=raw)
    except (BadRequestError, ValidationError):
        return False
    except ConflictError:
        return True
    found = Definition.from_dict(client.workflows.get(raw["name"]).to_dict())
    return found.states.keys() == Definition.from_dict(raw).states.keys()


def test_a_definition_that_is_written_in_python_is_taken(client: InteractorClient) -> None:
    made = Definition("in_python").action("a").to("end").terminal("end")

    version = client.workflows.create(**made.to_dict())

    assert version.name == "in_python"
    assert client.workflows.validate(**made.to_dict()).valid
