"""multipart/form-data (RFC 7578) from fields and files. Files are read while they are sent."""

from __future__ import annotations

import mimetypes
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path, PurePath
from typing import Any, cast

from . import _json
from ._query import query_text
from ._sources import InMemory, OnDisk, Opened, Source, as_bytes
from ._uploads import Upload

_BYTES = bytes | bytearray | memoryview
_JOINED = 64 * 1024  # bytes; what is larger is not copied


def encode_multipart(fields: Mapping[str, Any], files: Collection[str] = ()) -> tuple[bytes | Upload, str]:
    """The body and its content type, with a boundary of its own. Bytes where nothing has to be read.

    What stands under a name in `files` is one file; if there are names, there must be a file. Raises ValueError,
    TypeError or OSError on what cannot be sent.
    """
    if files and all(fields.get(name) is None for name in files):
        raise _no_file(min(files))
    boundary = secrets.token_hex(16)
    sources: list[Source] = []
    for name, value in fields.items():
        if name in files and value is not None and not _is_file(value):
            raise _no_file(name)
        for header, content in _parts(name, value):
            start = f"--{boundary}\r\nContent-Disposition: form-data; {header}\r\n\r\n"
            sources += [InMemory(start.encode()), content, InMemory(b"\r\n")]
    sources.append(InMemory(f"--{boundary}--\r\n".encode()))
    return _joined(sources), f"multipart/form-data; boundary={boundary}"


def _joined(sources: Sequence[Source]) -> bytes | Upload:
    """What stands in memory side by side, in one piece: each piece is a packet of its own."""
    found: list[Source] = []
    run: list[bytes] = []
    for source in sources:
        if isinstance(source, InMemory) and len(source.content) <= _JOINED:
            run.append(source.content)
        else:
            found += [InMemory(b"".join(run)), source]
            run = []
    found.append(InMemory(b"".join(run)))
    first = found[0]
    return first.content if len(found) == 1 and isinstance(first, InMemory) else Upload(found)


def _no_file(name: str) -> ValueError:
    return ValueError(
        f"{name} is a file: give Path(...) for one on disk, an open binary file, or bytes, not text or anything else"
    )


def _is_file(value: Any) -> bool:
    """Whether it can be one. A text might be meant as a path, or as content: the server would take it for neither."""
    if isinstance(value, tuple):
        return len(value) in {2, 3}  # pyright: ignore[reportUnknownArgumentType]  # whatever its items are
    return isinstance(value, _BYTES | PathLike) or hasattr(value, "read")


def _parts(name: str, value: Any) -> Iterator[tuple[str, Source]]:
    label = f'name="{_quoted(name)}"'
    if value is None:
        return
    if _json.is_array(value):
        for item in value:
            yield from _parts(name, item)
    elif _is_file(value):
        filename, content, kind = _file(value)
        yield f'{label}; filename="{_quoted(filename)}"\r\nContent-Type: {kind}', content
    elif isinstance(value, Mapping) or hasattr(value, "to_dict"):
        yield f"{label}\r\nContent-Type: application/json", InMemory(_json.dumps(value))
    else:
        yield label, InMemory(query_text(value).encode())


def _file(value: Any) -> tuple[str, Source, str]:
    if isinstance(value, tuple):
        return _named(*value)
    name = PurePath(fspath(cast("PathLike[str]", value)) if isinstance(value, PathLike) else _own_name(value)).name
    return name, _content(value, name), _kind(name)


def _named(name: Any, content: Any, kind: Any = None) -> tuple[str, Source, str]:
    media_type = _kind(str(name)) if kind is None else str(kind)
    if not media_type.isascii() or not media_type.isprintable():
        raise ValueError("the content type of a file must be printable ASCII text")
    return str(name), _content(content, str(name)), media_type


def _content(value: Any, name: str) -> Source:
    if isinstance(value, PathLike):
        return OnDisk(Path(fspath(cast("PathLike[str]", value))))
    return Opened(value, name) if hasattr(value, "read") else InMemory(as_bytes(value))


def _own_name(value: Any) -> str:
    # A file made from a descriptor has its number for a name, a temporary one may have None.
    name = getattr(value, "name", None)
    return name if isinstance(name, str) and name else "file"


def _kind(filename: str) -> str:
    return mimetypes.guess_type(filename)[0] or "application/octet-stream"


def _quoted(text: str) -> str:
    # The escapes that browsers use: a quote or a line break in a name must not end the header.
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
