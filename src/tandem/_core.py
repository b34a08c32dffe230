"""What all views of one client share, and what each operation needs prepared only once."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar
from weakref import WeakSet

from ._calls import Call, Operation
from ._conventions import Conventions, shorten
from ._errors import InvalidRequestError, TandemError
from ._hooks import NO_HOOKS, Hooks
from ._log import LEVELS, logger_of, switch_on
from ._query import encode_query, encode_segment
from ._retry import RetryBudget
from ._secrets import Secret
from ._throttle import LastLimits, Throttle
from ._tokens import Grant, TokenCache

if TYPE_CHECKING:
    import logging

    from ._breaker import CircuitBreaker, Circuits
    from ._witness import Witness

TransportT = TypeVar("TransportT")
StoreT = TypeVar("StoreT")


@dataclass(slots=True, eq=False)
class Core(Generic[TransportT, StoreT]):
    """Shared by a client and its views: connections, token, retry budget, prepared operations."""

    conventions: Conventions
    hosts: Mapping[str, str] = field(repr=False)
    make_transport: Callable[[], TransportT] = field(repr=False)
    grant: Grant | None = field(default=None, repr=False)
    """How tokens are obtained. None: calls carry the API key, or nothing."""
    store: StoreT | None = None
    refresh_buffer: float = 60.0
    monotonic: Callable[[], float] = time.monotonic
    time: Callable[[], float] = time.time
    rng: Callable[[], float] = random.random
    sleep: Callable[[float], Any] | None = None
    """Pauses between attempts; for an asynchronous client it returns an awaitable. None: the usual ones."""
    hooks: Hooks = NO_HOOKS
    throttled: bool = False
    """Whether calls wait for their turn before the server has to refuse them."""
    breaker: CircuitBreaker | None = None
    api_key: Secret | None = field(default=None, repr=False)
    closed: bool = False
    budget: RetryBudget = field(default_factory=RetryBudget)
    tokens: TokenCache = field(init=False)
    limits: LastLimits = field(default_factory=LastLimits, repr=False)
    throttle: Throttle | None = field(default=None, init=False, repr=False)
    circuits: Circuits | None = field(default=None, init=False, repr=False)
    _transport: TransportT | None = field(default=None, repr=False)
    _prepared: dict[tuple[str, str], Prepared] = field(default_factory=dict[tuple[str, str], "Prepared"], repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _walks: WeakSet[Any] = field(default_factory=WeakSet[Any], init=False, repr=False)
    _logger: logging.Logger | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self.tokens = TokenCache(self.refresh_buffer, self.monotonic)
        if self.throttled:
            self.throttle = Throttle(self.conventions.rate_limit_window, self.conventions.namespace_limits)
        if self.breaker is not None:
            from ._breaker import Circuits  # most clients have none

            self.circuits = Circuits(self.breaker)
        switch_on(self.conventions)

    @property
    def logger(self) -> logging.Logger:
        """The product's logger."""
        if self._logger is None:
            self._logger = logger_of(self.conventions)
        return self._logger

    def witness(self, operation: Operation[Any], namespace: str | None) -> Witness | None:
        """Who sees a call of this operation; None when nobody wants to know."""
        logger = self.logger
        if self.hooks is NO_HOOKS and not logger.isEnabledFor(LEVELS["info"]):
            return None
        from ._witness import Witness  # most calls are not watched

        return Witness(self.hooks, logger, operation, namespace, self.monotonic)

    @property
    def transport(self) -> TransportT:
        """Made at the first call: a client that is never used costs nothing. Raises InvalidRequestError once closed."""
        self.check_open()
        if self._transport is None:
            made = self.make_transport()  # not in the lock: a child process might inherit it locked
            with self._lock:
                self.check_open()
                if self._transport is None:  # or another thread was faster: one that is not used costs nothing
                    self._transport = made
        return self._transport

    def check_open(self) -> None:
        if self.closed:
            raise self.error(InvalidRequestError, "This client is closed. Make a new one, or close it later.")

    def close(self) -> TransportT | None:
        """Mark as closed; the transport to close, the first time, if there is one."""
        with self._lock:
            transport = None if self.closed else self._transport
            self.closed = True
        return transport

    def remember(self, walk: object) -> None:
        """A stream is being followed, or a list walked with pages ahead: it ends with the client."""
        with self._lock:
            self._walks.add(walk)

    def followed(self) -> list[Any]:
        """What ends with the client: streams that are followed, and lists with pages ahead."""
        with self._lock:
            return list(self._walks)

    def error(self, cls: type[_E], message: str) -> _E:
        """One of the product's own errors."""
        return self.conventions.errors[cls](message)

    def prepared(self, operation: Operation[Any]) -> Prepared:
        """The operation's URL prefix and headers for this client. Raises InvalidRequestError on an unknown host."""
        # Not by operation: lists and `request()` make operations of their own, which a cache would keep for ever.
        key = (operation.host, operation.reply)
        found = self._prepared.get(key)
        if found is None:
            base = self.hosts.get(operation.host)
            if base is None:
                names = ", ".join(sorted(self.hosts))
                message = f"{operation.name}: there is no host {shorten(operation.host)}. Hosts are: {names}."
                raise self.error(InvalidRequestError, message)
            found = self._prepared[key] = Prepared.of(base, operation.reply, self.conventions)
        return found

    def url(self, call: Call[Any], extra_query: Mapping[str, Any] | None = None) -> str:
        """The whole URL of a call. Raises InvalidRequestError on an id that cannot stand in a path."""
        operation = call.operation
        parts = [self.prepared(operation).base, operation.start]
        for value, (reserved, literal) in zip(call.path, operation.steps, strict=True):
            try:
                parts += [encode_segment(value, reserved), literal]
            except ValueError as problem:
                raise self.error(InvalidRequestError, f"{operation.name}: {problem} (in {operation.path}).") from None
        query = {**call.query, **extra_query} if extra_query else call.query
        encoded = self._query(operation, query) if query else ""
        if encoded:
            parts += ["?", encoded]
        return "".join(parts)

    def _query(self, operation: Operation[Any], query: Mapping[str, Any]) -> str:
        try:
            return encode_query(query, operation.query_styles)
        except UnicodeEncodeError:
            reason = "it is not valid Unicode text"
        except (ValueError, RecursionError) as problem:
            reason = str(problem)
        raise self.error(InvalidRequestError, f"{operation.name}: the query cannot be sent: {reason}.")


_E = TypeVar("_E", bound=TandemError)

_ACCEPT = {"sse": "text/event-stream", "bytes": "*/*", "text": "text/*"}


class Prepared(NamedTuple):
    """What every call of one operation by one client has in common."""

    base: str
    headers: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, base: str, reply: str, conventions: Conventions) -> Prepared:
        headers = [
            ("accept", _ACCEPT.get(reply, "application/json")),
            # Compression would make an event stream wait for a full block.
            ("accept-encoding", "identity" if reply == "sse" else "gzip, deflate"),
            ("user-agent", conventions.user_agent),
            *conventions.extra_headers.items(),
        ]
        return cls(base.rstrip("/"), tuple(headers))
