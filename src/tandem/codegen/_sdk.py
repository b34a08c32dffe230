"""The document's `x-sdk`: where an operation stands in the client and how it behaves. Nothing is guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tandem.models import is_object

from ._document import Node
from ._names import python_name
from ._problem import CodegenError

_CHOICES: dict[str, tuple[Any, ...]] = {
    "namespace": ("header", "none"),
    "idempotent": (True, False),
    "paginate": ("page", "cursor", "none"),
    "stream": ("sse", "none"),
}
_TEXTS = ("resource", "method", "host")
_OPTIONAL = ("items", "result", "body", "url")
_ROOT = ("package", "title", "error", "envelope")


@dataclass(frozen=True, slots=True)
class Root:
    """What the generator must know of the whole API."""

    package: str
    title: str
    error: str
    envelope: str


@dataclass(frozen=True, slots=True)
class Sdk:
    """What the generator must know of one operation."""

    resource: tuple[str, ...]
    method: str
    host: str
    namespace: bool
    idempotent: bool
    paginate: str
    stream: bool
    items: str
    result: str
    body: str
    url: tuple[str, str]


def root_of(document: Node) -> Root:
    """The root `x-sdk`. Raises CodegenError when a part is missing."""
    raw = _object(document, "the document")
    for key in _ROOT:
        if not isinstance(raw.get(key), str):
            raise CodegenError(f"x-sdk of the document: {key!r} is missing or no text.")
    _refuse_unknown(raw, _ROOT, "the document")
    python_name(raw["package"], raw["package"], "x-sdk of the document: package")
    if not re.fullmatch(r"[A-Z]\w*Error", raw["error"], re.ASCII):
        raise CodegenError("x-sdk of the document: 'error' must be a class name that ends in Error.")
    return Root(**{key: raw[key] for key in _ROOT})


def sdk_of(operation: Node, place: str, root: Root) -> Sdk:
    """The `x-sdk` of an operation. Raises CodegenError when a part is missing or unknown."""
    raw = _object(operation, place)
    for key, allowed in _CHOICES.items():
        if raw.get(key) not in allowed:
            choices = ", ".join(str(choice).lower() for choice in allowed)
            raise CodegenError(f"x-sdk of {place}: {key!r} must be one of {choices}, not {raw.get(key)!r}.")
    for key in _TEXTS:
        if not isinstance(raw.get(key), str) or not raw[key]:
            raise CodegenError(f"x-sdk of {place}: {key!r} is missing.")
    _refuse_unknown(raw, (*_CHOICES, *_TEXTS, *_OPTIONAL), place)
    names = tuple(raw["resource"].split("."))
    for name in (*names, raw["method"]):
        python_name(name, name, f"x-sdk of {place}")
    return Sdk(
        resource=names,
        method=raw["method"],
        host=raw["host"],
        namespace=raw["namespace"] == "header",
        idempotent=raw["idempotent"],
        paginate=raw["paginate"],
        stream=raw["stream"] == "sse",
        items=_text(raw, "items", root.envelope, place),
        result=_text(raw, "result", root.envelope, place),
        body=_text(raw, "body", "", place),
        url=_url(raw, place),
    )


def _object(node: Node, place: str) -> Node:
    raw = node.get("x-sdk")
    if not is_object(raw):
        raise CodegenError(f"x-sdk of {place} is missing.")
    return raw


def _refuse_unknown(raw: Node, known: tuple[str, ...], place: str) -> None:
    unknown = sorted(set(raw) - set(known))
    if unknown:
        raise CodegenError(f"x-sdk of {place}: {unknown[0]!r} is unknown. Known are {', '.join(sorted(known))}.")


def _text(raw: Node, key: str, default: str, place: str) -> str:
    value = raw.get(key, default)
    if not isinstance(value, str):
        raise CodegenError(f"x-sdk of {place}: {key!r} must be text.")
    return value


def _url(raw: Node, place: str) -> tuple[str, str]:
    url = raw.get("url")
    if url is None:
        return "", ""
    if not is_object(url) or set(url) != {"token", "namespace"}:
        raise CodegenError(f"x-sdk of {place}: 'url' names two query parameters: {{token: ..., namespace: ...}}.")
    return str(url["token"]), str(url["namespace"])
