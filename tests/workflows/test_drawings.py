"""Drawings as SVG, Mermaid, Graphviz and text, with and without an instance on top."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interactor.models import Instance, WorkflowInstance
from interactor.workflows import Definition, DefinitionError
from interactor.workflows._drawing._progress import Progress, progress_of

from .definitions import EVERYTHING, PURCHASE, SELECTION, Json, changed

SVG = "{http://www.w3.org/2000/svg}"
PURCHASES = Definition.from_dict(PURCHASE)
HALTED: Json = {
    "id": "inst_1",
    "status": "halted",
    "current_state": "manager_approval",
    "workflow_data": {"amount": 5000},
    "history": [
        {"state": "submit", "entered_at": "2026-01-20T12:00:00Z", "transition": "manager_approval"},
        {"state": "manager_approval", "entered_at": "2026-01-20T12:00:01Z"},
    ],
}
EVENTS: list[Json] = [
    {"id": "evt_1", "type": "lifecycle", "subtype": "created", "initial_state": "submit"},
    {"id": "evt_2", "type": "transition", "from_state": "submit", "to_state": "manager_approval"},
    {"id": "evt_3", "type": "halt", "subtype": "halted", "state": "manager_approval"},
]
WALKED = frozenset({("submit", "manager_approval")})
# The four scenarios of the guide's complete example: the input and the states that are passed.
SCENARIOS: dict[str, tuple[str, ...]] = {
    "auto": ("submit", "auto_approved", "notify_requester", "complete"),
    "manager": ("submit", "manager_approval", "approved", "notify_requester", "complete"),
    "vice president": ("submit", "manager_approval", "vp_approval", "approved", "notify_requester", "complete"),
    "rejected": ("submit", "manager_approval", "rejected", "notify_requester", "complete"),
}


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def classes(svg: str) -> dict[str, str]:
    """The classes of each state's group, by state."""
    groups = ElementTree.fromstring(svg).iter(f"{SVG}g")
    named = [(group.find(f"{SVG}title"), group.get("class", "")) for group in groups]
    return {title.text or "": name for title, name in named if title is not None and "wf-label" not in name}


# -- SVG


def test_a_drawing_shows_every_state_and_every_label() -> None:
    shown = texts(PURCHASES.to_svg())

    assert set(PURCHASE["states"]) <= set(shown)
    assert {"amount ≤ 1000", "amount ≤ 10000", "otherwise", "approved and amount > 10000", "form, 2 fields"} <= set(
        shown
    )


def test_a_notebook_shows_the_drawing() -> None:
    shown = getattr(PURCHASES, "_repr_svg_", None)

    assert shown is not None
    assert shown() == PURCHASES.to_svg()


def test_the_same_definition_is_the_same_drawing() -> None:
    assert PURCHASES.to_svg(HALTED) == Definition.from_json(PURCHASES.to_json()).to_svg(HALTED)


def test_states_are_drawn_by_their_type() -> None:
    kinds = classes(PURCHASES.to_svg())

    assert (kinds["submit"], kinds["vp_approval"], kinds["complete"]) == (
        "wf-plain wf-action",
        "wf-plain wf-halting",
        "wf-plain wf-terminal",
    )


def test_a_state_that_does_not_exist_is_drawn_as_missing() -> None:
    raw = changed(SELECTION, "states.await_approval.transitions.0.to", "nowhere")

    assert classes(Definition.from_dict(raw).to_svg())["nowhere"] == "wf-plain wf-missing"


def test_a_drawing_has_colours_for_light_and_for_dark() -> None:
    style = PURCHASES.to_svg().partition("<style>")[2].partition("</style>")[0]
    light, dark = style.split("@media(prefers-color-scheme:dark)")

    assert set(re.findall(r"\.wf-[a-z]+", dark)) <= set(re.findall(r"\.wf-[a-z]+", light))
    assert "#" in dark


HOSTILE = st.text(max_size=30) | st.sampled_from(
    ['"><script>', "</svg>", "]]>", "&amp;", "\0\x1b", "\ud800", "a\nb", '"]']
)


@given(HOSTILE, HOSTILE)
@settings(max_examples=60, deadline=None)
def test_no_name_breaks_out_of_a_drawing(name: str, value: str) -> None:
    condition = {"field": name or "x", "equals": value}
    states = {name: {"type": "action", "transitions": [{"target": "b" + name, "condition": condition}]}}
    definition = Definition.from_dict({"name": name, "initial_state": name, "states": states})

    elements = {element.tag for element in ElementTree.fromstring(definition.to_svg()).iter()}

    assert elements <= {f"{SVG}{tag}" for tag in ("svg", "title", "style", "rect", "g", "path", "text", "circle")}
    assert all(line.startswith(("flowchart", "    ")) for line in definition.to_mermaid().splitlines())
    assert not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]", definition.to_text() + definition.to_dot())
    assert len(definition.to_text().splitlines()) == 4
    assert re.fullmatch(r"[\w\s\[\]{}=,;>.-]*", re.sub(r'"(?:[^"\\]|\\.)*"', "", definition.to_dot()))


def test_a_long_name_is_cut_and_told_in_full_beside() -> None:
    name = "a_state_with_a_name_that_nobody_would_ever_want_to_read"
    drawing = Definition("x").terminal(name).to_svg()

    assert name not in texts(drawing)
    assert name in classes(drawing)
    assert any(text.endswith("…") and name.startswith(text[:-1]) for text in texts(drawing))


# -- an instance on top


def test_an_instance_shows_where_it_was_is_and_may_go() -> None:
    found = classes(PURCHASES.to_svg(HALTED))

    states = {name: kinds.split()[0].removeprefix("wf-") for name, kinds in found.items()}
    assert states == {
        "submit": "visited",
        "manager_approval": "current",
        "vp_approval": "next",
        "approved": "next",
        "rejected": "next",
        "auto_approved": "ahead",
        "notify_requester": "ahead",
        "complete": "ahead",
    }


