"""Access tokens: kept while they are good, fetched by one caller for all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

from ._conventions import refuse_header
from ._errors import TandemError
from ._secrets import Secret

if TYPE_CHECKING:
    import logging

    from ._calls import Call

_REFRESH_PAUSE = 5.0  # seconds between tries to renew a token that is still good
_LONGEST_LIFE = 1e10  # seconds; what is beyond is no lifetime but a mistake, and overflows a clock


@dataclass(frozen=True, slots=True)
class Token:
    """An access token. `expires_at` is Unix time in seconds, so that a store can hand it to another machine."""

    value: Secret
    expires_at: float


def refuse_token(value: object, lifetime: object) -> str | None:
    """Why this cannot be used as an access token for `lifetime` seconds, or None when it can."""
    if not isinstance(value, str) or not value or " " in value or refuse_header("authorization", value):
        return "its access token is not a token that a header can carry"
    number = isinstance(lifetime, int | float) and not isinstance(lifetime, bool)
    if not number or not 0 < cast("float", lifetime) < _LONGEST_LIFE:
        return "its lifetime is not a number of seconds above 0"
    return None


def store_failed(logger: logging.Logger, problem: Exception) -> None:
    """Tell the operator; the call goes on."""
    # The type only: a store's message may hold its address and password.
    logger.warning("The token store failed (%s); going on without it.", type(problem).__name__)


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
            self._tokens.pop(key, None)


class Landing(Protocol):
    """What waiting callers wait for: `Signal` or `AsyncSignal`."""

    @staticmethod
    def place() -> object:
        """Where the caller runs. Only callers of one place can wait for each other."""
        ...

    def set(self) -> None: ...


LandingT = TypeVar("LandingT", bound=Landing)


@dataclass(slots=True, eq=False)
class Flight(Generic[LandingT]):
    """One fetch of a token, for all callers of a place. `error` is what those who wait are told."""

    landing: LandingT
    place: object
    error: TandemError | None = None


@dataclass(frozen=True, slots=True)
class Lead(Generic[LandingT]):
    """This caller fetches the token, for all that wait."""

    flight: Flight[LandingT]


@dataclass(frozen=True, slots=True)
class Wait(Generic[LandingT]):
    """Another caller is fetching the token."""

    flight: Flight[LandingT]


@dataclass(frozen=True, slots=True)
class _Held:
    """A token with its times on the monotonic clock: one value, so that no reader sees half of a change."""

    token: Token
    refresh_at: float
    expiry: float


class TokenCache:
    """Decides for each caller: use this token, fetch one for all, or wait for the one who does. Does no I/O."""

    __slots__ = ("_flights", "_held", "_lock", "_monotonic", "_refresh_buffer", "refused")

    def __init__(self, refresh_buffer: float, monotonic: Callable[[], float]) -> None:
        self._refresh_buffer = refresh_buffer
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._held: _Held | None = None
        self._flights: dict[object, Flight[Any]] = {}
        self.refused: Token | None = None
        """The token that the server refused last: a store that still has it does not bring it back."""

    @property
    def valid(self) -> Token | None:
        """The token, unless it has expired."""
        held = self._held
        return held.token if held is not None and self._monotonic() < held.expiry else None

    @property
    def fresh(self) -> Token | None:
        """The token, unless it is due to be renewed."""
        held = self._held
        return held.token if held is not None and self._monotonic() < held.refresh_at else None

    def board(self, landing: type[LandingT]) -> Token | Lead[LandingT] | Wait[LandingT]:
        """What this caller does. While one renews a token that is still good, the others go on with it."""
        place = landing.place()
        with self._lock:
            token = self.fresh
            if token is not None:
                return token
            flight = self._flights.get(place)
            if flight is not None:
                return self.valid or Wait(flight)
            flight = self._flights[place] = Flight(landing(), place)
            return Lead(flight)

    def accept(self, token: Token, lifetime: float) -> None:
        """Keep a new token that is good for `lifetime` seconds from now."""
        now, buffer = self._monotonic(), self._refresh_buffer
        # A lifetime within the buffer would mean a fetch for every call: renew such a token at half time.
        early = buffer if lifetime > buffer else lifetime / 2
        self._held = _Held(token, now + lifetime - early, now + lifetime)

    def postpone(self) -> None:
        """The token is still good but could not be renewed: let some seconds pass before the next try."""
        with self._lock:
            held = self._held
            if held is not None:
                later = min(self._monotonic() + _REFRESH_PAUSE, held.expiry)
                self._held = replace(held, refresh_at=max(held.refresh_at, later))

    def land(self, flight: Flight[Any]) -> None:
        """End a flight. Those who wait look again, or raise its error."""
        with self._lock:
            self._flights.pop(flight.place, None)
        flight.landing.set()

    def drop(self, token: Token) -> None:
        """Forget exactly this token: the server refused it. A newer one stays."""
        with self._lock:
            self.refused = token
            if self._held is not None and self._held.token is token:
                self._held = None
