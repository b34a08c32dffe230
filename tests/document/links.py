"""Rules for links: where a reply's values lead to. Each is a pure function from document to findings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .walking import Json, Operation, children, deref, is_object, operations

COMPOSED = ("oneOf", "anyOf", "allOf")


def broken_links(document: Json) -> list[str]:
    """Links that name no operation, or that give it a parameter it has not, or not all that its path needs."""
    known = {operation.node.get("operationId"): operation for operation in operations(document)}
    findings: list[str] = []
    for source, _, name, link in _links(document):
        target = known.get(link.get("operationId"))
        if target is None:
            findings.append(f"{source.place} {name} names no operation")
            continue
        places = {parameter["name"]: parameter["in"] for parameter in _parameters(document, target)}
        given = set(link.get("parameters", {}))
        needed = {parameter for parameter, place in places.items() if place == "path"}
        findings += [f"{source.place} {name}: {target.place} has no {extra}" for extra in sorted(given - set(places))]
        findings += [f"{source.place} {name}: {target.place} needs {missing}" for missing in sorted(needed - given)]
    return findings


def empty_expressions(document: Json) -> list[str]:
    """Expressions of links that point at nothing their request or reply can hold."""
    return [
        f"{source.place} {name}: {expression} finds nothing"
        for source, reply, name, link in _links(document)
        for expression in _expressions([link.get("parameters", {}), link.get("requestBody", {})])
        if not _finds(document, source, reply, expression)
    ]


def unlinked_operations(document: Json) -> list[str]:
    """Operations below some object that no reply leads to."""
    reached = {link.get("operationId") for _, _, _, link in _links(document)}
    return [
        f"{operation.place} is reached by no link"
        for operation in operations(document)
        if "{" in operation.path and operation.node.get("operationId") not in reached
    ]


def _links(document: Json) -> Iterator[tuple[Operation, Json, str, Json]]:
    """Every link with the operation and the reply that it stands in, and its name."""
    for operation in operations(document):
        for reply in operation.node.get("responses", {}).values():
            for name, link in deref(document, reply).get("links", {}).items():
                yield operation, deref(document, reply), name, deref(document, link)


def _parameters(document: Json, operation: Operation) -> list[Json]:
    return [deref(document, parameter) for parameter in operation.node.get("parameters", [])]


def _expressions(node: Any) -> Iterator[str]:
    for _, _, value in children(node, ""):
        if isinstance(value, str) and value.startswith("$"):
            yield value
        else:
            yield from _expressions(value)


def _finds(document: Json, source: Operation, reply: Json, expression: str) -> bool:
    where, _, pointer = expression.partition("#")
    if where == "$response.body":
        return _reaches(document, _schema(document, reply), pointer.split("/")[1:])
    if where == "$request.body":
        return _reaches(document, _schema(document, source.node.get("requestBody", {})), pointer.split("/")[1:])
    return any(f"$request.{p['in']}.{p['name']}" == expression for p in _parameters(document, source))


def _schema(document: Json, holder: Json) -> Json:
    media = deref(document, holder).get("content", {}).get("application/json", {})
    schema: Json = media.get("schema", {})
    return schema


def _reaches(document: Json, schema: Json, steps: list[str]) -> bool:
    """Whether the schema, or one that it is composed of, declares what the steps lead to; a number is an item."""
    if not steps:
        return True
    node = deref(document, schema)
    within = node.get("items") if steps[0].isdecimal() else node.get("properties", {}).get(steps[0])
    if is_object(within) and _reaches(document, within, steps[1:]):
        return True
    return any(_reaches(document, member, steps) for key in COMPOSED for member in node.get(key, []))
