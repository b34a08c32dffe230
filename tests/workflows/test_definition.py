"""A definition as a value: written, read, asked."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given, settings

from interactor.models import BooleanField, FormPresentation, HttpLogic, ScriptLogic
from interactor.workflows import Definition, DefinitionError, field

from .definitions import APPROVAL, EVERYTHING, GOOD, PURCHASE, SELECTION, Json, changed
from .strategies import definitions

BUILT = (
    Definition("purchase", description="Buys things.", ai_guidance="Be careful.", owner="me")
    .action("submit", script="return {...input}")
    .to("approved", when=field("amount") <= 1000)
    .to("review")
    .halting("review", instructions="Sum it up.")
    .choose("yes", "approved", "Buy it")
    .choose("no", "rejected")
    .terminal("approved", on_enter=HttpLogic(method="POST", url="https://app.example.com"))
    .terminal("rejected")
)


@pytest.mark.parametrize("raw", GOOD, ids=lambda raw: raw["name"])
def test_what_was_read_is_written_back(raw: Json) -> None:
    definition = Definition.from_dict(raw)

    assert definition.to_dict() == raw
    assert Definition.from_json(definition.to_json()) == definition
    assert Definition.from_json(definition.to_json(indent=None).encode()) == definition
    assert Definition.from_yaml(definition.to_yaml()) == definition


@given(definitions())
@settings(max_examples=60)
def test_faulty_definitions_are_written_back_too(raw: Json) -> None:
    definition = Definition.from_dict(raw)

    assert Definition.from_dict(definition.to_dict()) == definition
    assert Definition.from_json(definition.to_json()) == definition


def test_a_definition_is_written_in_python_as_the_documented_json() -> None:
    assert BUILT.to_dict() == {
        "name": "purchase",
        "description": "Buys things.",
        "initial_state": "submit",
        "ai_guidance": "Be careful.",
        "owner": "me",
        "states": {
            "submit": {
                "type": "action",
                "logic": {"type": "script", "code": "return {...input}"},
                "transitions": [
                    {"target": "approved", "condition": {"field": "amount", "operator": "lte", "value": 1000}},
                    {"target": "review"},
                ],
            },
            "review": {
                "type": "halting",
                "halting_instructions": {"instruction": "Sum it up."},
                "transition_mode": "selection",
                "transitions": [
                    {"key": "yes", "to": "approved", "description": "Buy it"},
                    {"key": "no", "to": "rejected"},
                ],
            },
            "approved": {
                "type": "terminal",
                "on_enter": {"type": "http", "method": "POST", "url": "https://app.example.com"},
            },
            "rejected": {"type": "terminal"},
        },
    }
    assert [str(fault) for fault in BUILT.check()] == ["owner: is not a documented field (warning)"]


def test_each_step_gives_a_new_definition() -> None:
    empty = Definition("steps")
    one = empty.terminal("end")
    other = empty.terminal("stop")

    assert (list(empty.states), list(one.states), list(other.states)) == ([], ["end"], ["stop"])


def test_what_was_handed_over_is_not_shared() -> None:
    raw = copy.deepcopy(PURCHASE)
    definition = Definition.from_dict(raw)

    raw["states"].clear()
    definition.to_dict()["states"].clear()
    definition.states["submit"].raw.clear()

    assert definition.to_dict() == PURCHASE


def test_a_definition_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        BUILT.name = "other"  # type: ignore[misc]  # the point of the test


def test_two_definitions_that_say_the_same_are_equal() -> None:
    same, other = Definition.from_dict(PURCHASE), Definition.from_dict(changed(PURCHASE, "ai_guidance", "Other."))

    assert same == Definition.from_dict(copy.deepcopy(PURCHASE))
    assert hash(same) == hash(Definition.from_dict(copy.deepcopy(PURCHASE)))
    assert same != other
    assert Definition.from_dict(changed(PURCHASE, "x", 1)) != Definition.from_dict(changed(PURCHASE, "x", True))
    assert pickle.loads(pickle.dumps(same)) == copy.deepcopy(same) == same


def test_states_may_come_as_a_list_and_targets_as_to() -> None:
    states = [{"name": name, **state} for name, state in copy.deepcopy(APPROVAL)["states"].items()]
    for state in states:
        for way in state.get("transitions", []):
            way["to"] = way.pop("target")

    assert Definition.from_dict({**APPROVAL, "states": states}).to_dict() == APPROVAL


def test_selection_mode_is_written_with_to() -> None:
    raw = changed(SELECTION, "states.await_approval.transitions.0", {"key": "approve", "target": "approved"})

    way = Definition.from_dict(raw).to_dict()["states"]["await_approval"]["transitions"][0]

    assert way == {"key": "approve", "to": "approved"}


def test_the_parts_are_the_models_of_the_api() -> None:
    states = Definition.from_dict(EVERYTHING).states
    logic, presentation, told = states["start"].logic, states["ask"].presentation, states["choose"].instructions

    assert isinstance(logic, HttpLogic)
    assert logic.retry is not None
    assert logic.retry.attempts == 3
    assert isinstance(presentation, FormPresentation)
    assert [getattr(each, "name", None) for each in presentation.fields][:2] == ["text", "count"]
    assert told is not None
    assert states["start"].threads == {"finance": "ask", "legal": "ask_again"}
    assert isinstance(states["end"].on_enter, ScriptLogic)
    assert (states["end"].logic, states["end"].presentation, states["end"].instructions) == (None, None, None)


def test_models_and_dicts_are_taken_alike() -> None:
    asked = FormPresentation(fields=[BooleanField(name="ok", required=True)])

    one = Definition("d").halting("ask", presentation=asked).to("end").terminal("end")
    two = Definition("d").halting("ask", presentation=asked.to_dict()).to("end").terminal("end")

    assert one == two
    assert one.check() == []


def test_a_state_can_be_gone_back_to() -> None:
    definition = Definition("d").action("a").to("b").action("b").at("a").to("c", event="late").fork("side", "b")

    assert [way.target for way in definition.states["a"].transitions] == ["b", "c"]
    assert definition.states["a"].threads == {"side": "b"}


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda: Definition("d").to("x"), "add a state first"),
        (lambda: Definition("d").at("x"), "No state is called x"),
        (lambda: Definition.from_dict({"name": object()}), "object cannot stand in a definition"),
        (lambda: Definition.from_dict({1: 2}), "1 cannot be a name"),  # type: ignore[dict-item]  # the point of the test
        (lambda: Definition.from_dict([]), "is a JSON object"),  # type: ignore[arg-type]  # the point of the test
        (lambda: Definition.from_dict(deep(5000)), "nested deeper"),
        (lambda: BUILT.route({}, "nowhere"), "No state is called nowhere. There are submit, review"),
        (lambda: Definition("d").route({}), "There are none"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(spoil: Any, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        spoil()


def deep(levels: int) -> Json:
    raw: Json = {}
    inner = raw
    for _ in range(levels):
        inner["x"] = {}
        inner = inner["x"]
    return raw


def test_checked_gives_the_definition_or_its_faults() -> None:
    faulty = BUILT.at("submit").to("nowhere").to("nobody")

    assert BUILT.checked() is BUILT
    with pytest.raises(
        DefinitionError, match=r"states.submit.transitions\[2\].target: No state is called nowhere"
    ) as it:
        faulty.checked()
    assert [fault.code for fault in it.value.faults] == ["unknown_state", "unknown_state"]
    assert pickle.loads(pickle.dumps(it.value)).faults == it.value.faults


# The four scenarios of the guide's complete example.
@pytest.mark.parametrize(
    ("state", "data", "target"),
    [
        ("submit", {"amount": 500}, "auto_approved"),
        ("submit", {"amount": 5000}, "manager_approval"),
        ("submit", {"amount": 15000}, "manager_approval"),
        ("submit", {}, "manager_approval"),
        ("manager_approval", {"amount": 5000, "approved": True}, "approved"),
        ("manager_approval", {"amount": 15000, "approved": True}, "vp_approval"),
        ("manager_approval", {"amount": 5000, "approved": False}, "rejected"),
        ("vp_approval", {"amount": 15000, "approved": True}, "approved"),
        ("approved", {}, "notify_requester"),
    ],
)
def test_the_route_is_the_first_transition_whose_condition_holds(state: str, data: Json, target: str) -> None:
    way = Definition.from_dict(PURCHASE).route(data, state)

    assert way is not None
    assert way.target == target


def test_a_terminal_state_leads_nowhere() -> None:
    assert Definition.from_dict(PURCHASE).route({}, "complete") is None


def test_no_transition_fits() -> None:
    definition = Definition("d").action("a").to("b", when=field("x") == 1).terminal("b")

    assert definition.route({"x": 2}) is None


@pytest.mark.parametrize(
    ("given", "target"), [({"choice": "reject"}, "rejected"), ({"key": "approve"}, "approved"), ({"choice": "?"}, None)]
)
def test_in_selection_mode_the_input_names_the_way(given: Json, target: str | None) -> None:
    way = Definition.from_dict(SELECTION).route(given)

    assert (way and way.target) == target


def test_an_event_opens_the_ways_that_wait_for_it_and_no_others() -> None:
    definition = Definition.from_dict(EVERYTHING)
    again, gone_on = definition.route({}, "ask", event="again"), definition.route({}, "ask")

    assert again is not None
    assert (again.target, again.index) == ("ask", 0)
    assert gone_on is not None
    assert gone_on.target == "choose"
    assert definition.route({}, "ask", event="other") is None


def test_there_is_no_route_out_of_a_faulty_state() -> None:
    raw = changed(
        PURCHASE, "states.submit.transitions.0.condition", {"field": "amount", "operator": "below", "value": 1}
    )

    with pytest.raises(DefinitionError, match="below is no operator"):
        Definition.from_dict(raw).route({"amount": 1})


def test_a_definition_shows_its_name_and_size() -> None:
    assert repr(BUILT) == "<Definition purchase, 4 states>"
