"""Calls by URL: for endpoints that the document, or this version of it, does not know."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from ._calls import Call, Operation, RequestOptions
from ._conventions import shorten
from ._core import Core
from ._errors import InvalidRequestError

# RFC 3986, section 3.3: what may stand in a path.
_PATH = re.compile(r"/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*")


def raw_call(
    core: Core[Any, Any],
    method: str,
    path: str,
    *,
    query: Mapping[str, Any] | None,
    body: Any,
    host: str | None,
    idempotency_key: str | None,
    options: RequestOptions | None,
) -> Call[Any]:
    """The call that `client.request` makes. Raises InvalidRequestError."""
    problem = _bad(method, path, query)
    if problem:
        raise core.error(InvalidRequestError, f"request: {problem}")
    if idempotency_key is not None and not core.conventions.keyed_methods:
        problem = "this platform knows no idempotency keys: a call that is sent again is carried out again."
        raise core.error(InvalidRequestError, f"request: {problem}")
    verb = method.upper()
    operation: Operation[Any] = Operation(
        name="request",
        method=verb,
        path=path,
        host=host or core.conventions.default_host,
        decode=_as_it_is,
        idempotent=verb in core.conventions.keyed_methods or idempotency_key is not None,
        body="none" if body is None else "json",
        whole_body=True,
        reply="any",
    )
    return Call(operation, query=query or {}, body=body, idempotency_key=idempotency_key, options=options)


def _bad(method: object, path: object, query: object) -> str | None:
    if not isinstance(method, str) or not (method.isascii() and method.isalpha()):
        return f"{shorten(method)} is not an HTTP method."
    if not isinstance(path, str) or not path.startswith("/"):
        return f"{shorten(path)} is not a path: one begins with a slash."
    if not _PATH.fullmatch(path):
        return f"the path {shorten(path)} must be percent-encoded ASCII text without a query."
    if {".", ".."} & set(re.split(r"[/\\]", unquote(path))):
        # Servers and proxies fold these away, in their encoded form too: the request would reach another resource.
        return f"the path {shorten(path)} has a . or .. in it, which names no object."
    if query is not None and not isinstance(query, Mapping):
        return f"query is a dict, not {shorten(query)}."
    return None


def _as_it_is(value: Any) -> Any:
    return value
