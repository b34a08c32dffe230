"""The declared parameters of one request: read, converted, held against the document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tandem._headers import Headers

from ._api import ApiOperation
from ._operations import Parameter
from ._request import Request
from ._schemas import Schemas, Violation
from ._values import Values

# These have a meaning of their own in HTTP; OpenAPI says to ignore parameters of their names.
_RESERVED = frozenset({"accept", "content-type", "authorization"})


class Parameters(NamedTuple):
    """What was read, and what is wrong with it."""

    query: dict[str, Any]
    violations: list[Violation]


def read_parameters(
    operation: ApiOperation, request: Request, path: Mapping[str, str], values: Values, schemas: Schemas
) -> Parameters:
    """All of them. An absent parameter takes its documented default; an optional one without a default stays away."""
    read = Parameters({}, [])
    for parameter in operation.parameters:
        if parameter.where == "header" and parameter.name.lower() in _RESERVED:
            continue
        value = _value(parameter, request, path, values)
        if value is None:
            if parameter.required:
                read.violations.append(Violation(parameter.name, "is required", "required", parameter.where))
            elif parameter.where == "query" and "default" in parameter.schema:
                read.query[parameter.name] = parameter.schema["default"]
            continue
        read.violations.extend(schemas.check(parameter.pointer, value, parameter.where, parameter.name))
        if parameter.where == "query":
            read.query[parameter.name] = value
    return read


def check_headers(
    declared: tuple[Parameter, ...], headers: Headers, values: Values, schemas: Schemas
) -> Iterator[Violation]:
    """What is wrong with the headers of a reply."""
    for parameter in declared:
        text = headers.get(parameter.name)
        if text is not None:
            value = values.from_simple(parameter, text)
            yield from schemas.check(parameter.pointer, value, "header", parameter.name)
        elif parameter.required:
            yield Violation(parameter.name, "is required", "required", "header")


def _value(parameter: Parameter, request: Request, path: Mapping[str, str], values: Values) -> Any:
    if parameter.where == "query":
        return values.from_query(parameter, request.query_pairs)
    if parameter.where == "path":
        return values.from_simple(parameter, path[parameter.name])
    text = request.headers.get(parameter.name) if parameter.where == "header" else None
    return None if text is None else values.from_simple(parameter, text)
