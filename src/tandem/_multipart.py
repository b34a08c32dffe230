"""multipart/form-data (RFC 7578) from fields and files."""

from __future__ import annotations

import mimetypes
import secrets
from collections.abc import Iterator, Mapping
from os import PathLike, fspath
from pathlib import Path, PurePath
from typing import Any, cast

from . import _json
from ._query import query_text

_BYTES = bytes | bytearray | memoryview


def encode_multipart(fields: Mapping[str, Any]) -> tuple[bytes, str]:
    """The body and its content type, with a boundary of its own. Files are read whole.

    Raises ValueError, TypeError or OSError on what cannot be sent.
    """
    boundary = secrets.token_hex(16)
    parts: list[bytes] = []
    for name, value in fields.items():
        for header, content in _parts(name, value):
            parts += [f"--{boundary}\r\nContent-Disposition: form-data; {header}\r\n\r\n".encode(), content, b"\r\n"]
    parts.append(f"--{boundary}--\r\n".encode())
    return b"".join(parts), f"multipart/form-data; boundary={boundary}"


def _parts(name: str, value: Any) -> Iterator[tuple[str, bytes]]:
    label = f'name="{_quoted(name)}"'
    if value is None:
        return
    if _json.is_array(value):
        for item in value:
            yield from _parts(name, item)
    elif isinstance(value, _BYTES | PathLike | tuple) or hasattr(value, "read"):
        filename, content, kind = _file(value)
        yield f'{label}; filename="{_quoted(filename)}"\r\nContent-Type: {kind}', content
    elif isinstance(value, Mapping) or hasattr(value, "to_dict"):
        yield f"{label}\r\nContent-Type: application/json", _json.dumps(value)
    else:
        yield label, query_text(value).encode()


def _file(value: Any) -> tuple[str, bytes, str]:
    if isinstance(value, PathLike):
        path = Path(fspath(cast("PathLike[str]", value)))
        return path.name, path.read_bytes(), _kind(path.name)
    if isinstance(value, tuple):
        return _named(*value)
    name = PurePath(str(getattr(value, "name", "file"))).name
    return name, _content(value), _kind(name)


def _named(name: Any, content: Any, kind: Any = None) -> tuple[str, bytes, str]:
    media_type = _kind(str(name)) if kind is None else str(kind)
    if not media_type.isascii() or not media_type.isprintable():
        raise ValueError("the content type of a file must be printable ASCII text")
    return str(name), _content(content), media_type


def _content(value: Any) -> bytes:
    content = value.read() if hasattr(value, "read") else value
    if not isinstance(content, _BYTES):
        raise ValueError(f"a file is bytes or opened in binary mode, not {type(content).__name__}")
    return bytes(content)  # pyright: ignore[reportUnknownArgumentType]  # a memoryview of any format is bytes too


def _kind(filename: str) -> str:
    return mimetypes.guess_type(filename)[0] or "application/octet-stream"


def _quoted(text: str) -> str:
    # The escapes that browsers use: a quote or a line break in a name must not end the header.
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
