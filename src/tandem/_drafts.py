"""What a call sends: all that is the same on each of its attempts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from ._bodies import encode_body
from ._calls import Call, RequestOptions
from ._conventions import Conventions, refuse_header, shorten
from ._core import Core
from ._deadline import NEVER, Deadline
from ._errors import InvalidRequestError
from ._idempotency import new_key
from ._retry import SAFE_METHODS
from ._settings import CallSettings, apply_options
from ._tokens import Token
from ._transport import Request

if TYPE_CHECKING:
    from ._uploads import Upload

T = TypeVar("T")
_NO_OPTIONS = RequestOptions()
_ATOMS = frozenset({str, int, float, bool, type(None)})
_CONTAINERS = frozenset({dict, list, set})
# Framing belongs to the transport: a second opinion about it is how requests are smuggled.
_FRAMING = frozenset({"content-length", "transfer-encoding"})


@dataclass(slots=True)  # not frozen: that costs a microsecond of every call
class Draft:
    """A checked request without its token and its deadline."""

    request: Request
    key: str | None
    authenticated: bool
    """Whether a token is to be added: not where the caller brings credentials, or the client has an API key."""
    replayable: bool
    """Whether the server may see this request twice: it is safe, repeatable, or carries an idempotency key."""
    safe: bool
    given: Mapping[str, str] = field(repr=False)
    """The caller's own headers, by lower-case name."""
    upload: Upload | None = field(repr=False)
    """The body, where it is read while it is sent."""

    def signed(self, token: Token | None, deadline: Deadline) -> Request:
        """The request with this token, to be done by this deadline."""
        request = self.request
        return Request(
            request.method,
            request.url,
            [*request.headers] if token is None else [*request.headers, bearer(token)],
            request.content,
            request.timeout,
            deadline,
            request.max_response_bytes,
            request.stream,
            request.idle_timeout,
        )


def bearer(token: Token) -> tuple[str, str]:
    """The header that shows a token."""
    return "authorization", f"Bearer {token.value.reveal()}"


def api_key_header(core: Core[Any, Any]) -> list[tuple[str, str]]:
    """The header that shows the client's API key, where it has one."""
    name = core.conventions.api_key_header
    return [] if core.api_key is None or name is None else [(name, core.api_key.reveal())]


def draft(core: Core[Any, Any], call: Call[Any], settings: CallSettings) -> Draft:
    """The request of a call. Raises InvalidRequestError on anything that cannot or must not be sent."""
    options, operation = call.options or _NO_OPTIONS, call.operation
    extra = options.get("extra_headers") or {}
    url = core.url(call, options.get("extra_query"))
    try:
        given = _checked(extra, core.conventions)
        key = _key(call, given, core.conventions)
        content, kind = encode_body(call, options)
        place = _place(call)
        _check_namespace(call, core.conventions)
    except ValueError as problem:
        raise core.error(InvalidRequestError, f"{operation.name}: {problem}.") from None
    own: list[tuple[str, str]] = [*core.prepared(operation).headers]
    brought = bool(given) and not core.conventions.credential_headers.isdisjoint(given)
    anonymous = brought or not operation.authenticated
    if core.api_key is not None and not anonymous:
        own += api_key_header(core)
    if kind is not None:
        own.append(("content-type", kind))
    if settings.namespace is not None and operation.namespace and core.conventions.namespace_header:
        own.append((core.conventions.namespace_header, settings.namespace))
    if key is not None:
        own.append((core.conventions.idempotency_header, key))
    if place is not None:
        own.append(("last-event-id", place))
    headers = [pair for pair in own if pair[0].lower() not in given] + list(given.items()) if given else own
    safe = operation.method in SAFE_METHODS
    return Draft(
        Request(
            operation.method,
            url,
            headers,
            content,
            settings.timeout,
            NEVER,
            settings.max_response_bytes,
            operation.reply in {"sse", "live"},
            settings.idle_timeout,
        ),
        key,
        not anonymous and core.api_key is None,
        safe or operation.repeatable or key is not None,
        safe,
        given,
        None if isinstance(content, bytes) else content,
    )


def _check_namespace(call: Call[Any], conventions: Conventions) -> None:
    """Raises ValueError, with the reason, where an argument names a namespace that cannot be one."""
    where = call.operation.namespace_in
    if where == "none":
        return
    fields: Mapping[str, Any] = (call.query if where == "query" else call.body) or {}
    problem = None if fields.get("namespace") is None else conventions.refuse_namespace(fields["namespace"])
    if problem:
        raise ValueError(problem.rstrip("."))


def _place(call: Call[Any]) -> str | None:
    """Where an event stream goes on, as its header says it. Raises ValueError."""
    if call.last_event_id is None:
        return None
    from ._streaming._sse import sent_id  # most clients never follow a stream

    return sent_id(call.last_event_id)


def check(core: Core[Any, Any], call: Call[Any], settings: CallSettings) -> Draft:
    """What a call that is made later will send. Raises InvalidRequestError where it must not be sent."""
    core.check_open()
    return draft(core, call, apply_options(settings, call.options, core.conventions))


def drafted(core: Core[Any, Any], call: Call[T], settings: CallSettings) -> Call[T]:
    """The call of a list that is fetched later, checked. Raises InvalidRequestError where it must not be sent.

    What was drafted for the check is sent where a second draft would be the same: not where a write has a key of its
    own each time, nor where values or options may know better by then, such as headers that are no dict.
    """
    made = check(core, call, settings)
    if made.safe and call.options is None and _ATOMS.issuperset(map(type, call.query.values())):
        return call._replace(drafted=made)
    return settled(call)


def settled(call: Call[T]) -> Call[T]:
    """The call as it is now: its caller may use the same dicts and lists for the next one, of another tenant."""
    options: Any = None if call.options is None else _settled(call.options)
    return call._replace(query=_settled(call.query), options=options)


def _settled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.copy() if type(value) in _CONTAINERS else value for name, value in values.items()}


def _checked(extra: Mapping[str, str], conventions: Conventions) -> dict[str, str]:
    """The caller's own headers by lower-case name. Raises ValueError, with the reason, on what must not be sent."""
    given: dict[str, str] = {}
    for name, value in extra.items():
        problem = refuse_header(name, value)
        if problem is None and name.lower() in _FRAMING:
            problem = f"header {name} is set by the transport"
        if problem is None and name.lower() == (conventions.namespace_header or "").lower():
            problem = conventions.refuse_namespace(value)
        if problem:
            raise ValueError(problem.rstrip("."))
        given[name.lower()] = str.__str__(value)  # the text itself: a transport must not meet a secret's mask
    return given


def _key(call: Call[Any], given: Mapping[str, str], conventions: Conventions) -> str | None:
    """The idempotency key of a call: one for all its attempts. Raises ValueError."""
    if not call.operation.idempotent:
        return None
    key = given.get(conventions.idempotency_header.lower(), call.idempotency_key)
    if key is None:
        return new_key()
    if key == "" or refuse_header(conventions.idempotency_header, key):
        raise ValueError(f"an idempotency key is printable ASCII text, not {shorten(key)}")
    return key
