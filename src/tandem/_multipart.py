"""multipart/form-data (RFC 7578) from fields and files."""

from __future__ import annotations

import mimetypes
import secrets
from collections.abc import Iterator, Mapping
from os import PathLike, fspath
from pathlib import Path, PurePath
from typing import Any, cast

from ._json import is_array
from ._query import query_text


def encode_multipart(fields: Mapping[str, Any]) -> tuple[bytes, str]:
    """The body and its content type, with a boundary of its own. Files are read whole."""
    boundary = secrets.token_hex(16)
    parts: list[bytes] = []
    for name, value in fields.items():
        for header, content in _parts(name, value):
            parts += [f"--{boundary}\r\nContent-Disposition: form-data; {header}\r\n\r\n".encode(), content, b"\r\n"]
    parts.append(f"--{boundary}--\r\n".encode())
    return b"".join(parts), f"multipart/form-data; boundary={boundary}"


def _parts(name: str, value: Any) -> Iterator[tuple[str, bytes]]:
    label = f'name="{_quoted(name)}"'
    if is_array(value):
        for item in value:
            yield from _parts(name, item)
    elif isinstance(value, bytes | PathLike | tuple) or hasattr(value, "read"):
        filename, content, kind = _file(value)
        yield f'{label}; filename="{_quoted(filename)}"\r\nContent-Type: {kind}', content
    else:
        yield label, query_text(value).encode()


def _file(value: Any) -> tuple[str, bytes, str]:
    if isinstance(value, PathLike):
        path = Path(fspath(cast("PathLike[str]", value)))
        return path.name, path.read_bytes(), _kind(path.name)
    if isinstance(value, tuple):
        return _named(*value)
    name = PurePath(str(getattr(value, "name", "file"))).name
    return name, _bytes(value), _kind(name)


def _named(name: Any, content: Any, kind: Any = None) -> tuple[str, bytes, str]:
    return str(name), _bytes(content), str(kind or _kind(str(name)))


def _bytes(content: Any) -> bytes:
    return content if isinstance(content, bytes) else bytes(content.read())


def _kind(filename: str) -> str:
    return mimetypes.guess_type(filename)[0] or "application/octet-stream"


def _quoted(text: str) -> str:
    # The escapes that browsers use: a quote or a line break in a name must not end the header.
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
