"""Access tokens: kept while they are good, fetched by one caller for all."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar, cast

from ._conventions import refuse_header
from ._errors import TandemError
from ._lending import Lending
from ._secrets import Secret

if TYPE_CHECKING:
    import logging

    from ._calls import Call

_REFRESH_PAUSE = 5.0  # seconds between tries to renew a token that is still good
_TOKEN = re.compile(r"[ -~]+")  # RFC 6749, appendix A.17
_LIFETIME_UNKNOWN = 300.0  # where a reply does not say it: ask again soon rather than be refused
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
    reason = "no answer in time" if getattr(problem, "timed_out", False) else type(problem).__name__
    logger.warning("The token store failed (%s); going on without it.", reason)


class Granted(NamedTuple):
    """What a token reply brings: a token, its lifetime in seconds, and what renews it, on a platform that has that."""

    value: str
    lifetime: float
    refresh_token: str | None = None


def granted(result: Any) -> Granted:
    """A token reply that names its fields as OAuth does (RFC 6749, section 5.1). Raises ValueError without a token."""
    value, lifetime = getattr(result, "access_token", None), getattr(result, "expires_in", None)
    if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable():
        raise ValueError("it has no access_token")
    known = isinstance(lifetime, int | float) and not isinstance(lifetime, bool) and 0 < lifetime < 10**9
    refresh_token = getattr(result, "refresh_token", None)
    return Granted(
        value,
        float(cast("float", lifetime)) if known else _LIFETIME_UNKNOWN,
        refresh_token if isinstance(refresh_token, str) and _TOKEN.fullmatch(refresh_token) else None,
    )


class Grant(Protocol):
    """How a product's access token is obtained and given back. Pure: it builds calls and reads their results."""

    @property
    def key(self) -> str:
        """Names the token in a store: equal for clients that may share it. Not a secret."""
        ...

    def fetch(self) -> Call[Any]: ...

    def read(self, result: Any) -> Granted:
        """The token and its lifetime in seconds. Raises ValueError when there is none."""
        ...

    def revoke(self, token: str) -> Call[Any] | None:
        """None: there is nothing to give back."""
        ...


class RenewableGrant(Grant, Protocol):
    """A grant whose replies bring refresh tokens. Each of these is good for one use, and for one process: it is never
    shared in a store, and a forked child leaves its parent's alone. The child goes on with the token itself while that
    is good, and begins a session of its own then, where `fetch` works again.
    """

    @property
    def used_up(self) -> str | None:
        """What to tell the user where `fetch` works only once and has. None: it works again."""
        ...

    def renew(self, refresh_token: str) -> Call[Any]: ...

    @property
    def ends(self) -> bool:
        """Whether a session can be ended before its time."""
        ...

    def end(self, token: str, refresh_token: str) -> Call[Any] | None:
        """Give both back."""
        ...


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
    """One fetch of a token, for all callers of a place. `error` is what those who wait are told.

    One that `ends` a session tells only who ended it: the others go on and begin another.
    """

    landing: LandingT
    place: object
    ends: bool = False
    error: Exception | None = None
    pilot: object = None
    """Who fetches. Where that one asks for a token meanwhile, as a hook may, it would wait for itself."""

    def tell(self) -> None:
        """Raise the error: each who waits has one, and so a traceback, of its own."""
        if isinstance(self.error, TandemError):
            raise copy(self.error) from self.error
        if self.error is not None:
            raise self.error


class Lead(NamedTuple, Generic[LandingT]):
    """This caller fetches the token, for all that wait."""

    flight: Flight[LandingT]


class Wait(NamedTuple, Generic[LandingT]):
    """Another caller is fetching the token."""

    flight: Flight[LandingT]


class _Held(NamedTuple):
    """A token with its times on the monotonic clock: one value, so that no reader sees half of a change."""

    token: Token
    refresh_at: float
    expiry: float


class TokenCache:
    """Decides for each caller: use this token, fetch one for all, or wait for the one who does. Does no I/O."""

    __slots__ = ("_flights", "_held", "_lock", "_monotonic", "_refresh_buffer", "began", "refresh_token", "refused")

    def __init__(self, refresh_buffer: float, monotonic: Callable[[], float]) -> None:
        self._refresh_buffer = refresh_buffer
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._held: _Held | None = None
        self._flights: dict[object, Flight[Any]] = {}
        self.refresh_token = Lending(monotonic)
        self.began = False
        """Whether there ever was a token."""
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

    def board_last(self, landing: type[LandingT]) -> Lead[LandingT] | Wait[LandingT]:
        """What a caller does who ends the session: wait for whoever renews it, then let nobody else."""
        place = landing.place()
        with self._lock:
            flight = self._flights.get(place)
            if flight is not None:
                return Wait(flight)
            flight = self._flights[place] = Flight(landing(), place, ends=True)
            return Lead(flight)

    def accept(self, token: Token, lifetime: float, refresh_token: Secret | None = None) -> None:
        """Keep a new token that is good for `lifetime` seconds from now, and what renews it."""
        now, buffer = self._monotonic(), self._refresh_buffer
        # A lifetime within the buffer would mean a fetch for every call: renew such a token at half time.
        early = buffer if lifetime > buffer else lifetime / 2
        with self._lock:
            self.began = True
            self._held = _Held(token, now + lifetime - early, now + lifetime)
        if refresh_token is not None:  # last: whoever takes it sees the new token too
            self.refresh_token.put(refresh_token)

    def postpone(self) -> None:
        """The token is still good but could not be renewed: let some seconds pass before the next try."""
        with self._lock:
            held = self._held
            if held is not None:
                later = min(self._monotonic() + _REFRESH_PAUSE, held.expiry)
                self._held = held._replace(refresh_at=max(held.refresh_at, later))

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