@pytest.mark.parametrize(
    "instance",
    [
        HALTED,
        Instance.from_dict(HALTED),
        EVENTS,
        {**HALTED, "history": [], "events": EVENTS},
        {**HALTED, "current_state": None, "threads": [{"id": "thread_main", "current_state": "manager_approval"}]},
    ],
    ids=["json", "model", "events", "with events", "threads"],
)
def test_progress_is_read_from_whatever_tells_about_it(instance: Any) -> None:
    found = progress_of(PURCHASES, instance)

    assert (found.visited, found.current) == (frozenset({"submit"}), frozenset({"manager_approval"}))
    assert found.walked == WALKED
    assert found.next == {"vp_approval", "approved", "rejected"}


def test_the_flat_form_of_an_instance_is_drawn_too() -> None:
    flat = WorkflowInstance.from_dict(
        {"id": "i", "current_state": "submit", "status": "running", "context": {"amount": 5}}
    )

    found = progress_of(PURCHASES, flat)

    assert (found.current, found.next) == (frozenset({"submit"}), frozenset({"auto_approved"}))


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
def test_an_instance_that_has_ended_goes_nowhere(status: str) -> None:
    assert progress_of(PURCHASES, {**HALTED, "status": status}).next == frozenset()


def test_a_failed_instance_is_marked() -> None:
    assert "wf-failed" in classes(PURCHASES.to_svg({**HALTED, "status": "failed"}))["manager_approval"]


@pytest.mark.parametrize("path", SCENARIOS.values(), ids=SCENARIOS)
def test_each_scenario_of_the_guide_is_drawn_as_it_went(path: tuple[str, ...]) -> None:
    history = [{"state": one, "transition": two} for one, two in pairwise(path)]
    instance = {"status": "completed", "current_state": path[-1], "history": [*history, {"state": path[-1]}]}

    found = classes(PURCHASES.to_svg(instance))

    walked = {name for name, kinds in found.items() if "wf-visited" in kinds or "wf-current" in kinds}
    assert walked == set(path)
    assert PURCHASES.to_svg(instance).count('<g class="wf-walked">') == len(path)


def test_every_thread_of_an_instance_is_shown() -> None:
    threads = [
        {"id": "thread_main", "status": "running", "current_state": "start"},
        {"id": "thread_finance", "status": "halted", "current_state": "ask"},
    ]

    found = progress_of(Definition.from_dict(EVERYTHING), {"status": "running", "threads": threads})

    assert found.current == {"start", "ask"}


@pytest.mark.parametrize("instance", [5, "x", None])
def test_what_is_no_instance_is_refused(instance: Any) -> None:
    with pytest.raises(DefinitionError, match="An instance to draw"):
        progress_of(PURCHASES, instance)


@given(st.recursive(st.none() | st.text(max_size=3), lambda inner: st.lists(inner) | st.dictionaries(
    st.sampled_from(["history", "events", "threads", "current_state", "state", "transition", "from_state", "to_state"]),
    inner), max_leaves=8))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_any_json_can_be_drawn_on_top(instance: Any) -> None:
    if isinstance(instance, list | dict):
        assert isinstance(progress_of(PURCHASES, instance), Progress)


# -- Mermaid, Graphviz, terminal


def test_mermaid() -> None:
    lines = Definition.from_dict(SELECTION).to_mermaid({"status": "completed", "current_state": "approved",
        "history": [{"state": "await_approval", "transition": "approved"}]}).splitlines()  # fmt: skip

    assert lines[:7] == [
        "flowchart TD",
        '    s0(("#9679;")):::start',
        '    s1[/"await_approval<br/>waits for a choice"/]:::halting',
        '    s2(["approved"]):::terminal',
        '    s3(["rejected"]):::terminal',
        "    s0 --> s1",
        '    s1 -->|"approve"| s2',
    ]
    assert {"    class s1 visited", "    class s2 current", "    linkStyle 0,1 stroke:#4f46e5,stroke-width:3px"} <= set(
        lines
    )


def test_mermaid_reads_nothing_into_a_name() -> None:
    assert '["#34;#35;#60;b#62;"]' in Definition("x").action('"#<b>').to_mermaid()


def test_graphviz() -> None:
    lines = (
        Definition.from_dict(SELECTION).to_dot(HALTED | {"current_state": "await_approval", "history": []}).splitlines()
    )

    assert lines[0] == 'digraph "order_review" {'
    assert any('label="await_approval\\nwaits for a choice"' in line and "penwidth=4" in line for line in lines)
    assert '    s1 -> s2 [label="approve", style=dashed];' in lines
    assert lines[-1] == "}"


def test_graphviz_reads_nothing_into_a_name() -> None:
    assert r'label="a\"\\b c"' in Definition("x").action('a"\\b\nc').to_dot()


def test_terminal() -> None:
    assert Definition.from_dict(SELECTION).to_text().splitlines() == [
        "order_review",
        "‖ await_approval  (waits for a choice)  ← begins here",
        "    ──▶ approved  approve",
        "    ──▶ rejected  reject",
        "■ approved",
        "■ rejected",
    ]


def test_terminal_with_an_instance() -> None:
    lines = PURCHASES.to_text(HALTED).splitlines()

    assert "▸ submit  (script)  ✓" in lines
    assert "‖ manager_approval  (form, 1 field)  ← here" in lines
    assert "    ━━▶ manager_approval  amount ≤ 10000 | otherwise" in lines
    assert "    ╌╌▶ rejected  otherwise" in lines
