"""Locks that are free in a forked child."""

from __future__ import annotations

import functools
import os
import threading
from weakref import WeakSet

_locks: WeakSet[threading.RLock] = WeakSet()
_held: list[threading.RLock] = []
_forking = threading.RLock()
"""Taken before all others: two threads that fork at once would wait for each other's locks."""


def lock_for_forks() -> threading.RLock:
    """A lock that no other thread holds while this process forks.

    In the child there is no thread that could let go of it, nor one that could finish what it guards. It is reentrant:
    a thread may fork while it holds the lock itself.
    """
    lock = threading.RLock()
    with _forking:
        _watch_forks()
        _locks.add(lock)
    return lock


@functools.cache
def _watch_forks() -> None:
    if hasattr(os, "register_at_fork"):  # Windows has no forks
        os.register_at_fork(before=_hold, after_in_parent=_let_go, after_in_child=_let_go)


def _hold() -> None:
    _forking.acquire()
    for lock in list(_locks):
        lock.acquire()
        _held.append(lock)


def _let_go() -> None:
    while _held:
        _held.pop().release()
    _forking.release()
