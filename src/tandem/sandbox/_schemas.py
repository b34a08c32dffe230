"""Values held against the document's schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError, Validator

_BASE = "urn:api"
_MOST = 20  # violations told at once
_LONGEST = 300  # characters of a message


class Violation(NamedTuple):
    """One way in which a value breaks the document. `field` is a dotted path ("items.0.title"), "" for the whole."""

    field: str
    message: str
    keyword: str = ""
    where: str = "body"


class Schemas:
    """Validators by pointer, compiled when they are first needed and kept. Secret names come in lower case."""

    def __init__(self, document: Mapping[str, Any], secret_names: frozenset[str] = frozenset()) -> None:
        self._document = document
        self._secret_names = secret_names
        self._registry: Any = None
        self._validators: dict[str, Validator] = {}

    def check(self, pointer: str, value: Any, where: str = "body", prefix: str = "") -> list[Violation]:
        """What is wrong with a value under the schema at `pointer`; nothing, when the list is empty."""
        validator = self._validators.get(pointer) or self._compile(pointer)
        try:
            if validator.is_valid(value):
                return []
            errors = list(_leaves(validator.iter_errors(value)))
        except (ValueError, TypeError, RecursionError) as error:
            # The value has no JSON form: a key that is no string, half of a surrogate pair, an endless nesting.
            return [Violation(prefix, f"is not JSON: {error}", "json", where)]
        return [self._violation(error, where, prefix) for error in errors[:_MOST]]

    def _compile(self, pointer: str) -> Validator:
        # Imported late: a platform is up before its first body needs validating.
        from jsonschema_rs import Draft202012, Registry, validator_for

        if self._registry is None:
            self._registry = Registry([(_BASE, dict(self._document))], draft=Draft202012)
        made = validator_for(
            {"$ref": f"{_BASE}#{pointer}"}, registry=self._registry, validate_formats=True, offline=True
        )
        self._validators[pointer] = made
        return made

    def _violation(self, error: ValidationError, where: str, prefix: str) -> Violation:
        path = [*([prefix] if prefix else []), *(str(step) for step in error.instance_path)]
        keyword = error.kind.name
        message = _message(error, secret=any(step.lower() in self._secret_names for step in path))
        if keyword == "required":
            path.append(str(getattr(error.kind, "property", "")))
        return Violation(".".join(path), message, keyword, where)


def _leaves(errors: Iterator[ValidationError] | list[ValidationError]) -> Iterator[ValidationError]:
    """The errors that say most: of a failed oneOf or anyOf, those of the branch that was evidently meant."""
    for error in errors:
        branches: list[list[ValidationError]] = getattr(error.kind, "context", None) or []
        meant = [branch for branch in branches if branch and not any(_excludes(error, inner) for inner in branch)]
        if len(meant) == 1 and error.kind.name in ("oneOf", "anyOf"):
            yield from _leaves(meant[0])
        else:
            yield error


def _excludes(union: ValidationError, inner: ValidationError) -> bool:
    """Whether this error of a branch says "another branch was meant": a wrong discriminator, or a wrong type at all."""
    depth = len(inner.instance_path) - len(union.instance_path)
    return (inner.kind.name in ("const", "enum") and depth == 1) or (inner.kind.name == "type" and depth <= 0)


def _message(error: ValidationError, *, secret: bool) -> str:
    """What is wrong, without quoting a secret: neither by itself, nor as a part of the object that holds it."""
    keyword = error.kind.name
    if keyword == "required":
        return "is required"
    if secret:
        return "is not valid"
    if not isinstance(error.instance, dict | list):
        return error.message if len(error.message) <= _LONGEST else f"{error.message[:_LONGEST]}…"
    if keyword == "type":
        return f"is not of type {' or '.join(getattr(error.kind, 'types', []))}"
    if keyword in ("oneOf", "anyOf"):
        return "has none of the forms it may have"
    if keyword in ("additionalProperties", "unevaluatedProperties"):
        return f"has unknown fields: {', '.join(getattr(error.kind, 'unexpected', []))}"
    limit = getattr(error.kind, "limit", None)
    return f"breaks {keyword}" if limit is None else f"breaks {keyword} {limit}"
