"""What schemathesis cannot read in the document: values that have to fit together, and rules that are told in words.

Loaded by its process, by name.
"""

from __future__ import annotations

import re
from itertools import count
from typing import Any

import schemathesis
from schemathesis import GenerationMode, HookContext, Response
from schemathesis.core.failures import Failure
from schemathesis.generation.meta import TestPhase
from schemathesis.openapi.checks import RejectedPositiveData

from tandem.models import is_object

from . import examples

KEY = "Idempotency-Key"
LAST = "Last-Event-ID"
# Fields that may be refused though they keep to their schema: they name something that has to exist, or
# have to fit another field.
REFUSABLE = {
    "oauth_initiate": {"provider", "redirect_uri"},
    "oauth_callback": {"state", "code"},
    "assistants_create": {"tools", "data_sources"},
    "assistants_update": {"tools", "data_sources"},
    "workflows_create": {"name", "initial_state", "states"},
    "workflows_errors": {"cursor"},
    "workflows_instances_history": {"cursor"},
}
# Codes that say that the time is not right for a request, which is in order by itself.
UNTIMELY = {
    "already_published",
    "instance_not_active",
    "instance_not_halted",
    "invalid_grant",
    "invalid_transition",
    "workflow_not_published",
}
_numbers = count()
Case = Any  # schemathesis.Case: its type is told only half


def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    """Turn a request into one that teaches more.

    A key is used once, for with another body it is refused. Streams begin with what has happened already. Nothing ends
    what the examples speak of, because most requests are about it. Definitions hang together.
    """
    if case.headers and KEY in case.headers:
        case.headers[KEY] = f"{case.headers[KEY]}-{next(_numbers)}"
    if case.headers and case.headers.get(LAST) == examples.HISTORY["evt"]:
        case.headers[LAST] = examples.BEGINNING
    if not _is_journey(case) and (case.method == "DELETE" or _name(case).endswith("_cancel")):
        for name, value in case.path_parameters.items():
            if value in examples.ALL:
                case.path_parameters[name] = f"{value}-spared"
    valid = case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE
    if valid and _name(case) == "workflows_create" and is_object(case.body):
        mend(case.body)


def filter_failure(context: HookContext, failure: Failure, case: Case, response: Response) -> bool:
    """Whether a failure counts: not a refusal that the document announces in words."""
    if not isinstance(failure, RejectedPositiveData):
        return True
    error = response.json()["error"]
    refused = {_first_step(detail["field"]) for detail in error["details"] or () if "field" in detail}
    return not (error["code"] in UNTIMELY or (refused and refused <= REFUSABLE.get(_name(case), set())))


def mend(definition: dict[str, Any]) -> None:
    """Let a definition begin in a state that it has, and its transitions lead to such."""
    names = [name for name in definition["states"] if name]
    if names and definition["initial_state"] not in names:
        definition["initial_state"] = names[0]
    for state in definition["states"].values():
        for number, transition in enumerate(state.get("transitions", ())):
            transition["key"] = f"way_{number}"
            for spelling in {"target", "to"} & set(transition) or {"target"}:
                if names and transition.get(spelling) not in names:
                    transition[spelling] = names[number % len(names)]


def _is_journey(case: Case) -> bool:
    return case.meta is not None and case.meta.phase.name is TestPhase.STATEFUL


def _name(case: Case) -> str:
    return str(case.operation.definition.raw["operationId"])


def _first_step(place: str) -> str:
    return re.split(r"[.\[]", place)[0]


for _hook in (before_call, filter_failure):
    schemathesis.hook(_hook)  # pyright: ignore[reportUnknownMemberType]  # its type is told only half
