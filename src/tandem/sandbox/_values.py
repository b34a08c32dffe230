"""Text from paths, queries, headers and forms, made into what the schemas speak of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ._pointers import follow
from ._shapes import as_list, as_object

if TYPE_CHECKING:
    from ._operations import Parameter

_INTEGER = re.compile(r"-?(0|[1-9]\d{0,300})")
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,300})(\.\d{1,300})?([eE][+-]?\d{1,3})?")
_SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|"}


class Values:
    """Converts by schema. What does not convert stays text, so that validation can say what is wrong with it."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    def from_query(self, parameter: Parameter, pairs: Iterable[tuple[str, str]]) -> Any:
        """The value of a query parameter, or None when it was not sent."""
        if parameter.style == "deepObject":
            return self._deep_object(parameter, pairs)
        sent = [text for name, text in pairs if name == parameter.name]
        if not sent:
            return None
        if "array" not in self.types(parameter.schema):
            return self.from_text(sent[-1], parameter.schema)
        if not parameter.explode:
            # Nothing at all is how a list of nothing is written.
            sent = sent[-1].split(_SEPARATORS.get(parameter.style, ",")) if sent[-1] else []
        return self._items(parameter.schema, sent)

    def from_simple(self, parameter: Parameter, text: str) -> Any:
        """The value of a path or header parameter."""
        if "array" in self.types(parameter.schema):
            return self._items(parameter.schema, [part.strip() for part in text.split(",")])
        return self.from_text(text, parameter.schema)

    def from_form(self, pairs: Iterable[tuple[str, str]], schema: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of a form; a field that is declared as an array takes all of its values."""
        form: dict[str, Any] = {}
        properties = as_object(self._resolved(schema).get("properties")) or {}
        for name, text in pairs:
            declared = as_object(properties.get(name)) or {}
            if "array" in self.types(declared):
                form.setdefault(name, []).extend(self._items(declared, [text]))
            else:
                form[name] = self.from_text(text, declared)
        return form

    def from_text(self, text: str, schema: Mapping[str, Any]) -> Any:
        """One scalar."""
        types = self.types(schema)
        for kind, convert in _SCALARS.items():
            if kind in types and (value := convert(text)) is not None:
                return value
        return None if text == "" and types == {"null"} else text

    def types(self, schema: Mapping[str, Any]) -> set[str]:
        """The JSON types that a schema allows, as far as it says so on its face."""
        schema = self._resolved(schema)
        declared = schema.get("type")
        if isinstance(declared, str):
            return {declared}
        if kinds := as_list(declared):
            return {str(kind) for kind in kinds}
        found: set[str] = set()
        for union in ("anyOf", "oneOf", "allOf"):
            for branch in schema.get(union) or ():
                found |= self.types(branch)
        return found

    def _items(self, schema: Mapping[str, Any], texts: list[str]) -> list[Any]:
        item: Mapping[str, Any] = self._resolved(schema).get("items") or {}
        return [self.from_text(text, item) for text in texts]

    def _deep_object(self, parameter: Parameter, pairs: Iterable[tuple[str, str]]) -> dict[str, Any] | None:
        start = f"{parameter.name}["
        fields = [(name[len(start) : -1], text) for name, text in pairs if name.startswith(start) and name[-1] == "]"]
        return self.from_form(fields, parameter.schema) if fields else None

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        reference = schema.get("$ref")
        return follow(self._document, reference[1:])[1] if isinstance(reference, str) else schema


def _integer(text: str) -> int | None:
    return int(text) if _INTEGER.fullmatch(text) else None


def _number(text: str) -> float | None:
    value = float(text) if _NUMBER.fullmatch(text) else None
    return None if value in (float("inf"), float("-inf")) else value


def _boolean(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text)


_SCALARS: dict[str, Callable[[str], Any]] = {"integer": _integer, "number": _number, "boolean": _boolean}
