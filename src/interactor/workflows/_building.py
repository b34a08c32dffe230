"""Definitions written down in Python, one state after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from tandem._json import is_object

from ._expressions import Condition
from ._faults import DefinitionError
from ._plain import plain
from ._spellings import documented

if TYPE_CHECKING:
    from interactor_api.models import HaltingInstructions, Logic, Presentation

    from ._positions import Positions

    Part = Mapping[str, Any]


class Buildable:
    """What a definition is, and the methods that add to it. Each gives a new one."""

    __slots__ = ("_at", "_positions", "_raw")
    _raw: dict[str, Any]
    _at: str | None
    _positions: Positions | None

    def to_dict(self) -> dict[str, Any]:
        """The definition as the documented JSON object: states by name."""
        copied: dict[str, Any] = plain(self._raw)
        return copied

    def action(self, name: str, *, script: str | None = None, logic: Logic | Part | None = None, **more: Any) -> Self:
        """With a state that runs a script, or other logic such as `models.HttpLogic(method="POST", url=…)`."""
        code = {"type": "script", "code": script} if script is not None else None
        return self.state(name, "action", logic=code if logic is None else logic, **more)

    def halting(
        self,
        name: str,
        *,
        presentation: Presentation | Part | None = None,
        instructions: HaltingInstructions | Part | str | None = None,
        **more: Any,
    ) -> Self:
        """With a state that waits for input.

        `presentation` says what to ask for, such as `models.FormPresentation(fields=[…])`. `instructions` says what to
        tell; a text is a prompt from which a model writes that.
        """
        told = {"instruction": instructions} if isinstance(instructions, str) else instructions
        return self.state(name, "halting", halting_instructions=told, presentation=presentation, **more)

    def terminal(self, name: str, *, on_enter: Logic | Part | None = None, **more: Any) -> Self:
        """With a state that ends the instance."""
        return self.state(name, "terminal", on_enter=on_enter, **more)

    def state(self, name: str, type: str, **fields: Any) -> Self:
        """With a state of any type, in the place of a former one of that name."""
        raw = self.to_dict()
        given = {key: plain(value) for key, value in fields.items() if value is not None}
        raw.setdefault("initial_state", name)
        raw["states"] = {**states_in(raw), name: {"type": type, **given}}
        return self._changed(documented(raw), name)

    def at(self, name: str) -> Self:
        """The same, with the next transitions going to this state."""
        if name not in states_in(self._raw):
            raise DefinitionError(f"No state is called {name}: add it before its transitions.")
        return self._changed(self.to_dict(), name)

    def to(self, target: str, when: Condition | None = None, *, event: str | None = None, **more: Any) -> Self:
        """With a transition, tried after those before it. `when` is its condition: `field("amount") > 1000`."""
        return self._with_way({"target": target, "condition": when, "event": event, **more})

    def choose(self, key: str, target: str, description: str | None = None, **more: Any) -> Self:
        """With a transition that a person chooses by its key."""
        made = self._with_way({"key": key, "to": target, "description": description, **more})
        made._raw["states"][made._at]["transition_mode"] = "selection"
        return self._changed(documented(made._raw), self._at)

    def fork(self, thread: str, begin: str) -> Self:
        """With a parallel thread that begins in another state and ends in a terminal one."""
        raw, state = self._opened()
        state["threads"] = {**state.get("threads", {}), thread: begin}
        return self._changed(raw, self._at)

    def _with_way(self, way: dict[str, Any]) -> Self:
        raw, state = self._opened()
        given = {key: plain(value) for key, value in way.items() if value is not None}
        state["transitions"] = [*state.get("transitions", []), given]
        return self._changed(documented(raw), self._at)

    def _opened(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """A copy to be changed, and the state in it that is written at."""
        if self._at is None:
            raise DefinitionError("A transition needs a state to begin at: add a state first, or name one with at().")
        raw = self.to_dict()
        return raw, raw["states"][self._at]

    def _changed(self, raw: dict[str, Any], at: str | None) -> Self:
        made = type(self).__new__(type(self))
        made._set(raw, at, None)
        return made

    def _set(self, raw: dict[str, Any], at: str | None, positions: Positions | None) -> None:
        object.__setattr__(self, "_raw", raw)
        object.__setattr__(self, "_at", at)
        object.__setattr__(self, "_positions", positions)


def states_in(raw: dict[str, Any]) -> dict[str, Any]:
    """The states of a definition's JSON, empty when there is nothing like that."""
    states = raw.get("states")
    return states if is_object(states) else {}
