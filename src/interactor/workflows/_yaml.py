"""Definitions as YAML, where PyYAML is installed."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from tandem._json import is_object

from ._faults import DefinitionError
from ._limits import DEEPEST
from ._places import Place
from ._positions import Point, Positions, by_state_name
from ._texts import decoded, unreadable

_MOST_NODES = 100_000


def read_yaml(source: str | bytes) -> tuple[dict[str, Any], Positions]:
    """The object in a YAML text, and where its parts stand."""
    yaml = _library()
    text = decoded(source)
    try:
        reading = _Reading(yaml, yaml.SafeLoader(text))
        value = reading.value()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise unreadable("YAML", str(error.problem or error.context), line, column) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise unreadable("YAML", str(error).splitlines()[0], 1, 1) from error
    if not is_object(value):
        raise unreadable("definition", "it is not an object", 1, 1)
    return value, by_state_name(reading.points, value)


def yaml_text(value: dict[str, Any]) -> str:
    """An object as YAML, for people to read: long texts as blocks."""
    yaml = _library()

    class Dumper(yaml.SafeDumper):  # type: ignore[misc, name-defined]  # the library is there only at run time
        pass

    def text(dumper: Any, value: str) -> Any:
        style = "|" if "\n" in value else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    written: str = yaml.dump(value, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=120)
    return written


class _Reading:
    """One document on its way from nodes to plain values. Names are texts as written, and dates are texts too."""

    def __init__(self, yaml: Any, loader: Any) -> None:
        self.points: dict[Place, Point] = {}
        self._yaml = yaml
        self._loader = loader
        self._nodes = 0

    def value(self) -> Any:
        """The document as a JSON value."""
        node = self._loader.get_single_node()
        return None if node is None else self._value(node, (), node)

    def _value(self, node: Any, place: Place, shown: Any) -> Any:
        self._nodes += 1
        # An alias repeats what it stands for, and aliases of aliases could fill any memory.
        if self._nodes > _MOST_NODES or len(place) > DEEPEST:
            mark = shown.start_mark
            raise unreadable("definition", "it is too large or too deep", mark.line + 1, mark.column + 1)
        self.points[place] = (shown.start_mark.line + 1, shown.start_mark.column + 1)
        if isinstance(node, self._yaml.SequenceNode):
            return [self._value(item, (*place, index), item) for index, item in enumerate(node.value)]
        if isinstance(node, self._yaml.MappingNode):
            self._loader.flatten_mapping(node)
            return {name.value: self._value(item, (*place, str(name.value)), name) for name, item in self._pairs(node)}
        if node.tag.removeprefix("tag:yaml.org,2002:") in ("null", "bool", "int", "float"):
            return self._loader.construct_object(node)
        return node.value

    def _pairs(self, node: Any) -> Any:
        for name, item in node.value:
            if not isinstance(name, self._yaml.ScalarNode):
                mark = name.start_mark
                raise unreadable("definition", "a name must be a text", mark.line + 1, mark.column + 1)
            yield name, item


def _library() -> ModuleType:
    try:
        import yaml
    except ImportError as error:
        raise DefinitionError(
            "YAML needs PyYAML: pip install 'interactor[cli]', or write the definition as JSON."
        ) from error
    return yaml
