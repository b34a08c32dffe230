"""What schemathesis cannot read in the document: values that have to fit together, and rules that are told in words.

Loaded by its process, by name.
"""

from __future__ import annotations

from itertools import count
from typing import Any

import schemathesis
from schemathesis import GenerationMode, HookContext, Response
from schemathesis.core.failures import Failure
from schemathesis.generation.meta import TestPhase
from schemathesis.openapi.checks import RejectedPositiveData

from tandem.models import is_object

from . import examples
from .rules import BY_TITLE, Rules

KEY = "Idempotency-Key"
LAST = "Last-Event-ID"
_numbers = count()
Case = Any  # schemathesis.Case: its type is told only half


def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    """Turn a request into one that teaches more.

    A key is used once, for with another body it is refused. Streams begin with what has happened already. Nothing ends
    what the examples speak of, because most requests are about it. Bodies hang together.
    """
    rules, name = _rules(case), _name(case)
    if case.headers and KEY in case.headers:
        case.headers[KEY] = f"{case.headers[KEY]}-{next(_numbers)}"
    if case.headers and case.headers.get(LAST) == examples.HISTORY["evt"]:
        case.headers[LAST] = examples.BEGINNING
    ends = case.method == "DELETE" or name.endswith("_cancel")
    if ends and not _is_journey(case) and name not in rules.unsparing:
        for parameter, value in case.path_parameters.items():
            if value in rules.examples:
                case.path_parameters[parameter] = f"{value}-spared"
    valid = case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE
    if valid and name in rules.mend and is_object(case.body):
        rules.mend[name](case.body)


def filter_failure(context: HookContext, failure: Failure, case: Case, response: Response) -> bool:
    """Whether a failure counts: not a refusal that the document announces in words."""
    if not isinstance(failure, RejectedPositiveData):
        return True
    return not _rules(case).announced(_name(case), response.json()["error"])


def _is_journey(case: Case) -> bool:
    return case.meta is not None and case.meta.phase.name is TestPhase.STATEFUL


def _name(case: Case) -> str:
    return str(case.operation.definition.raw["operationId"])


def _rules(case: Case) -> Rules:
    """The rules of the platform that a request goes to."""
    return BY_TITLE[case.operation.schema.raw_schema["info"]["title"]]


for _hook in (before_call, filter_failure):
    schemathesis.hook(_hook)  # pyright: ignore[reportUnknownMemberType]  # its type is told only half
