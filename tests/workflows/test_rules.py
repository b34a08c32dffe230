"""The rule book: each rule finds its fault, at its place, and nothing else."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import interactor.workflows
from interactor.workflows import Definition, Fault
from interactor.workflows._checks import MOST_TOLD, errors, faults
from interactor.workflows._limits import DEEPEST

from .definitions import APPROVAL, EVERYTHING, GOOD, PURCHASE, SELECTION, Json, changed, script
from .limits import LIMITS
from .strategies import definitions, values

START, ASK, CHOOSE = "states.start", "states.ask", "states.choose"
WAY = f"{START}.transitions.2"
FIELDS = f"{ASK}.presentation.fields"
CONDITION = "states.wait.transitions.0.condition"
IS = {"field": "a", "equals": 1}
TOLD = f"{CHOOSE}.halting_instructions"

# What is put where, the place of the fault, and its code. A fault at the same place needs no second path.
ERRORS: list[tuple[str, Any, str | None, str]] = [
    ("name", ..., None, "required"),
    ("name", 5, None, "type"),
    ("name", "", None, "empty"),
    ("name", "with space", None, "pattern"),
    ("name", "end\n", None, "pattern"),
    ("name", "instances", None, "reserved"),
    ("name", "errors", None, "reserved"),
    ("name", "validate", None, "reserved"),
    ("description", 5, None, "type"),
    ("ai_guidance", [], None, "type"),
    ("initial_state", ..., None, "required"),
    ("initial_state", None, None, "type"),
    ("initial_state", "", None, "empty"),
    ("initial_state", "strat", None, "unknown_state"),
    ("states", ..., None, "required"),
    ("states", [], None, "type"),
    ("states.", {"type": "terminal"}, "states", "empty"),
    (START, 5, None, "type"),
    (f"{START}.type", ..., None, "required"),
    (f"{START}.type", "halt", None, "unknown_value"),
    (f"{START}.type", {}, None, "unknown_value"),
    (f"{START}.description", 5, None, "type"),
    (f"{START}.transitions", {}, None, "type"),
    (WAY, "ask", "states.start.transitions[2]", "type"),
    (f"{WAY}.target", ..., "states.start.transitions[2].target", "required"),
    (f"{WAY}.target", "nowhere", "states.start.transitions[2].target", "unknown_state"),
    (f"{WAY}.target", "", "states.start.transitions[2].target", "empty"),
    (f"{WAY}.to", "ask", "states.start.transitions[2].to", "ambiguous"),
    (f"{WAY}.event", "", "states.start.transitions[2].event", "empty"),
    (f"{WAY}.key", 5, "states.start.transitions[2].key", "type"),
    (f"{WAY}.description", 5, "states.start.transitions[2].description", "type"),
    (f"{WAY}.condition", None, "states.start.transitions[2].condition", "type"),
    (f"{START}.threads", [], None, "type"),
    (f"{START}.threads", {}, None, "empty"),
    (f"{START}.threads.finance", 5, None, "type"),
    (f"{START}.threads.finance", "nowhere", None, "unknown_state"),
    (f"{START}.threads.two words", "ask", 'states.start.threads["two words"]', "pattern"),
    # Conditions
    (CONDITION, {}, "states.wait.transitions[0].condition", "no_condition"),
    (CONDITION, {"field": "a"}, "states.wait.transitions[0].condition", "no_condition"),
    (CONDITION, {"and": [], "or": []}, "states.wait.transitions[0].condition", "ambiguous"),
    (CONDITION, {"field": "a", "equals": 1, "operator": "gt"}, "states.wait.transitions[0].condition", "ambiguous"),
    (CONDITION, {"and": []}, "states.wait.transitions[0].condition.and", "empty"),
    (CONDITION, {"or": {}}, "states.wait.transitions[0].condition.or", "type"),
    (CONDITION, {"or": [{"and": [5]}]}, "states.wait.transitions[0].condition.or[0].and[0]", "type"),
    (CONDITION, {"equals": 1}, "states.wait.transitions[0].condition.field", "required"),
    (CONDITION, {"not_equals": 1, "field": ""}, "states.wait.transitions[0].condition.field", "empty"),
    (f"{CONDITION}.field", ..., "states.wait.transitions[0].condition.field", "required"),
    (f"{CONDITION}.value", ..., "states.wait.transitions[0].condition.value", "required"),
    (f"{CONDITION}.operator", "is", "states.wait.transitions[0].condition.operator", "unknown_operator"),
    (f"{CONDITION}.operator", None, "states.wait.transitions[0].condition.operator", "unknown_operator"),
    # Logic
    (f"{START}.logic", "script", None, "type"),
    (f"{START}.logic", {"type": "email"}, "states.start.logic.type", "unknown_value"),
    (f"{START}.logic", {"type": "script"}, "states.start.logic.code", "required"),
    (f"{START}.logic", script(5), "states.start.logic.code", "type"),  # type: ignore[arg-type]  # the point of the case
    (f"{START}.logic.method", "FETCH", None, "unknown_value"),
    (f"{START}.logic.url", ..., None, "required"),
    (f"{START}.logic.url", "", None, "empty"),
    (f"{START}.logic.headers", [], None, "type"),
    (f"{START}.logic.headers.X-Count", 5, None, "type"),
    (f"{START}.logic.timeout", 0, None, "too_small"),
    (f"{START}.logic.timeout", 1.5, None, "type"),
    (f"{START}.logic.timeout", True, None, "type"),
    (f"{START}.logic.retry", {}, "states.start.logic.retry.attempts", "required"),
    (f"{START}.logic.retry.attempts", 0, None, "too_small"),
    (f"{START}.logic.retry.backoff", "random", None, "unknown_value"),
    ("states.end.on_enter", {}, "states.end.on_enter.type", "required"),
    # Presentations
    (f"{ASK}.presentation", [], None, "type"),
    (f"{ASK}.presentation.type", "wizard", None, "unknown_value"),
    (f"{ASK}.presentation.title", 5, None, "type"),
    (f"{ASK}.presentation.fields", ..., None, "required"),
    (f"{FIELDS}.0.type", "text", "states.ask.presentation.fields[0].type", "unknown_value"),
    (f"{FIELDS}.0.name", "", "states.ask.presentation.fields[0].name", "empty"),
    (f"{FIELDS}.1.name", "text", "states.ask.presentation.fields[1].name", "twice"),
    (f"{FIELDS}.0.label", 5, "states.ask.presentation.fields[0].label", "type"),
    (f"{FIELDS}.0.required", "yes", "states.ask.presentation.fields[0].required", "type"),
    (f"{FIELDS}.0.multiline", 1, "states.ask.presentation.fields[0].multiline", "type"),
    (f"{FIELDS}.0.maxLength", -1, "states.ask.presentation.fields[0].maxLength", "too_small"),
    (f"{FIELDS}.1.min", "0", "states.ask.presentation.fields[1].min", "type"),
    (f"{FIELDS}.3.options", ..., "states.ask.presentation.fields[3].options", "required"),
    (f"{FIELDS}.3.options.0.value", 1, "states.ask.presentation.fields[3].options[0].value", "type"),
    (f"{FIELDS}.3.options.0.label", ..., "states.ask.presentation.fields[3].options[0].label", "required"),
    (f"{FIELDS}.3.options.1.value", "s", "states.ask.presentation.fields[3].options[1].value", "twice"),
    (f"{FIELDS}.4.minDate", "2026-02-30", "states.ask.presentation.fields[4].minDate", "no_date"),
    (f"{FIELDS}.4.maxDate", "tomorrow", "states.ask.presentation.fields[4].maxDate", "no_date"),
    ("states.ask_again.presentation.options", ..., None, "required"),
    ("states.wait.presentation.message", ..., None, "required"),
    ("states.wait.presentation.show_progress", "yes", None, "type"),
    # Halting instructions
    (TOLD, {}, f"{TOLD}.instruction", "required"),
    (TOLD, {"instruction": ""}, f"{TOLD}.instruction", "empty"),
    (TOLD, {"instruction": "x", "include_data": [""]}, f"{TOLD}.include_data[0]", "empty"),
    (TOLD, {"instruction": "x", "config": {}}, TOLD, "ambiguous"),
    (f"{TOLD}.type", "poem", None, "unknown_value"),
    (f"{TOLD}.type", ..., None, "required"),
    (f"{TOLD}.config", ..., None, "required"),
    (f"{TOLD}.config.message", "", None, "empty"),
    (TOLD, {"type": "ai", "config": {}}, f"{TOLD}.config.prompt", "required"),
    (TOLD, {"type": "ai", "config": {"prompt": ""}}, f"{TOLD}.config.prompt", "empty"),
    (TOLD, {"type": "ai", "config": {"prompt": "x", "model": ""}}, f"{TOLD}.config.model", "empty"),
    (
        TOLD,
        {"type": "ai", "config": {"prompt": "x", "include_data_paths": "a"}},
        f"{TOLD}.config.include_data_paths",
        "type",
    ),
    (f"{CHOOSE}.transition_mode", "choice", None, "unknown_value"),
    (f"{CHOOSE}.transitions.0.key", ..., "states.choose.transitions[0].key", "required"),
    (f"{CHOOSE}.transitions.0.key", "on", "states.choose.transitions[1].key", "twice"),
]
ORDERED: list[tuple[str, Any]] = [("gt", True), ("gte", None), ("lt", []), ("lte", {})]
OPERANDS: list[tuple[str, Any]] = [*ORDERED, ("in", "a"), ("in", 1), ("in", None), ("in", {})]

WARNINGS: list[tuple[str, Any, str | None, str]] = [
    (f"{WAY}.lable", 1, "states.start.transitions[2].lable", "unknown_field"),
    ("intial_state", "start", None, "unknown_field"),
    (f"{CONDITION}.note", 1, "states.wait.transitions[0].condition.note", "unknown_field"),
    (
        CONDITION,
        {"and": [{"field": "a", "equals": 1}], "note": 1},
        "states.wait.transitions[0].condition.note",
        "unknown_field",
    ),
    (f"{START}.transitions", [{"target": "ask"}, {"target": "wait"}], "states.start.transitions[1]", "never_taken"),
    ("states.end.transitions", [{"target": "start"}], None, "never_taken"),
    ("states.lost", {"type": "terminal"}, None, "unreachable"),
    (f"{ASK}.transitions", [], ASK, "no_way_out"),
    (f"{CHOOSE}.transitions.1.to", "start", "states.choose", "no_end"),
    (f"{START}.transitions.2.condition", {"field": "a", "equals": 1}, "states.start.transitions", "no_fallback"),
    (f"{CONDITION}.value", 5, "states.wait.transitions[0].condition.value", "operand"),
    (CONDITION, {"field": "a", "operator": "in", "value": []}, "states.wait.transitions[0].condition.value", "operand"),
    (f"{FIELDS}.1.min", 11, "states.ask.presentation.fields[1].min", "span"),
    (f"{FIELDS}.4.minDate", "2027-01-01", "states.ask.presentation.fields[4].minDate", "span"),
    (f"{FIELDS}.0.default", 5, "states.ask.presentation.fields[0].default", "default"),
    (f"{FIELDS}.1.default", "five", "states.ask.presentation.fields[1].default", "default"),
    (f"{FIELDS}.2.default", "yes", "states.ask.presentation.fields[2].default", "default"),
    (f"{FIELDS}.3.default", "xl", "states.ask.presentation.fields[3].default", "default"),
    (f"{FIELDS}.4.default", "soon", "states.ask.presentation.fields[4].default", "default"),
    ("states.ask_again.presentation.options", [], None, "empty"),
]


def ids(case: object) -> str | None:
    return case if isinstance(case, str) else None


@pytest.mark.parametrize("definition", GOOD, ids=lambda raw: raw["name"])
def test_the_guides_definitions_have_no_fault(definition: Json) -> None:
    assert faults(definition) == []


@pytest.mark.parametrize(("path", "value", "place", "code"), ERRORS, ids=ids)
def test_an_error_is_found_at_its_place(path: str, value: Any, place: str | None, code: str) -> None:
    found = errors(changed(EVERYTHING, path, value))

    assert (place or path, code) in [(fault.path, fault.code) for fault in found]
    assert all(fault.severity == "error" for fault in found)


@pytest.mark.parametrize(("path", "value", "place", "code"), WARNINGS, ids=ids)
def test_a_warning_is_found_at_its_place_and_is_no_error(path: str, value: Any, place: str | None, code: str) -> None:
    definition = changed(EVERYTHING, path, value)

    assert (place or path, code, "warning") in [
        (fault.path, fault.code, fault.severity) for fault in faults(definition)
    ]
    assert errors(definition) == []


@pytest.mark.parametrize(("operator", "value"), OPERANDS)
def test_an_operand_has_to_fit_its_operator(operator: str, value: Any) -> None:
    condition = {"field": "a", "operator": operator, "value": value}

    found = errors(changed(EVERYTHING, CONDITION, condition))

    assert [(fault.path, fault.code) for fault in found] == [("states.wait.transitions[0].condition.value", "operand")]


@pytest.mark.parametrize("operand", [1, 1.5, "a", True, None, [1], {"a": 1}])
@pytest.mark.parametrize("operator", ["equals", "not_equals"])
def test_equality_takes_any_operand(operator: str, operand: Any) -> None:
    assert errors(changed(EVERYTHING, CONDITION, {"field": "a", "operator": operator, "value": operand})) == []
    assert errors(changed(EVERYTHING, CONDITION, {"field": "a", operator: operand})) == []


def test_every_code_of_the_rule_book_has_its_case() -> None:
    folder = Path(interactor.workflows.__file__).parent
    calls = [
        node
        for path in folder.glob("_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
    ]
    made = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id in ("fault", "warning")]
    codes = {node.args[1].value for node in made if isinstance(node.args[1], ast.Constant)}

    cases = {code for _, _, _, code in (*ERRORS, *WARNINGS)} | {"operand", *(code for *_, code in LIMITS), "too_deep"}
    assert codes == cases | {"not_json"}


@pytest.mark.parametrize(("made", "limit", "path", "fault"), LIMITS, ids=[case[0].__name__ for case in LIMITS])
def test_a_limit_can_be_reached_and_not_passed(made: Any, limit: int, path: str, fault: str) -> None:
    assert errors(made(limit)) == []
    assert [(found.path, found.code) for found in errors(made(limit + 1))] == [(path, fault)]


# -- whatever comes in


@given(st.one_of(values, definitions()))
@settings(max_examples=60)
def test_any_json_gets_a_list_of_faults(value: Any) -> None:
    found = faults(value)

    assert all(isinstance(fault, Fault) and fault.message and str(fault) for fault in found)
    assert [fault for fault in found if fault.severity == "error"] == errors(value)


@pytest.mark.parametrize("value", [{1: 2}, {"a": {2}}, {"a": float("nan")}, {"a": "\ud800"}, {"a": b""}])
def test_what_is_no_json_is_a_fault(value: Any) -> None:
    assert [fault.code for fault in errors(value)] == ["not_json"]


@pytest.mark.parametrize("inner", ["and", "x"])
def test_a_definition_that_is_too_deep_is_a_fault(inner: str) -> None:
    condition: Any = {"field": "a", "equals": 1}
    for _ in range(5000):
        condition = {inner: [condition]}

    found = errors(changed(EVERYTHING, CONDITION, condition))

    assert [(fault.code, fault.path.count(inner) > DEEPEST // 3) for fault in found] == [("too_deep", True)]


def test_no_more_faults_are_told_than_anybody_reads() -> None:
    broken: Json = {f"s{number}": {} for number in range(1000)}
    warned = {f"s{number}": {"type": "terminal", "odd": 1} for number in range(1000)}

    assert len(errors({**APPROVAL, "states": broken})) == MOST_TOLD
    assert [fault.code for fault in errors({**APPROVAL, "states": warned})] == ["too_many", "unknown_state"]


def test_a_guess_is_made_at_what_was_meant() -> None:
    raw = changed(PURCHASE, "states.submit.transitions.0.target", "auto_aproved")

    assert errors(raw)[0].message == "No state is called auto_aproved; did you mean auto_approved?"


def test_a_definition_of_states_that_all_wait_for_events_has_no_way_lost() -> None:
    waiting = Definition("w").halting("a").to("b", event="go").to("b", event="run").terminal("b")

    assert waiting.check() == []


def test_an_event_needs_no_key_in_selection_mode() -> None:
    raw = changed(SELECTION, "states.await_approval.transitions.0", {"event": "paid", "to": "approved"})

    assert faults(raw) == []


def test_a_message_never_quotes_a_long_text() -> None:
    raw = changed(EVERYTHING, "name", "secret " * 1000)

    assert all(len(fault.message) < 200 for fault in errors(raw))
