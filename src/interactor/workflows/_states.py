"""The parts of a definition as one reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from tandem._json import is_array, is_object

from ._expressions import Condition
from ._graph import threads_of
from ._plain import plain
from ._routing import target_of

if TYPE_CHECKING:
    from interactor_api.models import HaltingInstructions, Logic, Presentation


@attrs.frozen
class Transition:
    """A way from one state to another. `index` is its place among the transitions of its state, from 0."""

    index: int
    target: str
    condition: Condition | None = None
    key: str | None = None
    description: str | None = None
    event: str | None = None

    @property
    def label(self) -> str:
        """What to write on the arrow: the choice, the event, the condition, or nothing."""
        if self.event is not None:
            return f"on {self.event}" if self.condition is None else f"on {self.event}, {self.condition}"
        return self.key or ("" if self.condition is None else str(self.condition))


@attrs.frozen
class State:
    """One state of a definition.

    `raw` is its JSON. `logic`, `on_enter`, `presentation` and `instructions` are the models of `interactor.models`, and
    plain dicts where they are of a kind that nobody documented.
    """

    name: str
    raw: dict[str, Any] = attrs.field(repr=False)

    @property
    def type(self) -> str:
        """`action`, `halting` or `terminal`."""
        return str(self.raw.get("type", ""))

    @property
    def description(self) -> str | None:
        """What the state is for."""
        return _text(self.raw.get("description"))

    @property
    def transitions(self) -> tuple[Transition, ...]:
        """The ways out, in the order in which they are tried."""
        ways: Any = self.raw.get("transitions")
        found = enumerate(ways) if is_array(ways) else ()
        return tuple(_transition(index, way) for index, way in found if is_object(way))

    @property
    def by_choice(self) -> bool:
        """Whether a person chooses one of the transitions by its key."""
        return self.raw.get("transition_mode") == "selection"

    @property
    def threads(self) -> dict[str, str]:
        """The states in which parallel threads begin, by thread."""
        return {name: str(begin) for name, begin in threads_of(self.raw).items()}

    @property
    def logic(self) -> Logic | None:
        """What an action state does."""
        from interactor_api.models import decode_logic

        return decode_logic(self.raw["logic"]) if "logic" in self.raw else None

    @property
    def on_enter(self) -> Logic | None:
        """What happens on the way in."""
        from interactor_api.models import decode_logic

        return decode_logic(self.raw["on_enter"]) if "on_enter" in self.raw else None

    @property
    def presentation(self) -> Presentation | None:
        """How a halting state asks for input."""
        from interactor_api.models import decode_presentation

        return decode_presentation(self.raw["presentation"]) if "presentation" in self.raw else None

    @property
    def instructions(self) -> HaltingInstructions | None:
        """What a person is told in a halting state."""
        from interactor_api.models import decode_halting_instructions

        told = self.raw.get("halting_instructions")
        return None if told is None else decode_halting_instructions(told)

    def to_dict(self) -> dict[str, Any]:
        """The state as JSON."""
        copied: dict[str, Any] = plain(self.raw)
        return copied


def _transition(index: int, raw: dict[str, Any]) -> Transition:
    condition = raw.get("condition")
    return Transition(
        index=index,
        target=str(target_of(raw)),
        condition=Condition(condition) if is_object(condition) else None,
        key=_text(raw.get("key")),
        description=_text(raw.get("description")),
        event=_text(raw.get("event")),
    )


def _text(value: Any) -> str | None:
    """A text, also where a faulty definition has something else."""
    return value if value is None or isinstance(value, str) else str(value)
