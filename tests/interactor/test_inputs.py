"""What may be answered to a form, field by field."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from interactor.models import Instance
from interactor.workflows._inputs import field_fault, input_faults

TEXT = {"name": "it", "type": "string", "maxLength": 3}
NUMBER = {"name": "it", "type": "number", "min": 1, "max": 2, "step": 0.25}
CHOICE = {"name": "it", "type": "select", "options": [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]}
DATE = {"name": "it", "type": "date", "minDate": "2026-01-01", "maxDate": "2026-12-31"}

FINE = [
    (TEXT, "abc"),
    (TEXT, ""),
    (TEXT, None),
    (NUMBER, 1),
    (NUMBER, 1.75),
    ({"type": "number", "step": 0.1}, 0.3),
    ({"type": "boolean"}, False),
    (CHOICE, "b"),
    ({"type": "select"}, "anything"),
    (DATE, "2026-06-30"),
    (DATE, datetime.date(2026, 12, 31)),
    (DATE, datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)),
    (DATE, "2026-06-30T23:59:59Z"),
    ({"type": "date", "minDate": "2026-01-01T00:00:00Z"}, "2026-01-01"),
    ({"type": "file"}, ["1", "2", "3", "4", "5"]),
    ({"type": "hologram", "required": True}, object()),
    ({"type": "string", "required": "yes"}, None),
]
WRONG = [
    (TEXT, "abcd", "has 4 characters, 3 are allowed"),
    (TEXT, 3, "is a text, not int"),
    ({**TEXT, "required": True}, "", "is required"),
    ({**NUMBER, "required": True}, None, "is required"),
    (NUMBER, 0.75, "is at least 1, not 0.75"),
    (NUMBER, 3, "is at most 2, not 3"),
    (NUMBER, 1.1, "goes in steps of 0.25, which 1.1 does not fit"),
    (NUMBER, float("nan"), "is a number, not nan"),
    ({"type": "number", "min": 0.5, "step": 0.5}, 10**400, f"goes in steps of 0.5, which {10**400} does not fit"),
    (NUMBER, True, "is a number, not true or false"),
    (NUMBER, "1", "is a number, not str"),
    ({"type": "boolean"}, "yes", "is true or false, not str"),
    (CHOICE, "c", "is one of a, b"),
    (DATE, "2025-12-31", "is 2026-01-01 or later"),
    (DATE, "2027-01-01", "is 2026-12-31 or earlier"),
    (DATE, "tomorrow", "is a date like 2026-01-31"),
    (DATE, 7, "is a date like 2026-01-31"),
    ({"type": "file"}, list("123456"), "takes at most 5 files"),
]


@pytest.mark.parametrize(("field", "value"), FINE)
def test_what_fits_a_field_has_no_fault(field: dict[str, Any], value: object) -> None:
    assert field_fault(field, value) is None


@pytest.mark.parametrize(("field", "value", "fault"), WRONG)
def test_what_does_not_fit_a_field_is_told(field: dict[str, Any], value: object, fault: str) -> None:
    assert field_fault(field, value) == fault


def halted(presentation: dict[str, Any] | None) -> Instance:
    return Instance.from_dict({"id": "inst_1", "status": "halted", "halting_presentation": presentation})


def test_every_field_of_a_form_is_looked_at() -> None:
    form = {"type": "form", "fields": [{**TEXT, "name": "one", "required": True}, {**NUMBER, "name": "two"}]}

    faults = input_faults(halted(form), {"two": 9})

    assert faults == {"one": "is required", "two": "is at most 2, not 9"}


@pytest.mark.parametrize(
    ("given", "faults"),
    [({"choice": "a"}, {}), ({"choice": "c"}, {"choice": "is one of a, b"}), ({}, {"choice": "is required: a, b"})],
)
def test_a_choice_is_one_of_its_options(given: dict[str, Any], faults: dict[str, str]) -> None:
    choice = {"type": "choice", "options": CHOICE["options"]}

    assert input_faults(halted(choice), given) == faults


@pytest.mark.parametrize("presentation", [None, {"type": "message", "message": "Wait"}, {"type": "approval"}])
def test_what_asks_for_nothing_known_takes_anything(presentation: dict[str, Any] | None) -> None:
    assert input_faults(halted(presentation), {"anything": 1}) == {}


def test_a_form_that_came_from_a_platform_is_looked_at_with_all_it_says() -> None:
    fields = [{**TEXT, "name": "note", "label": "Note"}, {**DATE, "name": "day", "label": "Day"}]
    instance = halted({"type": "form", "fields": fields})

    faults = input_faults(instance, {"note": "too long", "day": "2027-01-01"})

    assert faults == {"note": "has 8 characters, 3 are allowed", "day": "is 2026-12-31 or earlier"}


@pytest.mark.parametrize(
    ("given", "faults"),
    [
        ({"choice": "approve"}, {}),
        ({"verdict": "reject"}, {}),
        ({"choice": "perhaps"}, {"choice": "is one of approve, reject"}),
        ({"something": "of its own"}, {}),
    ],
)
def test_a_selection_is_one_of_its_keys_where_the_input_names_one(
    given: dict[str, Any], faults: dict[str, str]
) -> None:
    choices = [{"key": "approve", "to": "yes"}, {"key": "reject", "to": "no"}]
    options = {"instruction": "Choose", "transition_mode": "selection", "choices": choices}
    instance = Instance.from_dict({"id": "inst_1", "status": "halted", "halted_options": options})

    assert input_faults(instance, given) == faults
