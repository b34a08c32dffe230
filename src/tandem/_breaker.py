"""A circuit breaker: a host that keeps failing is left alone for a while. Pure: the clock comes in through the door."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CircuitBreaker:
    """After `failures` in a row (no reply, or a 5xx), calls to a host are refused at once for `pause` seconds.

    Then one call is let through: its success opens the way again, its failure closes it for another `pause`. All views
    of a client share what is known.

    >>> CircuitBreaker(failures=3).pause
    30.0
    """

    failures: int = 5
    pause: float = 30.0

    def __post_init__(self) -> None:
        if self.failures < 1:
            raise ValueError(f"failures is a number of failures in a row, at least 1, not {self.failures}.")
        if not 0 < self.pause < math.inf:
            raise ValueError("pause is a number of seconds above 0.")


@dataclass(slots=True)
class _Circuit:
    failures: int = 0
    closed_until: float | None = None
    """Nobody passes before; then one does. None: everybody passes."""


class Circuits:
    """What is known of each host."""

    __slots__ = ("_circuits", "_lock", "_policy")

    def __init__(self, policy: CircuitBreaker) -> None:
        self._policy = policy
        self._circuits: dict[str, _Circuit] = {}
        self._lock = threading.Lock()

    def refuse(self, host: str, now: float) -> float | None:
        """Seconds until the host may be tried again, or None when this attempt may go."""
        circuit = self._circuits.get(host)
        if circuit is None:
            return None
        with self._lock:
            until = circuit.closed_until
            if until is not None and now >= until:
                # This one is the probe. One that never reports back, a cancelled one, is followed by another in time.
                circuit.closed_until = now + self._policy.pause
                return None
        return None if until is None else until - now

    def blocks(self, host: str, now: float) -> bool:
        """Whether another attempt now would be refused. Takes no probe."""
        circuit = self._circuits.get(host)
        until = None if circuit is None else circuit.closed_until
        return until is not None and now < until

    def succeeded(self, host: str) -> None:
        """The host answered."""
        circuit = self._circuits.get(host)
        if circuit is not None and (circuit.failures or circuit.closed_until is not None):
            with self._lock:
                circuit.failures, circuit.closed_until = 0, None

    def failed(self, host: str, now: float) -> None:
        """The host did not answer, or with a 5xx."""
        with self._lock:
            circuit = self._circuits.setdefault(host, _Circuit())
            circuit.failures += 1
            if circuit.failures >= self._policy.failures:
                circuit.closed_until = now + self._policy.pause
