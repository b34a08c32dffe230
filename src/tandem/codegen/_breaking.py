"""Two documents compared: operations, their parameters, bodies and replies, webhooks and schemas."""

from __future__ import annotations

import re
from typing import Any

from tandem.models import is_object

from ._changes import Changes
from ._document import Node, operations, resolve
from ._schema_changes import SchemaChanges
from ._schemas import Schemas


def compare(old: Node, new: Node) -> Changes:
    """What changed from the old document to the new one."""
    changes = Changes()
    _Comparison(changes, old, new).run()
    return changes


class _Comparison:
    def __init__(self, changes: Changes, old: Node, new: Node) -> None:
        self._changes = changes
        self._old = old
        self._new = new
        self._schemas = SchemaChanges(changes, Schemas(old), Schemas(new))

    def run(self) -> None:
        before, after = _by_place(self._old), _by_place(self._new)
        for key, (place, _) in before.items():
            if key not in after:
                self._changes.add(place, "removed", breaks=True)
        for key, (place, operation) in after.items():
            if key in before:
                self._operation(place, before[key][1], operation)
            else:
                self._changes.add(place, "added", breaks=False)
        self._webhooks()
        self._schemas.components()

    def _operation(self, place: str, old: Node, new: Node) -> None:
        self._sdk(place, old.get("x-sdk") or {}, new.get("x-sdk") or {})
        self._security(place, old, new)
        if new.get("deprecated") and not old.get("deprecated"):
            self._changes.add(place, "deprecated", breaks=False)
        self._parameters(place, old, new)
        self._body(place, old, new)
        self._reply(place, old, new)

    def _sdk(self, place: str, old: Node, new: Node) -> None:
        before, after = _attribute(old), _attribute(new)
        if before != after:
            self._changes.add(place, f"is {after} now, was {before}", breaks=True)
        if old.get("idempotent") != new.get("idempotent"):
            said = "takes an idempotency key now" if new.get("idempotent") else "takes no idempotency key any more"
            self._changes.add(place, said, breaks=not new.get("idempotent"))
        for key in ("paginate", "stream", "body", "url", "namespace"):
            if old.get(key) != new.get(key):
                breaks = key != "namespace" and not (key == "url" and not old.get(key))
                self._changes.add(place, f"{key} is {_told(new.get(key))}, was {_told(old.get(key))}", breaks=breaks)

    def _security(self, place: str, old: Node, new: Node) -> None:
        before, after = _alternatives(self._old, old), _alternatives(self._new, new)
        for have in before:
            if not any(need <= have for need in after):
                needed = " or ".join(", ".join(sorted(need)) or "nothing" for need in after)
                self._changes.add(
                    place, f"{', '.join(sorted(have)) or 'no token'} is not enough: {needed}", breaks=True
                )

    def _parameters(self, place: str, old: Node, new: Node) -> None:
        before, after = _parameters(self._old, old), _parameters(self._new, new)
        for (where, name), _ in before.items():
            if (where, name) not in after:
                self._changes.add(place, f"the {where} parameter {name!r} is gone", breaks=True)
        for (where, name), parameter in after.items():
            required = bool(parameter.get("required"))
            if (where, name) not in before:
                said = f"the {where} parameter {name!r} is new" + (" and required" if required else "")
                self._changes.add(place, said, breaks=required)
                continue
            was = before[where, name]
            if required != bool(was.get("required")):
                said = f"the {where} parameter {name!r} is {'required' if required else 'optional'} now"
                self._changes.add(place, said, breaks=required)
            self._schemas.compare(f"{place} {name}", was.get("schema", {}), parameter.get("schema", {}), "in")

    def _body(self, place: str, old: Node, new: Node) -> None:
        before, after = resolve(self._old, old.get("requestBody")), resolve(self._new, new.get("requestBody"))
        if before and not after:
            self._changes.add(place, "takes no body any more", breaks=True)
        if after.get("required") and not before.get("required"):
            self._changes.add(place, "needs a body now", breaks=True)
        was, now = before.get("content", {}), after.get("content", {})
        for media_type in was:
            if now and media_type not in now:
                self._changes.add(place, f"the body may not be {media_type} any more", breaks=True)
        for media_type in now:
            if media_type in was:
                schemas = was[media_type].get("schema", {}), now[media_type].get("schema", {})
                self._schemas.compare(f"{place} body", *schemas, "in")

    def _reply(self, place: str, old: Node, new: Node) -> None:
        before, after = _success(self._old, old), _success(self._new, new)
        for media_type, media in before.items():
            if media_type in after:
                schemas = media.get("schema", {}), after[media_type].get("schema", {})
                self._schemas.compare(f"{place} reply", *schemas, "out")
            else:
                self._changes.add(place, f"the reply is not {media_type} any more", breaks=True)
        for media_type in after:
            if media_type not in before:
                self._changes.add(place, f"the reply may be {media_type} now", breaks=not before)

    def _webhooks(self) -> None:
        before: Node = self._old.get("webhooks") or {}
        after: Node = self._new.get("webhooks") or {}
        for name in before:
            if name not in after:
                self._changes.add(f"webhook {name}", "removed", breaks=True)
        for name, item in after.items():
            if name not in before:
                self._changes.add(f"webhook {name}", "added", breaks=False)
                continue
            was, now = (_sent(*pair) for pair in ((self._old, before[name]), (self._new, item)))
            self._schemas.compare(f"webhook {name}", was, now, "out")


def _by_place(document: Node) -> dict[tuple[str, str], tuple[str, Node]]:
    found: dict[tuple[str, str], tuple[str, Node]] = {}
    for path, method, operation, item in operations(document):
        whole = {**operation, "parameters": [*item.get("parameters", ()), *operation.get("parameters", ())]}
        # A renamed path parameter is the same operation: it is told as a parameter that went and one that came.
        found[method, re.sub(r"\{[^}]*\}", "{}", path)] = (f"{method.upper()} {path}", whole)
    return found


def _attribute(sdk: Node) -> str:
    return f"client.{sdk.get('resource', '?')}.{sdk.get('method', '?')}"


def _alternatives(document: Node, operation: Node) -> list[set[str]]:
    stated: Any = operation.get("security", document.get("security", []))
    needs = [{f"{name}:{scope}" for name in one for scope in one[name] or ("",)} for one in stated]
    return [{need.rstrip(":") for need in one} for one in needs] or [set()]


def _parameters(document: Node, operation: Node) -> dict[tuple[str, str], Node]:
    resolved = [resolve(document, one) for one in operation["parameters"]]
    return {(one["in"], one["name"]): one for one in resolved}


def _success(document: Node, operation: Node) -> Node:
    content: Node = {}
    for status, response in operation.get("responses", {}).items():
        if status.startswith("2"):
            content.update(resolve(document, response).get("content", {}))
    return content


def _sent(document: Node, item: Any) -> Node:
    for operation in resolve(document, item).values():
        if is_object(operation) and "requestBody" in operation:
            content: dict[str, Node] = resolve(document, operation["requestBody"]).get("content", {})
            for media in content.values():
                return resolve(document, media.get("schema"))
    return {}


def _told(value: Any) -> str:
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
