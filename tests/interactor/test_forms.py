"""What a halted instance asks, in the terminal."""

from __future__ import annotations

from typing import Any

import pytest

from interactor._commands._forms import introduction, questions
from interactor.models import Instance
from interactor.workflows._inputs import input_faults

FIELDS: list[dict[str, Any]] = [
    {"name": "yes", "type": "boolean", "label": "Well?"},
    {"name": "many", "type": "number", "default": 3},
    {"name": "which", "type": "select", "options": [{"value": "a", "label": "Ah"}, {"value": "b", "label": "b"}]},
    {"name": "when", "type": "date"},
]


def halted(**more: Any) -> Instance:
    return Instance.from_dict({"id": "inst_1", "status": "halted", **more})


FORM = halted(halting_presentation={"type": "form", "title": "Title", "description": "Text", "fields": FIELDS})


def test_each_field_has_its_prompt() -> None:
    assert [question.prompt for question in questions(FORM)] == [
        "Well? (y/n): ",
        "many [3]: ",
        "which\n  1 a - Ah\n  2 b: ",
        "when (YYYY-MM-DD): ",
    ]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("yes", "Y", True),
        ("yes", "no", False),
        ("yes", "", None),
        ("many", "", 3),
        ("many", "4", 4),
        ("many", "4.5", 4.5),
        ("many", "9007199254740993", 9007199254740993),
        ("which", "2", "b"),
        ("which", "a", "a"),
        ("when", "2026-01-31", "2026-01-31"),
    ],
)
def test_what_is_typed_becomes_a_value(name: str, text: str, value: object) -> None:
    (question,) = [question for question in questions(FORM) if question.name == name]

    assert question.read(text) == value


@pytest.mark.parametrize(("name", "text"), [("yes", "perhaps"), ("many", "few"), ("which", "3"), ("when", "soon")])
def test_what_does_not_fit_is_refused(name: str, text: str) -> None:
    (question,) = [question for question in questions(FORM) if question.name == name]

    with pytest.raises(ValueError, match="is "):
        question.read(text)


def test_a_choice_is_one_question() -> None:
    choice = halted(halting_presentation={"type": "choice", "title": "Which?", "options": FIELDS[2]["options"]})

    (question,) = questions(choice)

    assert (question.name, question.read("1")) == ("choice", "a")


def test_a_selection_offers_its_ways() -> None:
    options = {"instruction": "Choose", "choices": [{"key": "go", "description": "Go on"}, {"key": "stop"}]}

    (question,) = questions(halted(halted_options=options))

    assert question.prompt == "choice\n  1 go - Go on\n  2 stop: "
    assert question.read("2") == "stop"


def test_who_asks_for_nothing_known_gets_the_input_as_a_whole() -> None:
    (question,) = questions(halted())

    assert question.read('{"a": 1}') == {"a": 1}
    assert question.read("") == {}
    with pytest.raises(ValueError, match="is a JSON object"):
        question.read("[1]")


def test_title_text_and_instruction_introduce_the_questions() -> None:
    assert introduction(FORM) == "Title\nText"
    assert introduction(halted(halted_options={"instruction": "Tell"})) == "Tell"


@pytest.mark.parametrize("odd", [5, "x", True, {"a": 1}, [None], [5], ["x"], [[]], [{"type": "select", "options": 5}]])
@pytest.mark.parametrize("kind", ["form", "choice", "other"])
def test_what_a_platform_asks_in_an_odd_way_is_asked_all_the_same(kind: str, odd: object) -> None:
    shown = {"type": kind, "title": odd, "fields": odd, "options": odd}
    instance = halted(halting_presentation=shown, halted_options={"instruction": odd, "choices": odd})

    introduction(instance)
    asked = questions(instance)

    assert all(isinstance(question.prompt, str) for question in asked)
    assert isinstance(input_faults(instance, {"choice": "a", "x": 1}), dict)
