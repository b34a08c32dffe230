"""A workflow's definition as a value: write it, read it, check it, ask it for the way."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self

from tandem._json import is_object

from ._building import Buildable
from ._checks import errors, faults
from ._conditions import same
from ._faults import DefinitionError, Fault, faulty
from ._plain import plain
from ._routing import taken
from ._spellings import documented
from ._states import State, Transition

if TYPE_CHECKING:
    from ._positions import Positions


class Definition(Buildable):
    """A state machine. It is never changed: every method gives a new one.

        from interactor.workflows import Definition, field

        purchase = (
            Definition("purchase", ai_guidance="Ask a manager above 1000.")
            .action("submit", script="return {...input}")
            .to("approved", when=field("amount") <= 1000)
            .to("review")
            .halting("review", instructions="Sum up the purchase.")
            .choose("yes", "approved", "Buy it")
            .choose("no", "rejected", "Do not buy it")
            .terminal("approved")
            .terminal("rejected")
        )
        purchase.check()                                        # [] — or every fault, with its path
        purchase.route({"amount": 500}, "submit").target        # 'approved'
        client.workflows.create(**purchase.to_dict())

    `to`, `choose` and `fork` add to the state that was added last, or to the one that `at` names. Where no `initial`
    state is named, the first one is. Fields that nobody documented are kept.
    """

    __slots__ = ()

    def __init__(
        self,
        name: str,
        *,
        initial: str | None = None,
        description: str | None = None,
        ai_guidance: str | None = None,
        **more: Any,
    ) -> None:
        given = {"description": description, "initial_state": initial, "ai_guidance": ai_guidance, **more}
        told = {key: plain(value) for key, value in given.items() if value is not None}
        self._set({"name": name, **told, "states": {}}, None, None)

    # -- reading and writing

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any], *, positions: Positions | None = None) -> Self:
        """The definition of a JSON object, however faulty. States may be a list, and `to` may stand for `target`."""
        copied = plain(raw)
        if not is_object(copied):
            raise DefinitionError("A definition is a JSON object.")
        made = cls.__new__(cls)
        made._set(documented(copied), None, positions)
        return made

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The definition of a JSON text. Its faults know their lines. DefinitionError when it is no JSON object."""
        from ._texts import read_json

        raw, positions = read_json(text)
        return cls.from_dict(raw, positions=positions)

    @classmethod
    def from_yaml(cls, text: str | bytes) -> Self:
        """The definition of a YAML text. Its faults know their lines. Needs PyYAML."""
        from ._yaml import read_yaml

        raw, positions = read_yaml(text)
        return cls.from_dict(raw, positions=positions)

    @classmethod
    def from_file(cls, path: str | Path) -> Self:
        """The definition of a `.json`, `.yaml` or `.yml` file. DefinitionError when it cannot be read."""
        from ._texts import read_file

        raw, positions = read_file(Path(path))
        return cls.from_dict(raw, positions=positions)

    def to_json(self, *, indent: int | None = 2) -> str:
        """The definition as a JSON text."""
        from ._texts import json_text

        return json_text(self._raw, indent)

    def to_yaml(self) -> str:
        """The definition as a YAML text. Needs PyYAML."""
        from ._yaml import yaml_text

        return yaml_text(self._raw)

    # -- asking

    @property
    def name(self) -> str:
        """The workflow's name."""
        return str(self._raw.get("name", ""))

    @property
    def initial(self) -> str:
        """The state in which instances begin; empty when there is none yet."""
        return str(self._raw.get("initial_state", ""))

    @property
    def description(self) -> str | None:
        """What the workflow is for."""
        return self._raw.get("description")

    @property
    def ai_guidance(self) -> str | None:
        """What assistants are told about it."""
        return self._raw.get("ai_guidance")

    @property
    def states(self) -> dict[str, State]:
        """The states by name, in the order in which they were written."""
        found = self._raw.get("states")
        return {
            name: State(name, plain(raw)) for name, raw in (found if is_object(found) else {}).items() if is_object(raw)
        }

    def check(self) -> list[Fault]:
        """Every fault: first the errors, for which the platform refuses it, then warnings. Needs no network.

        for fault in definition.check():
            print(fault)    # states.start.transitions[0].target: No state is called nonexistent
        """
        found = faults(self._raw)
        return found if self._positions is None else self._positions.placed(found)

    def checked(self) -> Self:
        """The same definition, when it has no errors. Raises DefinitionError with its faults otherwise."""
        wrong = [fault for fault in self.check() if fault.severity == "error"]
        if wrong:
            raise faulty(f"The definition of {self.name or 'the workflow'} has faults", wrong)
        return self

    def route(
        self, data: Mapping[str, Any], state: str | None = None, *, event: str | None = None
    ) -> Transition | None:
        """The transition that an instance with this data takes out of a state; None when it stays there.

        `data` is the workflow data with the input merged into it. In selection mode the input names the key, as in
        `{"choice": "approve"}`. Without `state` the initial one is meant; with `event`, only ways that wait for it are
        open. Raises DefinitionError for a state that does not exist or has faults.
        """
        name = self.initial if state is None else state
        found = self.states.get(name)
        if found is None:
            raise DefinitionError(f"No state is called {name}. There are {', '.join(self.states) or 'none'}.")
        if broken := self._faults_of(found):
            raise faulty("No way can be told out of a state with faults", broken)
        if found.type == "terminal":
            return None
        index = taken(found.raw, plain(data), event=event)
        return None if index is None else found.transitions[index]

    def is_sound(self, state: str) -> bool:
        """Whether a state exists and has no errors of its own."""
        found = self.states.get(state)
        return found is not None and not self._faults_of(found)

    def _faults_of(self, state: State) -> list[Fault]:
        alone = errors({"name": "alone", "initial_state": state.name, "states": {state.name: state.raw}})
        return [fault for fault in alone if fault.code != "unknown_state"]

    # -- drawing

    def to_svg(self, instance: Any = None) -> str:
        """A drawing as SVG, which reads well on light and on dark. Any definition can be drawn, faulty ones too.

        With an `instance` (a model of either family, its JSON, or a list of its history events) the drawing shows where
        it has been, where it is and where it may go.
        """
        from ._drawing._svg import svg

        return svg(self, instance)

    def to_mermaid(self, instance: Any = None) -> str:
        """A drawing as a Mermaid flowchart."""
        from ._drawing._mermaid import mermaid

        return mermaid(self, instance)

    def to_dot(self, instance: Any = None) -> str:
        """A drawing in the language of Graphviz."""
        from ._drawing._dot import dot

        return dot(self, instance)

    def to_text(self, instance: Any = None) -> str:
        """A drawing for the terminal: each state with its ways out."""
        from ._drawing._lines import lines

        return lines(self, instance)

    def _repr_svg_(self) -> str:
        return self.to_svg()

    # -- being a value

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"A definition cannot be changed; make another one instead of setting {name}")

    def __eq__(self, other: object) -> bool:
        return same(self._raw, other._raw) if isinstance(other, Definition) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.name, self.initial, *self.states))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_dict, (self._raw,)

    def __repr__(self) -> str:
        return f"<Definition {self.name}, {len(self.states)} states>"
