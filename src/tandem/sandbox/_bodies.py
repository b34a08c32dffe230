"""Bodies, read by their media type."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from ._api import ApiOperation
from ._operations import is_json
from ._pointers import look_up
from ._request import Request
from ._shapes import as_list, as_object
from ._uploads import MULTIPART, UnreadableFormError, Upload, as_upload, read_parts
from ._values import Values

FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 1000
_DEEPEST = 200  # levels; far below what the interpreter's own stack would bear


class MalformedBodyError(ValueError):
    """The body is not what its media type says; the message gives the reason."""


class WrongMediaTypeError(ValueError):
    """The document does not list this media type; the message lists those it does."""

    def __init__(self, media_type: str, accepted: list[str]) -> None:
        super().__init__(f"{media_type}, not one of {', '.join(accepted)}")
        self.media_type = media_type
        self.accepted = accepted


def parse_json(content: bytes) -> Any:
    """Strict JSON in UTF-8: no NaN, no infinite numbers, no halves of surrogate pairs, no endless nesting."""
    try:
        text = content.decode("utf-8")
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
        if text.count("[") + text.count("{") > _DEEPEST:
            _refuse_depth(value)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise MalformedBodyError("it is nested too deeply") from None
    except UnicodeError:
        raise MalformedBodyError("it is not text in UTF-8") from None
    except ValueError as error:
        raise MalformedBodyError(_reason(error)) from None
    return value


def parse_body(operation: ApiOperation, request: Request, document: dict[str, Any]) -> Any:
    """What an operation's handler gets as `body`: None without content, bytes when it is neither JSON nor a form."""
    media_type, content = request.media_type, request.body
    accepted = operation.body.content
    if not accepted or (not content and (media_type not in accepted or is_json(media_type))):
        return None
    media_type = media_type or next(iter(accepted))
    if media_type not in accepted and not (is_json(media_type) and any(is_json(other) for other in accepted)):
        raise WrongMediaTypeError(media_type, list(accepted))
    if is_json(media_type):
        return parse_json(content)
    pointer = accepted.get(media_type)
    schema: dict[str, Any] = look_up(document, pointer) if pointer else {}
    if media_type == FORM:
        return parse_form(content, schema, document)
    if media_type == MULTIPART:
        return parse_multipart(content, request.headers.get("content-type", ""), schema, document)
    return content


def parse_form(content: bytes, schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """A form's fields, converted by a schema."""
    try:
        pairs = parse_qsl(content.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except UnicodeError:
        raise MalformedBodyError("it is not text in UTF-8") from None
    except ValueError as error:
        raise MalformedBodyError(str(error)) from None
    return Values(document).from_form(pairs, schema)


def parse_multipart(
    content: bytes, content_type: str, schema: dict[str, Any], document: dict[str, Any]
) -> dict[str, Any]:
    """A form's fields, converted by a schema, and its files; of files with one name, the last.

    What the schema calls binary is a file, also when it was sent without a name.
    """
    properties = as_object(schema.get("properties")) or {}
    binary = {name for name, declared in properties.items() if declared.get("format") == "binary"}
    try:
        parts = list(read_parts(content, content_type))
    except UnreadableFormError as error:
        raise MalformedBodyError(str(error)) from None
    files = {name: as_upload(value) for name, value in parts if isinstance(value, Upload) or name in binary}
    texts = [(name, value) for name, value in parts if isinstance(value, str) and name not in binary]
    return {**Values(document).from_form(texts, schema), **files}


def parse_freely(media_type: str, content: bytes) -> Any:
    """A body that no document describes: JSON, a form, or bytes."""
    if not content:
        return None
    if is_json(media_type):
        return parse_json(content)
    return parse_form(content, {}, {}) if media_type == FORM else content


def schema_for(operation: ApiOperation, media_type: str) -> str | None:
    """The pointer of the schema that a body of this media type has to keep to."""
    content = operation.body.content
    if media_type in content:
        return content[media_type]
    return next((pointer for accepted, pointer in content.items() if is_json(accepted)), None)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError("a number is too large")
    return value


def _refuse_depth(value: Any) -> None:
    level: list[Any] = [value]
    for _ in range(_DEEPEST):
        level = [inner for outer in level for inner in (as_list(outer) or (as_object(outer) or {}).values())]
        if not level:
            return
    raise RecursionError


def _reason(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg[:1].lower()}{error.msg[1:]} at line {error.lineno}, column {error.colno}"
    return str(error)
