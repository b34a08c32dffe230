"""Request bodies as bytes, or as uploads where there is more to send than belongs into memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from . import _json
from ._calls import Call, Operation, RequestOptions
from ._query import encode_query

if TYPE_CHECKING:
    from ._uploads import Upload


def encode_body(call: Call[Any], options: RequestOptions) -> tuple[bytes | Upload | None, str | None]:
    """The body and its content type. Raises ValueError, with the reason, on what cannot be sent."""
    kind, extra, progress = call.operation.body, options.get("extra_body"), options.get("progress")
    if kind == "none" and not extra:
        return None, None
    try:
        content, media_type = _encoded(call.operation, _with_extra(call, extra))
    except UnicodeEncodeError:
        raise ValueError("the body cannot be sent: it is not valid Unicode text") from None
    except (ValueError, TypeError, RecursionError, OSError) as problem:
        raise ValueError(f"the body cannot be sent: {problem}") from None
    if progress is None:
        return content, media_type
    from ._uploads import reported

    return reported(content, progress), media_type


def _encoded(operation: Operation[Any], body: Any) -> tuple[bytes | Upload, str]:
    if operation.body == "form":
        return encode_query(_fields(body), {}).encode(), "application/x-www-form-urlencoded"
    if operation.body == "multipart":
        from ._multipart import encode_multipart  # with what it needs, more than all other bodies together

        return encode_multipart(_fields(body), operation.files)
    return _json.dumps(body), "application/json"


def _with_extra(call: Call[Any], extra: Mapping[str, Any] | None) -> Any:
    body: Any = {} if call.body is None else call.body
    if call.operation.whole_body and not extra:
        return body
    fields = _fields(body)
    if not call.operation.whole_body:
        fields = {name: value for name, value in fields.items() if value is not None}
    return {**fields, **extra} if extra else fields


def _fields(body: Any) -> Mapping[str, Any]:
    """The body as an object: a mapping or a model."""
    to_dict = getattr(body, "to_dict", None)
    if to_dict is not None:
        body = to_dict()
    if not isinstance(body, Mapping):
        raise ValueError(f"an object was due, not {type(body).__name__}")
    return cast("Mapping[str, Any]", body)
