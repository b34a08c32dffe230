"""What there is to draw: boxes with their texts, and arrows with their labels. No places yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from tandem._json import is_array, is_object

from ._widths import cut, spoken, text_width

if TYPE_CHECKING:
    from interactor.workflows._definition import Definition
    from interactor.workflows._states import State

START = "\0start"
"""The name of the dot from which the initial state is entered: nobody calls a state like that."""
NAME_SIZE, NOTE_SIZE, LABEL_SIZE = 13.0, 11.0, 11.0
LINE = 14.0
_LONGEST_NAME, _LONGEST_NOTE, _LONGEST_LABEL = 36, 40, 38
_MOST_LINES = 4
_PADDING = 16.0


@attrs.frozen
class Shape:
    """A state to draw. `kind` is its type, `missing` for a state that does not exist, `start` for the dot."""

    name: str
    kind: str
    title: str
    note: str = ""

    @property
    def width(self) -> float:
        """Pixels."""
        if self.kind == "start":
            return 14.0
        texts = (text_width(self.title, NAME_SIZE, bold=True), text_width(self.note, NOTE_SIZE))
        return max(72.0, *texts) + 2 * _PADDING

    @property
    def height(self) -> float:
        """Pixels."""
        if self.kind == "start":
            return 14.0
        return 48.0 if self.note else 36.0


@attrs.frozen
class Arrow:
    """All the ways from one state to another, as one arrow. `lines` are their labels, `told` the same, uncut."""

    source: str
    target: str
    lines: tuple[str, ...] = ()
    told: str = ""
    is_fork: bool = False

    @property
    def label_width(self) -> float:
        """Pixels; 0 without a label."""
        return max((text_width(line, LABEL_SIZE) for line in self.lines), default=-14.0) + 14.0

    @property
    def label_height(self) -> float:
        """Pixels; 0 without a label."""
        return len(self.lines) * LINE + 6.0 if self.lines else 0.0


@attrs.frozen
class Sketch:
    """Everything to draw, states in the order in which they were written."""

    title: str
    shapes: tuple[Shape, ...]
    arrows: tuple[Arrow, ...]


def sketched(definition: Definition) -> Sketch:
    """What there is to draw of a definition, however faulty it is."""
    states = definition.states
    arrows = [arrow for state in states.values() for arrow in _arrows(state)]
    shapes = [_shape(state) for state in states.values()]
    named = [arrow.target for arrow in arrows] + ([definition.initial] if definition.initial else [])
    missing = [name for name in dict.fromkeys(named) if name not in states]
    shapes += [Shape(name, "missing", _title(name), "no such state") for name in missing]
    if definition.initial:
        shapes.insert(0, Shape(START, "start", ""))
        arrows.insert(0, Arrow(START, definition.initial))
    known = {shape.name for shape in shapes}
    return Sketch(spoken(definition.name), tuple(shapes), tuple(arrow for arrow in arrows if arrow.target in known))


def _shape(state: State) -> Shape:
    kind = state.type if state.type in ("action", "halting", "terminal") else "missing"
    return Shape(state.name, kind, _title(state.name), cut(_note(state.raw), _LONGEST_NOTE))


def _title(name: str) -> str:
    return cut(name, _LONGEST_NAME)


def _note(raw: dict[str, Any]) -> str:
    """What a state does, in a few words."""
    if "presentation" in raw:
        return _asked(raw["presentation"])
    if raw.get("transition_mode") == "selection":
        return "waits for a choice"
    if "halting_instructions" in raw or raw.get("type") == "halting":
        return "waits for input"
    logic = raw.get("logic", raw.get("on_enter"))
    if not is_object(logic):
        return ""
    if logic.get("type") == "http":
        return f"{logic.get('method', 'HTTP')} {_host(str(logic.get('url', '')))}"
    return str(logic.get("type", ""))


def _asked(presentation: Any) -> str:
    if not is_object(presentation):
        return "waits for input"
    fields = presentation.get("fields")
    if is_array(fields):
        return f"form, {len(fields)} field{'' if len(fields) == 1 else 's'}"
    return f"waits: {presentation.get('type', 'input')}"


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2] or url


def _arrows(state: State) -> list[Arrow]:
    """The ways out of a state, those to the same state as one."""
    by_target: dict[str, list[str]] = {}
    ways = state.transitions if state.type != "terminal" else ()
    tried = False
    for way in ways:
        otherwise = "otherwise" if tried and not state.by_choice else ""
        by_target.setdefault(way.target, []).append(way.label or otherwise)
        tried = tried or (way.condition is not None and way.event is None)
    arrows = [Arrow(state.name, target, _lines(labels), "\n".join(labels)) for target, labels in by_target.items()]
    for thread, begin in state.threads.items():
        arrows.append(Arrow(state.name, begin, (cut(f"thread {thread}", _LONGEST_LABEL),), f"thread {thread}", True))
    return arrows


def _lines(labels: list[str]) -> tuple[str, ...]:
    lines = [cut(label, _LONGEST_LABEL) for label in labels if label.strip()]
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], f"and {len(lines) - _MOST_LINES + 1} more"]
    return tuple(lines)
