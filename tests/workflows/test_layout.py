"""The geometry of a drawing: nothing lies on top of another, and every line begins and ends at its states."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings

from interactor.workflows import Definition, Layout, layout
from interactor.workflows._drawing._layers import Layers, Slot, crossings, layered
from interactor.workflows._drawing._ranks import ranked, without_loops
from interactor.workflows._drawing._sketch import START, sketched
from interactor.workflows._drawing._widths import text_width
from tests.scale import scaled

from .definitions import EVERYTHING, GOOD, PURCHASE, Json
from .strategies import definitions, drawn_states


def overlapping(made: Layout) -> list[object]:
    """Pairs of boxes on top of each other. Every box is a state or a label."""
    boxes = [*((node.shape.name, node.box) for node in made.nodes), *(("a label", box) for box in made.labels)]
    return [(one, two) for one, two in combinations(boxes, 2) if one[1].overlaps(two[1])]


def outside(made: Layout) -> list[object]:
    """What sticks out of the drawing."""
    boxes = [*(node.box for node in made.nodes), *made.labels]
    points = [point for edge in made.edges for point in edge.points]
    stray = [box for box in boxes if box.left < 0 or box.top < 0 or box.right > made.width or box.bottom > made.height]
    return [*stray, *(point for point in points if not (0 <= point[0] <= made.width and 0 <= point[1] <= made.height))]


def astray(made: Layout) -> list[object]:
    """Lines that do not begin at the edge of their source, or do not end at that of their target."""
    boxes = {node.shape.name: node.box for node in made.nodes}
    ends = [((edge.arrow.source, edge.points[0]), (edge.arrow.target, edge.points[-1])) for edge in made.edges]
    return [
        (name, (x, y))
        for pair in ends
        for name, (x, y) in pair
        if not (
            (y in (boxes[name].top, boxes[name].bottom) and boxes[name].left <= x <= boxes[name].right)
            or (x == boxes[name].right and boxes[name].top <= y <= boxes[name].bottom)
        )
    ]


def unlabelled(made: Layout) -> list[object]:
    """Labels that are missing, too small for their texts, or not on their line."""
    return [
        edge.arrow
        for edge in made.edges
        if (edge.label is None) is not (not edge.arrow.lines)
        or (edge.label and edge.label.width < max(text_width(line, 11.0) for line in edge.arrow.lines))
    ]


def wrong(made: Layout) -> list[object]:
    return overlapping(made) + outside(made) + astray(made) + unlabelled(made)


@pytest.mark.parametrize("raw", GOOD, ids=lambda raw: raw["name"])
def test_the_guides_definitions_are_drawn_without_overlaps(raw: Json) -> None:
    made = layout(Definition.from_dict(raw))

    assert wrong(made) == []
    assert {node.shape.name for node in made.nodes} == {START, *raw["states"]}


@pytest.mark.proof
def test_no_label_overlaps_another_in_any_graph(record_property: Callable[[str, object], None]) -> None:
    seen = {"drawings": 0, "labels": 0, "states": 0}

    @given(drawn_states(most=14, ways=6))
    @settings(max_examples=scaled(500, 25), deadline=None, database=None)
    def none_overlap(raw: Json) -> None:
        made = layout(Definition.from_dict(raw))

        seen["drawings"] += 1
        seen["labels"] += len(made.labels)
        seen["states"] += len(made.nodes)
        assert wrong(made) == []

    none_overlap()

    told = ", ".join(f"{count:,} {name}" for name, count in seen.items())
    record_property("figures", f"layout: {told}: 0 overlaps")
    assert seen["labels"] > seen["drawings"]


@given(definitions())
@settings(max_examples=25, deadline=None)
def test_faulty_definitions_are_drawn_too(raw: Json) -> None:
    definition = Definition.from_dict(raw)

    assert wrong(layout(definition)) == []
    assert definition.to_svg().endswith("</svg>")
    assert definition.to_mermaid()
    assert definition.to_dot()
    assert definition.to_text()


def hundred(ways: int, seed: int) -> Definition:
    """A hundred states that mostly lead on, and sometimes anywhere."""
    rng = random.Random(seed)
    names = [f"state_number_{index}" for index in range(100)]
    states: Json = {}
    for index, name in enumerate(names[:-1]):
        ahead = [names[min(99, index + 1 + int(rng.expovariate(0.5)))] for _ in range(rng.randint(1, ways))]
        targets = [target if rng.random() < 0.9 else rng.choice(names) for target in ahead]
        states[name] = {
            "type": rng.choice(["action", "halting"]),
            "transitions": [
                {"target": target, "condition": {"field": "amount", "operator": "gt", "value": rng.randrange(10_000)}}
                for target in targets
            ],
        }
    states[names[-1]] = {"type": "terminal"}
    return Definition.from_dict({"name": "hundred", "initial_state": names[0], "states": states})


@pytest.mark.proof
@pytest.mark.parametrize("ways", [1, 3])
def test_a_hundred_states_are_drawn_in_less_than_a_second(
    ways: int, record_property: Callable[[str, object], None]
) -> None:
    # The fastest of some: what else this computer does at the time is no property of the drawing.
    drawings = [hundred(ways, seed) for seed in range(scaled(10, 2))]
    seconds: list[float] = []
    for drawing in drawings:
        begun = time.perf_counter()
        drawing.to_svg()
        seconds.append(time.perf_counter() - begun)

    arrows = sum(len(layout(drawing).edges) for drawing in drawings) // len(drawings)
    record_property(
        "figures", f"to_svg of 100 states, {arrows} arrows: {min(seconds):.3f} s at best, {max(seconds):.3f} s at worst"
    )
    assert min(seconds) < 1.0
    assert wrong(layout(drawings[0])) == []


def test_a_definition_at_every_limit_is_drawn() -> None:
    names = [f"s{index}" for index in range(100)]
    states = {
        name: {"type": "halting", "transitions": [{"target": names[(index * 7 + way) % 100]} for way in range(20)]}
        for index, name in enumerate(names)
    }

    made = layout(Definition.from_dict({"name": "full", "initial_state": "s0", "states": states}))

    assert (len(made.nodes), len(made.edges)) == (101, 2001)


def test_a_state_stands_below_those_that_lead_to_it() -> None:
    boxes = {node.shape.name: node.box for node in layout(Definition.from_dict(PURCHASE)).nodes}

    for state in Definition.from_dict(PURCHASE).states.values():
        assert all(boxes[state.name].bottom < boxes[way.target].top for way in state.transitions)


def test_a_way_back_points_up() -> None:
    made = layout(Definition.from_dict(EVERYTHING))

    back = next(edge for edge in made.edges if (edge.arrow.source, edge.arrow.target) == ("choose", "start"))

    assert back.points[0][1] > back.points[-1][1]


def test_a_loop_stays_at_its_state() -> None:
    made = layout(Definition.from_dict(EVERYTHING))
    box = next(node.box for node in made.nodes if node.shape.name == "ask")

    loop = next(edge for edge in made.edges if edge.arrow.source == edge.arrow.target)

    assert loop.label is not None
    assert loop.label.left > box.right
    assert all(box.top <= y <= box.bottom for _, y in loop.points)


def test_two_ways_to_one_state_are_one_arrow() -> None:
    arrows = {(arrow.source, arrow.target): arrow for arrow in sketched(Definition.from_dict(PURCHASE)).arrows}

    assert arrows["submit", "manager_approval"].lines == ("amount ≤ 10000", "otherwise")
    assert arrows["auto_approved", "notify_requester"].lines == ()


def test_a_long_straight_line_has_no_kink() -> None:
    steps = Definition("long").action("a").to("b").to("e")
    steps = steps.action("b").to("c").action("c").to("d").action("d").to("e").terminal("e")

    made = layout(steps)
    line = next(edge for edge in made.edges if (edge.arrow.source, edge.arrow.target) == ("a", "e"))

    assert len({round(x, 3) for x, _ in line.points[3:-3]}) == 1


def test_loops_are_found_and_what_is_left_has_ranks() -> None:
    edges = [("a", "b"), ("b", "c"), ("c", "a"), ("a", "c")]

    closes = without_loops("abc", edges)

    assert closes == [False, False, True, False]
    assert ranked("abc", [edge for edge, closing in zip(edges, closes, strict=True) if not closing]) == {
        "a": 0,
        "b": 1,
        "c": 2,
    }


def test_a_very_long_chain_is_no_problem() -> None:
    names = [str(index) for index in range(5000)]
    edges = list(pairwise(names))

    assert not any(without_loops(names, edges))
    assert ranked(names, edges)["4999"] == 4999


def test_crossings_are_counted() -> None:
    slots = [Slot(number, number // 2, 1, 1, 1, 1) for number in range(4)]
    slots[0].below, slots[1].below = [3], [2]

    assert crossings(Layers(slots, [[0, 1], [2, 3]], [], [])) == 1
    assert crossings(Layers(slots, [[0, 1], [3, 2]], [], [])) == 0


def test_states_are_sorted_so_that_lines_do_not_cross() -> None:
    states = {
        "top": {"type": "action", "transitions": [{"target": "left"}, {"target": "right"}]},
        "left": {"type": "action", "transitions": [{"target": "below_left"}]},
        "right": {"type": "action", "transitions": [{"target": "below_right"}]},
        "below_right": {"type": "terminal"},
        "below_left": {"type": "terminal"},
    }

    made = layered(sketched(Definition.from_dict({"name": "x", "initial_state": "top", "states": states})))

    assert crossings(made) == 0


def test_wider_texts_are_wider() -> None:
    assert text_width("iii", 10) < text_width("aaa", 10) < text_width("WWW", 10) < text_width("漢漢漢", 10)
    assert text_width("abc", 10) < text_width("abc", 10, bold=True) < text_width("abc", 20)
    assert text_width("e\u0301", 10) == text_width("e", 10)
