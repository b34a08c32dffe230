"""multipart/form-data (RFC 7578): fields and files, as they came in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

from ._shapes import as_list, as_object

MULTIPART = "multipart/form-data"
_BOUNDARY = re.compile(r"""boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))""", re.IGNORECASE)
_PARAMETER = re.compile(r';\s*([\w*-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')
_MOST_PARTS = 1000
_LONGEST_HEAD = 16 * 1024  # bytes of one part's headers


class Upload(NamedTuple):
    """A file that was sent in a form: what a handler finds in the place of the field."""

    name: str
    media_type: str
    content: bytes

    def __repr__(self) -> str:
        return f"<Upload {self.name!r}: {len(self.content)} bytes of {self.media_type}>"


class UnreadableFormError(ValueError):
    """The body is not what its boundary promises; the message says where."""


def read_parts(content: bytes, content_type: str) -> Iterator[tuple[str, str | Upload]]:
    """Names and values in the order they were sent. Raises UnreadableFormError.

    >>> body = b'--x\\r\\nContent-Disposition: form-data; name="a"\\r\\n\\r\\n1\\r\\n--x--'
    >>> list(read_parts(body, "multipart/form-data; boundary=x"))
    [('a', '1')]
    """
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise UnreadableFormError("its content type names no boundary")
    mark = b"\r\n--" + (found[1] or found[2]).encode("latin-1", errors="replace")
    # The first mark may stand at the very beginning; the last is followed by two dashes.
    at = 0 if content.startswith(mark[2:]) else content.find(mark) + 2
    if at == 1:
        raise UnreadableFormError("its boundary does not occur in it")
    for _ in range(_MOST_PARTS):
        at += len(mark) - 2
        if content[at : at + 2] == b"--":
            return
        end_of_head = content.find(b"\r\n\r\n", at, at + _LONGEST_HEAD)
        # An empty part's line break is the mark's own.
        end = content.find(mark, end_of_head + 2) if end_of_head >= 0 else -1
        if end < 0:
            raise UnreadableFormError("one of its parts does not end")
        yield _part(content[at:end_of_head], content[end_of_head + 4 : end])
        at = end + 2
    raise UnreadableFormError(f"it has more than {_MOST_PARTS} parts")


def as_upload(value: str | Upload) -> Upload:
    """A field's value as a file."""
    return value if isinstance(value, Upload) else Upload("file", "text/plain", value.encode())


def plain_form(form: Any) -> Any:
    """A form without the bytes of its files, as a schema or a journal can look at it."""
    if isinstance(form, Upload):
        return form.name
    if (fields := as_object(form)) is not None:
        return {name: plain_form(value) for name, value in fields.items()}
    items = as_list(form)
    return form if items is None else [plain_form(item) for item in items]


def _part(head: bytes, content: bytes) -> tuple[str, str | Upload]:
    headers = _headers(head)
    disposition = headers.get("content-disposition", "")
    parameters = {name.lower(): _unquoted(value) for name, value in _PARAMETER.findall(disposition)}
    name = parameters.get("name")
    if not disposition.lower().startswith("form-data") or name is None:
        raise UnreadableFormError("one of its parts has no name")
    filename = _extended(parameters) or parameters.get("filename")
    if filename is not None:
        return name, Upload(filename, headers.get("content-type", "application/octet-stream"), content)
    try:
        return name, content.decode("utf-8")
    except UnicodeError:
        raise UnreadableFormError(f"its field {name[:40]} is not text in UTF-8") from None


def _headers(head: bytes) -> Mapping[str, str]:
    try:
        lines = head.decode("utf-8").split("\r\n")
    except UnicodeError:
        raise UnreadableFormError("a header of one of its parts is not text in UTF-8") from None
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}


def _extended(parameters: Mapping[str, str]) -> str | None:
    # filename*=UTF-8''na%C3%AFve.txt (RFC 8187); browsers do not send it, some libraries do.
    charset, _, text = parameters.get("filename*", "").partition("'")
    return unquote(text.partition("'")[2], errors="replace") if charset.lower() == "utf-8" else None


def _unquoted(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = re.sub(r'\\(["\\])', r"\1", value[1:-1])
    return value.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")
