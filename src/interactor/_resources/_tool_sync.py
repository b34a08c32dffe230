"""What it takes to make the platform's tools those of a program. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from interactor_api.errors import ConfigurationError
from interactor_api.models import Tool, ToolCreate

from interactor._functions._members import as_json
from interactor._functions._tool import FunctionTool, as_tool, several
from tandem._conventions import shorten
from tandem._json import is_object
from tandem.models import plain

AnyDefinition = FunctionTool | ToolCreate | Mapping[str, Any] | Callable[..., Any]
_NEEDED = ("name", "description", "parameters")
_FIELDS = (*_NEEDED, "callback_url")


@dataclass(slots=True)
class Plan:
    """The tools that are wanted, by name, and those that the platform has."""

    wanted: dict[str, dict[str, Any]]
    others: list[Tool] = field(default_factory=list["Tool"])
    """Those that nobody asked for."""
    _present: dict[str, tuple[Tool, dict[str, Any]]] = field(default_factory=dict[str, "tuple[Tool, dict[str, Any]]"])
    """Each tool that is there, and the fields in which it is not as wanted."""

    @classmethod
    def of(cls, wanted: Iterable[AnyDefinition]) -> Plan:
        """A plan for these. Raises ConfigurationError for two of one name."""
        return cls(_by_name(wanted))

    def meet(self, tool: Tool) -> None:
        """The platform has this one."""
        definition = self.wanted.get(tool.name)
        if definition is None:
            self.others.append(tool)
            return
        fields = _difference(definition, tool)
        # Where several bear the name: the one that is right already, or else the newest, which is listed first.
        if tool.name not in self._present or not fields:
            self._present[tool.name] = (tool, fields)

    def missing(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The names and fields of those to create."""
        return ((name, fields) for name, fields in self.wanted.items() if name not in self._present)

    def changed(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """The names, ids and new fields of those to update."""
        return ((name, tool.id, fields) for name, (tool, fields) in self._present.items() if fields)

    def unchanged(self) -> dict[str, Tool]:
        """Those that are right already."""
        return {name: tool for name, (tool, fields) in self._present.items() if not fields}


@dataclass(frozen=True, slots=True)
class ToolSync:
    """What a sync did. `tools` are all of them, in the order in which they were given."""

    tools: tuple[Tool, ...]
    created: tuple[Tool, ...] = ()
    updated: tuple[Tool, ...] = ()
    unchanged: tuple[Tool, ...] = ()
    deleted: tuple[Tool, ...] = ()

    @property
    def ids(self) -> list[str]:
        """The ids of `tools`, as assistants take them."""
        return [tool.id for tool in self.tools]

    @classmethod
    def of(
        cls, plan: Plan, created: Mapping[str, Tool], updated: Mapping[str, Tool], deleted: Iterable[Tool]
    ) -> ToolSync:
        """What came of a plan."""
        unchanged = plan.unchanged()
        found = {**unchanged, **created, **updated}
        return cls(
            tuple(found[name] for name in plan.wanted),
            tuple(created.values()),
            tuple(updated.values()),
            tuple(unchanged.values()),
            tuple(deleted),
        )

    def __repr__(self) -> str:
        counts = ", ".join(
            f"{len(getattr(self, name))} {name}" for name in ("created", "updated", "unchanged", "deleted")
        )
        return f"<ToolSync {counts}>"


def _by_name(wanted: Iterable[AnyDefinition]) -> dict[str, dict[str, Any]]:
    definitions: dict[str, dict[str, Any]] = {}
    for each in several(wanted):
        definition = _definition(each)
        name = definition.get("name")
        if not isinstance(name, str) or not name:
            raise ConfigurationError(f"A tool needs a name, and {shorten(each)} has none.")
        missing = [field for field in _NEEDED if field not in definition]
        if missing:
            raise ConfigurationError(f"Tool {name} has no {' and no '.join(missing)}.")
        if name in definitions:
            raise ConfigurationError(f"Two tools are named {name}. Rename one: @tool(name=…).")
        definitions[name] = definition
    return definitions


def _definition(each: AnyDefinition) -> dict[str, Any]:
    given = plain(each) if isinstance(each, ToolCreate | Mapping) else as_tool(each).to_dict()
    unknown = [name for name in given if name not in _FIELDS]
    if not is_object(given) or unknown:
        raise ConfigurationError(f"A tool has {', '.join(_FIELDS)}, and not {', '.join(unknown)}.")
    return {name: value for name, value in given.items() if value is not None}


def _difference(definition: Mapping[str, Any], tool: Tool) -> dict[str, Any]:
    return {name: value for name, value in definition.items() if as_json(value) != as_json(getattr(tool, name))}
