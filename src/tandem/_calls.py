"""A call as plain data: what a resource method builds and a client carries out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from os import PathLike
from typing import IO, TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypedDict, TypeVar

if TYPE_CHECKING:
    from ._drafts import Draft
    from ._retry import RetryPolicy

T = TypeVar("T")
_Content = bytes | PathLike[str] | IO[bytes]
FileInput = _Content | tuple[str, _Content] | tuple[str, _Content, str]
"""A file to send: its bytes, its `Path`, an open binary file, or (file name, one of those[, content type]).

What is not bytes is read while it is sent, 256 kB at a time, from where it stands; what you opened, you close. A call
that may be sent again begins there again: a pipe, which cannot be rewound, is sent only once.
"""
QueryStyle = Literal["form", "comma", "deepObject"]
_FREE = frozenset[str]()
_NOTHING: Mapping[str, Any] = {}


class RequestOptions(TypedDict, total=False):
    """What can be set for one call beside the API's own parameters.

    `timeout` (seconds per attempt), `deadline` (seconds for the whole call), `namespace`, `retry`, `extra_headers`,
    `extra_query` and `extra_body` (added to, and winning over, what the method builds). For lists
    `prefetch`: how many pages are fetched ahead of the one that is read (by cursor: one at most). For event streams
    `idle_timeout`: after so many seconds without a byte, heartbeats included, a stream connects again (None: never).
    `progress` is called while a body is sent, with the bytes that are sent and with all that there are (None where
    only the end will tell): `lambda sent, total: print(sent, "of", total)`. An attempt that starts again starts at 0.
    In an asynchronous client it may be an async function. What it raises ends the call.

    Lists and streams keep to the options as they were when you asked for them.
    """

    timeout: float | None
    deadline: float | None
    namespace: str
    retry: RetryPolicy
    idle_timeout: float | None
    prefetch: int
    extra_headers: Mapping[str, str]
    extra_query: Mapping[str, Any]
    extra_body: Mapping[str, Any]
    progress: Callable[[int, int | None], object]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Operation(Generic[T]):
    """One endpoint of the document, as the generated code states it. Compared by identity.

    `result` are the keys that lead from the reply to the result (for a list: to the array of items); `decode` turns
    what stands there (for a list: one item, whose keys it may take away; for a stream: the JSON of one event) into a
    value.
    """

    name: str
    method: str
    path: str
    host: str
    decode: Callable[[Any], T]
    result: tuple[str, ...] = ()
    namespace: bool = True
    authenticated: bool = True
    idempotent: bool = False
    repeatable: bool = False
    """A write that does no harm when it is sent twice without a key, such as asking for a token."""
    paginate: Literal["page", "cursor", "none"] = "none"
    body: Literal["none", "json", "form", "multipart"] = "none"
    whole_body: bool = False
    """The body is one value of the user's, sent as it is: a None in it is a null."""
    files: tuple[str, ...] = ()
    """The fields of a multipart body that hold a file: anything else in one is a mistake, and so is a body without."""
    reply: Literal["json", "none", "any", "sse", "live", "bytes", "text"] = "json"
    """What a success brings; "any" is JSON or nothing, "live" a WebSocket."""
    query_styles: Mapping[str, QueryStyle] = field(default_factory=dict[str, QueryStyle])
    namespace_in: Literal["query", "body", "none"] = "none"
    """Where an argument of the call's own stands that names a namespace: the field `namespace`."""
    reserved: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    """By path parameter: the words that name endpoints of their own where it stands, and so no object."""
    url_query: tuple[str, str] = ("", "")
    """For a stream that browsers may open by URL: the names of the query parameters for the token and the namespace."""

    paged: dict[Any, Operation[Any]] = field(init=False, repr=False, default_factory=dict[Any, "Operation[Any]"])
    """The operations that bring whole pages, by the class of the page: made at the first use."""

    start: str = field(init=False)
    """The path up to its first parameter."""
    steps: tuple[tuple[frozenset[str], str], ...] = field(init=False)
    """For each path parameter: what it must not be, and the literal piece that comes after it."""

    def __post_init__(self) -> None:
        start, *pieces = self.path.split("{")
        parted = [piece.partition("}") for piece in pieces]
        object.__setattr__(self, "start", start)
        object.__setattr__(self, "steps", tuple((self.reserved.get(name, _FREE), after) for name, _, after in parted))


class Call(NamedTuple, Generic[T]):
    """One use of an operation. In `query` and in a `body` of fields, None means not given."""

    operation: Operation[T]
    path: tuple[str | int, ...] = ()
    query: Mapping[str, Any] = _NOTHING
    body: Any = None
    idempotency_key: str | None = None
    options: RequestOptions | None = None
    last_event_id: str | None = None
    """For a stream: the event after which it begins. None or empty: with whatever happens next."""
    drafted: Draft | None = None
    """What it sends, where that has been prepared. Whoever changes the call takes it away."""

    def __repr__(self) -> str:
        # Without the body, which may hold a secret, and so may extra_headers in the options.
        return f"<Call of {self.operation.name}, path={self.path!r}, query={dict(self.query)!r}>"
