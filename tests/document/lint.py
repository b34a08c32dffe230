"""Rules for the document beyond what the specification asks. Each is a pure function from document to findings."""

from __future__ import annotations

import keyword
from collections import Counter
from collections.abc import Callable, Iterator
from typing import cast

from .walking import Json, Operation, deref, escape, operations, references, resolve, schemas

Rule = Callable[[Json], list[str]]

WAIT = "Retry-After"
"""The header of replies after which one has to wait; every other header belongs to every reply."""
# Keywords of every generated method, which a field of a body must not take.
TAKEN = frozenset({"self", "options", "idempotency_key"})
# What the platforms call so themselves; no other name may be a word of Python.
GIVEN = frozenset({"and", "or", "from"})


def dangling_references(document: Json) -> list[str]:
    return [
        f"{place}: {target} points nowhere" for place, target in references(document) if not _found(document, target)
    ]


def _found(document: Json, target: str) -> bool:
    if not target.startswith("#/"):
        return False
    try:
        resolve(document, target)
    except (KeyError, IndexError, ValueError, TypeError):
        return False
    return True


def unused_components(document: Json) -> list[str]:
    """Components that no reference from outside themselves names. Security schemes are named, not referenced."""
    components = document.get("components", {})
    used = {target for place, target in references(document) if not place.startswith(f"{target}/")}
    named = {name for needs in _security(document) for name in needs}
    findings = [
        f"#/components/{kind}/{name} is not used"
        for kind, members in components.items()
        if kind != "securitySchemes"
        for name in members
        if f"#/components/{kind}/{escape(name)}" not in used
    ]
    return findings + [
        f"#/components/securitySchemes/{name} is not used"
        for name in components.get("securitySchemes", {})
        if name not in named
    ]


def _security(document: Json) -> Iterator[Json]:
    yield from document.get("security", [])
    for operation in operations(document):
        yield from operation.node.get("security", [])


def undeclared_scopes(document: Json) -> list[str]:
    """A scheme that cannot declare scopes, such as an API key, takes those of the document's other schemes."""
    schemes: Json = document.get("components", {}).get("securitySchemes", {})
    own = {
        name: {scope for flow in scheme["flows"].values() for scope in flow["scopes"]}
        for name, scheme in schemes.items()
        if "flows" in scheme
    }
    shared = {scope for scopes in own.values() for scope in scopes}
    declared = {name: own.get(name, shared) for name in schemes}
    return [
        f"{operation.place}: {name} {scope} is not declared"
        for operation in operations(document)
        for needs in operation.node.get("security", [])
        for name, scopes in needs.items()
        for scope in scopes
        if scope not in declared.get(name, set())
    ]


def operations_without_summary(document: Json) -> list[str]:
    return [f"{operation.place} has no summary" for operation in _texts_missing(document, "summary")]


def operations_without_description(document: Json) -> list[str]:
    return [f"{operation.place} has no description" for operation in _texts_missing(document, "description")]


def _texts_missing(document: Json, field: str) -> Iterator[Operation]:
    return (operation for operation in operations(document) if not str(operation.node.get(field, "")).strip())


def operations_without_declared_tag(document: Json) -> list[str]:
    declared = {tag["name"] for tag in document.get("tags", [])}
    return [
        f"{operation.place} needs one tag that the root declares"
        for operation in operations(document)
        if len(operation.node.get("tags", [])) != 1 or operation.node["tags"][0] not in declared
    ]


def tags_without_description(document: Json) -> list[str]:
    return [f"tag {tag['name']} has no description" for tag in document.get("tags", []) if not tag.get("description")]


def operations_without_error_replies(document: Json) -> list[str]:
    """429 is no 4xx here: it says nothing of the operation itself."""
    findings: list[str] = []
    for operation in operations(document):
        statuses = set(operation.node.get("responses", {}))
        if not any(status.startswith("4") for status in statuses - {"429"}):
            findings.append(f"{operation.place} has no 4xx reply")
        findings += [f"{operation.place} has no {status} reply" for status in ("429", "500") if status not in statuses]
    return findings


