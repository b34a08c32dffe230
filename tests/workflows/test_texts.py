"""Definitions as texts and files: what is read, what is refused, and where faults point to."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interactor.workflows import Definition, DefinitionError
from interactor.workflows._positions import json_points

from .definitions import EVERYTHING, PURCHASE
from .strategies import values

JSON = """\
{
  "name": "small",
  "initial_state": "strat",
  "states": {
    "start": {
      "type": "action",
      "transitions": [{"target": "end"}, {
        "target": "nowhere",
        "condition": {"and": [{"field": "a", "operator": "is", "value": 1}]}
      }]
    },
    "odd.name": {"type": "halting", "presentation": {"type": "form"}, "transitions": [{"to": "lost"}]},
    "end": {"type": "terminal"}
  }
}
"""
YAML = """\
name: small
initial_state: strat
states:
  start:
    type: action
    transitions:
      - target: end
      - target: nowhere
        condition:
          and:
            - {field: a, operator: is, value: 1}
  odd.name:
    type: halting
    presentation: {type: form}
    transitions:
      - to: lost
  end: {type: terminal}
"""
LISTED = """\
name: small
initial_state: strat
states:
  - name: start
    type: action
    transitions:
      - to: nowhere
"""


def placed(definition: Definition) -> dict[str, tuple[int | None, int | None]]:
    return {fault.path: (fault.line, fault.column) for fault in definition.check() if fault.severity == "error"}


def test_faults_point_into_json() -> None:
    assert placed(Definition.from_json(JSON)) == {
        "initial_state": (3, 3),
        "states.start.transitions[1].target": (8, 9),
        "states.start.transitions[1].condition.and[0].operator": (9, 46),
        'states["odd.name"].presentation.fields': (12, 37),
        'states["odd.name"].transitions[0].target': (12, 88),
    }


def test_faults_point_into_yaml() -> None:
    assert placed(Definition.from_yaml(YAML)) == {
        "initial_state": (2, 1),
        "states.start.transitions[1].target": (8, 9),
        "states.start.transitions[1].condition.and[0].operator": (11, 26),
        'states["odd.name"].presentation.fields': (14, 5),
        'states["odd.name"].transitions[0].target': (16, 9),
    }


def test_faults_point_into_a_list_of_states() -> None:
    assert placed(Definition.from_yaml(LISTED))["states.start.transitions[0].target"] == (7, 9)


def test_faults_are_told_in_the_order_of_the_text_each_with_its_line() -> None:
    faults = Definition.from_json(JSON).check()

    assert [fault.line for fault in faults if fault.severity == "error"] == [3, 8, 9, 12, 12]
    assert str(faults[1]).startswith("8:9: states.start.transitions[1].target: No state")


def test_a_definition_that_was_read_from_no_text_has_no_lines() -> None:
    assert all(fault.line is None for fault in Definition.from_dict(json.loads(JSON)).check())


@pytest.mark.parametrize("indent", [None, 0, 2, "\t"])
def test_every_part_of_a_json_text_has_its_position(indent: Any) -> None:
    text = json.dumps(EVERYTHING, indent=indent)
    lines = text.split("\n")

    for place, (line, column) in json_points(text, json.loads).items():
        value: Any = EVERYTHING
        for step in place:
            value = value[step]
        shown = lines[line - 1][column - 1 :]
        first = place[-1] if place and isinstance(place[-1], str) else value
        assert shown.startswith(json.dumps(first)[:1] if isinstance(first, dict | list) else json.dumps(first))


@given(values)
@settings(max_examples=60)
def test_positions_are_found_in_any_json(value: Any) -> None:
    points = json_points(json.dumps({"x": value}, indent=1), json.loads)

    assert points[("x",)] == (2, 2)


@pytest.mark.parametrize("name", ["purchase.json", "purchase.yaml", "purchase.YML"])
def test_a_file_is_read_by_its_ending(tmp_path: Path, name: str) -> None:
    definition = Definition.from_dict(PURCHASE)
    path = tmp_path / name
    path.write_text(definition.to_json() if name.endswith("json") else definition.to_yaml(), encoding="utf-8")

    assert Definition.from_file(path) == Definition.from_file(str(path)) == definition


def test_a_mark_in_front_of_the_text_is_no_part_of_it() -> None:
    assert Definition.from_json("\ufeff" + json.dumps(PURCHASE)) == Definition.from_dict(PURCHASE)
    assert Definition.from_json(json.dumps(PURCHASE).encode("utf-8-sig")) == Definition.from_dict(PURCHASE)


def test_yaml_names_and_dates_are_texts() -> None:
    text = "name: x\nstates: {yes: {type: terminal}, 1: {type: terminal}}\ndescription: 2026-01-20\nend: true\n"

    raw = Definition.from_yaml(text).to_dict()

    assert (list(raw["states"]), raw["description"], raw["end"]) == (["yes", "1"], "2026-01-20", True)


def test_yaml_can_share_parts() -> None:
    text = "name: x\nstates:\n  a: &a {type: action, transitions: [{target: b}]}\n  b: {<<: *a, description: again}\n"

    states = Definition.from_yaml(text).to_dict()["states"]

    assert states["b"] == {**states["a"], "description": "again"}


def test_long_texts_are_blocks_in_yaml() -> None:
    text = Definition("x").action("a", script="const a = 1\nreturn {a}").to_yaml()

    assert "code: |" in text


BOMB = "name: x\na0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('{"name": }', 1, 10),
        ('{\n "name": "x",\n}', 3, 1),
        ("", 1, 1),
        ("[]", 1, 1),
        ('"x"', 1, 1),
        ("[" * 100_000, 1, 1),
        ('{"n": ' + "9" * 5000 + "}", 1, 1),
        (b'{"name":\n\xff}', 2, 1),
        (" " * 5_000_000, 1, 1),
    ],
    ids=range(9),
)
def test_a_text_that_is_no_json_object_is_refused_with_its_place(text: str | bytes, line: int, column: int) -> None:
    with pytest.raises(DefinitionError) as refused:
        Definition.from_json(text)

    assert [(fault.code, fault.line, fault.column) for fault in refused.value.faults] == [("syntax", line, column)]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name: [", 1),
        ("name: x\n\tstates: y", 2),
        ("- a", 1),
        ("", 1),
        ("a: *b", 1),
        ("? [a]\n: b", 1),
        ("a: &a [*a]", 1),
        ("a: \x00", 1),
        ("a: 1\n---\nb: 2", 2),
        ("n: " + "9" * 5000, 1),
        ("a: " + "[" * 500, 1),
        (BOMB, None),
    ],
    ids=range(12),
)
def test_a_text_that_is_no_yaml_object_is_refused_with_its_place(text: str, line: int | None) -> None:
    with pytest.raises(DefinitionError) as refused:
        Definition.from_yaml(text)

    found = refused.value.faults[0].line
    assert found == line or line is None


@given(st.one_of(st.text(max_size=40), st.binary(max_size=40)))
@settings(max_examples=200)
def test_any_text_is_read_or_refused(text: str | bytes) -> None:
    for read in (Definition.from_json, Definition.from_yaml):
        with suppress(DefinitionError):
            read(text).check()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.json", "cannot be read"),
        ("purchase.toml", r"name it \.json, \.yaml or \.yml"),
        ("a\0.json", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str, message: str) -> None:
    if "\0" not in name and "toml" in name:
        (tmp_path / name).write_text("")

    with pytest.raises(DefinitionError, match=message):
        Definition.from_file(tmp_path / name)


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999", "9" * 4000])
def test_a_number_that_nobody_can_write_is_refused(number: str) -> None:
    with pytest.raises(DefinitionError, match="A number in a definition is finite"):
        Definition.from_json(f'{{"name": {number}}}')


def test_yaml_without_its_library_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)

    with pytest.raises(DefinitionError, match=r"pip install 'interactor\[cli\]'"):
        Definition.from_yaml("name: x")
    assert Definition.from_json('{"name": "x"}').name == "x"
