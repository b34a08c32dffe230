"""Request bodies as bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlencode

from . import _json
from ._calls import Call
from ._multipart import encode_multipart
from ._query import query_text


def encode_body(call: Call[Any], extra: Mapping[str, Any] | None) -> tuple[bytes | None, str | None]:
    """The body and its content type. Raises ValueError, with the reason, on what cannot be sent."""
    kind = call.operation.body
    if kind == "none" and not extra:
        return None, None
    body = _with_extra(call, extra)
    try:
        if kind == "form":
            return urlencode({name: query_text(value) for name, value in body.items()}).encode(), (
                "application/x-www-form-urlencoded"
            )
        if kind == "multipart":
            return encode_multipart(body)
        return _json.dumps(body), "application/json"
    except (TypeError, RecursionError, OSError) as problem:
        raise ValueError(str(problem)) from None


def _with_extra(call: Call[Any], extra: Mapping[str, Any] | None) -> Any:
    body: Any = {} if call.body is None else call.body
    if not isinstance(body, Mapping):
        if extra:
            raise ValueError("extra_body can only be added to a body that is an object")
        return body
    fields = cast("Mapping[str, Any]", body)
    if not call.operation.whole_body:
        fields = {name: value for name, value in fields.items() if value is not None}
    return {**fields, **extra} if extra else fields
