"""A refresh token, which is good for one use: who has it, and whether it comes back. Pure."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

from ._places import process
from ._secrets import Secret

RENEWAL_LIMIT = 60.0  # seconds that renewing may take, whoever waits for it
_LOAN_LIMIT = RENEWAL_LIMIT + 5.0  # who has a refresh token for longer has ended without a word, with its event loop


class Elsewhere:
    """A caller of another place has the refresh token."""


ELSEWHERE = Elsewhere()


class _Loan(NamedTuple):
    refresh_token: Secret
    ends_at: float


class Lending:
    """Lends a session's refresh token to one caller at a time. A forked child gets none of its parent's."""

    __slots__ = ("_home", "_loan", "_lock", "_monotonic", "_refresh_token")

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._refresh_token: Secret | None = None
        self._loan: _Loan | None = None
        self._home: object = None

    @property
    def has_one(self) -> bool:
        """Whether there is a refresh token, at hand or lent."""
        return self._home == process() and (self._refresh_token is not None or self._lent)

    @property
    def _lent(self) -> bool:
        return self._loan is not None and self._monotonic() < self._loan.ends_at

    def put(self, refresh_token: Secret) -> None:
        """A new one: whoever has the last one need not give it back."""
        with self._lock:
            self._refresh_token, self._loan, self._home = refresh_token, None, process()

    def take(self) -> Secret | Elsewhere | None:
        """The refresh token, for one caller: nobody else gets it until it is given back."""
        with self._lock:
            if self._home != process():
                return None
            taken = self._refresh_token
            if taken is None:
                return ELSEWHERE if self._lent else None
            self._refresh_token, self._loan = None, _Loan(taken, self._monotonic() + _LOAN_LIMIT)
            return taken

    def give_back(self, refresh_token: Secret, *, used_up: bool = False) -> None:
        """The caller is done with it. One that came meanwhile is newer and stays."""
        with self._lock:
            loan = self._loan
            if loan is not None and loan.refresh_token is refresh_token:
                self._loan, self._refresh_token = None, None if used_up else refresh_token
