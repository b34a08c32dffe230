"""Access tokens: kept while they are good, fetched by one caller for all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from ._errors import TandemError
from ._secrets import Secret

if TYPE_CHECKING:
    from ._calls import Call

_REFRESH_PAUSE = 5.0  # seconds between tries to renew a token that is still good


@dataclass(frozen=True, slots=True)
class Token:
    """An access token. `expires_at` is Unix time in seconds, so that a store can hand it to another machine."""

    value: Secret
    expires_at: float


class Grant(Protocol):
    """How a product's access token is obtained and given back. Pure: it builds calls and reads their results."""

    @property
    def key(self) -> str:
        """Names the token in a store: equal for clients that may share it. Not a secret."""
        ...

    def fetch(self) -> Call[Any]: ...

    def read(self, result: Any) -> tuple[str, float]:
        """The token and its lifetime in seconds. Raises ValueError when there is none."""
        ...

    def revoke(self, token: str) -> Call[Any]: ...


class TokenStore(Protocol):
    """Where a fleet of processes shares its token. Any store that fails simply costs a token request."""

    def load(self, key: str) -> Token | None: ...

    def save(self, key: str, token: Token) -> None: ...

    def discard(self, key: str, token: Token) -> None:
        """Forget the token, if it is still this one."""
        ...


class AsyncTokenStore(Protocol):
    """`TokenStore` for asynchronous clients."""

    async def load(self, key: str) -> Token | None: ...

    async def save(self, key: str, token: Token) -> None: ...

    async def discard(self, key: str, token: Token) -> None:
        """Forget the token, if it is still this one."""
        ...


class MemoryTokenStore:
    """Shares tokens between the clients of one process.

    >>> MemoryTokenStore().load("client_1") is None
    True
    """

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}

    def __repr__(self) -> str:
        return f"<MemoryTokenStore of {len(self._tokens)} tokens>"

    def load(self, key: str) -> Token | None:
        return self._tokens.get(key)

    def save(self, key: str, token: Token) -> None:
        self._tokens[key] = token

    def discard(self, key: str, token: Token) -> None:
        if self._tokens.get(key) == token:
            del self._tokens[key]


class Landing(Protocol):
    """What waiting callers wait for: a threading.Event or the event of an event loop."""

    def set(self) -> Any: ...


@dataclass(slots=True, eq=False)
class Flight:
    """One fetch of a token. `lane` is the event loop that it belongs to (None: threads)."""

    landing: Landing
    lane: object
    error: TandemError | None = None


@dataclass(frozen=True, slots=True)
class Lead:
    """This caller fetches the token, for all that wait."""

    flight: Flight


@dataclass(frozen=True, slots=True)
class Wait:
    """Another caller is fetching the token."""

    flight: Flight


class TokenCache:
    """Decides for each caller: use this token, fetch one for all, or wait for the one who does. Does no I/O."""

    __slots__ = ("_expiry", "_flights", "_lock", "_monotonic", "_refresh_at", "_refresh_buffer", "_token")

    def __init__(self, refresh_buffer: float, monotonic: Callable[[], float]) -> None:
        self._refresh_buffer = refresh_buffer
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._expiry = self._refresh_at = 0.0
        self._flights: dict[object, Flight] = {}

    @property
    def valid(self) -> Token | None:
        """The token, unless it has expired."""
        token = self._token
        return token if token is not None and self._monotonic() < self._expiry else None

    @property
    def fresh(self) -> Token | None:
        """The token, unless it is due to be renewed."""
        token = self._token
        return token if token is not None and self._monotonic() < self._refresh_at else None

    def board(self, lane: object, make_landing: Callable[[], Landing]) -> Token | Lead | Wait:
        """What this caller does. While one renews a token that is still good, the others go on with it."""
        with self._lock:
            token = self.fresh
            if token is not None:
                return token
            flight = self._flights.get(lane)
            if flight is not None:
                return self.valid or Wait(flight)
            flight = self._flights[lane] = Flight(make_landing(), lane)
            return Lead(flight)

    def accept(self, token: Token, lifetime: float) -> None:
        """Keep a new token that is good for `lifetime` seconds from now."""
        now = self._monotonic()
        with self._lock:
            self._token = token
            self._expiry = now + lifetime
            # A lifetime shorter than the buffer would mean a fetch for every call: renew such a token at half time.
            self._refresh_at = now + max(lifetime - self._refresh_buffer, lifetime / 2)

    def postpone(self) -> None:
        """The token is still good but could not be renewed: let some seconds pass before the next try."""
        with self._lock:
            self._refresh_at = min(self._monotonic() + _REFRESH_PAUSE, self._expiry)

    def land(self, flight: Flight, error: TandemError | None = None) -> None:
        """End a flight. Those who wait look again, or raise the error."""
        with self._lock:
            flight.error = error
            self._flights.pop(flight.lane, None)
        flight.landing.set()

    def drop(self, token: Token) -> None:
        """Forget exactly this token: the server refused it. A newer one stays."""
        with self._lock:
            if self._token is token:
                self._token = None
