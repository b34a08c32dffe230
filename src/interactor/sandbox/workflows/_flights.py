"""Resumes at the same time: the first one flies, the others land with it.

A flight begins when a resume is accepted and ends a moment after its run has stopped. Whoever comes while it lasts was
at the same time: with the same input, it gets the same result; with another one, it is too late.

A run may take less time than the network between two requests, and a crowd of callers may share a few connections. So
a flight lasts until nobody has come for a moment; a machine that is busy gets a longer one. After a flight with
company, stragglers still belong to it where they could do nothing else.

Source: Interactor workflows guide, Concurrent Resume Handling.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

# Real seconds.
_QUIET = 0.02
_QUIET_IN_A_CROWD = 0.25
_LONGEST = 10.0
_STRAGGLING = 2.0
_PER_LATENESS = 8  # seconds of quiet for every second by which the machine wakes us late


class Flight:
    """One accepted resume. `sent` is its input, `state` where the thread waited for it."""

    def __init__(self, sent: dict[str, Any], state: str) -> None:
        self.sent = sent
        self.state = state
        self.has_company = False
        self._quiet = _QUIET
        self._joined = asyncio.get_running_loop().time()
        self._landed = asyncio.Event()

    def join(self) -> None:
        """Somebody else is here."""
        self.has_company = True
        self._quiet = max(self._quiet, _QUIET_IN_A_CROWD)
        self._joined = asyncio.get_running_loop().time()

    async def land(self, run: Awaitable[None]) -> None:
        """Wait for the run to stop, and for the others to come."""
        loop = asyncio.get_running_loop()
        try:
            await run
            end = loop.time() + _LONGEST
            while (left := min(self._joined + self._quiet, end) - (began := loop.time())) > 0:
                await asyncio.sleep(left)
                late = loop.time() - began - left
                self._quiet = max(self._quiet, min(late * _PER_LATENESS, _QUIET_IN_A_CROWD))
        finally:
            self._landed.set()

    async def wait(self) -> None:
        """Until it has landed."""
        await self._landed.wait()


class Flights:
    """Those that are under way, by instance and thread, and those that have just landed with company."""

    def __init__(self) -> None:
        self._flying: dict[tuple[str, str], Flight] = {}
        self._landed: dict[tuple[str, str], Flight] = {}

    def of(self, instance_id: str) -> dict[str, Flight]:
        """The flights of an instance by thread, for a request that has just come in."""
        found = {thread: flight for (instance, thread), flight in self._flying.items() if instance == instance_id}
        for flight in found.values():
            flight.join()
        return found

    def find(self, instance_id: str, thread: str) -> Flight | None:
        """The flight of a thread. To ask for it is to come while it lasts."""
        return self.of(instance_id).get(thread)

    def landed(self, instance_id: str, thread: str) -> Flight | None:
        """The flight that a straggler belongs to, when there is nothing else for it to do."""
        return self._landed.get((instance_id, thread))

    def begin(self, instance_id: str, thread: str, sent: dict[str, Any], state: str) -> Flight:
        """A new flight."""
        self._landed.pop((instance_id, thread), None)
        flight = self._flying[instance_id, thread] = Flight(sent, state)
        return flight

    async def fly(self, instance_id: str, thread: str, flight: Flight, run: Awaitable[None]) -> None:
        """From the start to the landing."""
        key = (instance_id, thread)
        try:
            await flight.land(run)
        finally:
            if self._flying.get(key) is flight:
                del self._flying[key]
        if flight.has_company:
            self._landed[key] = flight
            asyncio.get_running_loop().call_later(_STRAGGLING, self._forget, key, flight)

    def _forget(self, key: tuple[str, str], flight: Flight) -> None:
        if self._landed.get(key) is flight:
            del self._landed[key]