def undescribed_parameters(document: Json) -> list[str]:
    declared = [
        (f"#/components/parameters/{name}", parameter)
        for name, parameter in document.get("components", {}).get("parameters", {}).items()
    ]
    inline = [
        (f"{operation.place} {parameter.get('name')}", parameter)
        for operation in operations(document)
        for parameter in operation.node.get("parameters", [])
    ]
    return [f"{place} has no description" for place, node in declared + inline if not _described(document, node)]


def undescribed_schemas(document: Json) -> list[str]:
    """Components and their properties, and properties of schemas that have no name."""
    findings = [
        f"#/components/schemas/{name} has no description"
        for name, schema in document.get("components", {}).get("schemas", {}).items()
        if not _described(document, schema)
    ]
    return findings + [
        f"{place}/properties/{name} has no description"
        for place, schema in schemas(document)
        for name, node in schema.get("properties", {}).items()
        if not _described(document, node)
    ]


def _described(document: Json, node: Json) -> bool:
    return bool(str(node.get("description", "")).strip() or str(deref(document, node).get("description", "")).strip())


def wrong_operation_ids(document: Json) -> list[str]:
    """Resource and method of `x-sdk`, joined by underscores, each only once."""
    findings: list[str] = []
    for operation in operations(document):
        given, wanted = operation.node.get("operationId"), operation.name.replace(".", "_")
        if given != wanted:
            findings.append(f"{operation.place} is called {given} instead of {wanted}")
    counts = Counter(operation.node.get("operationId") for operation in operations(document))
    return findings + [f"{name} names {count} operations" for name, count in counts.items() if count > 1]


def replies_without_headers(document: Json) -> list[str]:
    """Every reply has every header that the document declares; one that asks to wait says how long."""
    every = set(document.get("components", {}).get("headers", {}))
    findings: list[str] = []
    for operation in operations(document):
        for status, reply in operation.node.get("responses", {}).items():
            given = set(deref(document, reply).get("headers", {}))
            missing = sorted((every if status in ("429", "503") else every - {WAIT}) - given)
            findings += [f"{operation.place} {status} lacks {', '.join(missing)}"] * bool(missing)
    return findings


def contents_without_example(document: Json) -> list[str]:
    """Bodies and replies, of operations and of webhooks."""
    findings: list[str] = []
    for place, node in _senders(document):
        bodies = [("body", node.get("requestBody", {})), *node.get("responses", {}).items()]
        for part, holder in bodies:
            for media in deref(document, holder).get("content", {}).values():
                if "example" not in media and not media.get("examples"):
                    findings.append(f"{place} {part} has no example")
    return findings


def _senders(document: Json) -> Iterator[tuple[str, Json]]:
    yield from ((operation.place, operation.node) for operation in operations(document))
    for name, item in document.get("webhooks", {}).items():
        yield from ((f"webhook {name}", node) for node in item.values())


def unusable_names(document: Json) -> list[str]:
    """Fields of bodies that collide with a keyword of the generated method, and words of Python."""
    findings: list[str] = []
    for operation in operations(document):
        in_path = {deref(document, parameter).get("name") for parameter in operation.node.get("parameters", [])}
        for media in operation.node.get("requestBody", {}).get("content", {}).values():
            fields = set(deref(document, cast(Json, media.get("schema", {}))).get("properties", {}))
            findings += [f"{operation.place}: field {name} is taken" for name in sorted(fields & (in_path | TAKEN))]
    return findings + [
        f"{place}/properties/{name} is a word of Python"
        for place, schema in schemas(document)
        for name in schema.get("properties", {})
        if keyword.iskeyword(name) and name not in GIVEN
    ]


RULES: tuple[Rule, ...] = (
    dangling_references,
    unused_components,
    undeclared_scopes,
    operations_without_summary,
    operations_without_description,
    operations_without_declared_tag,
    tags_without_description,
    operations_without_error_replies,
    undescribed_parameters,
    undescribed_schemas,
    wrong_operation_ids,
    replies_without_headers,
    contents_without_example,
    unusable_names,
)
