"""What a client tells its owner while it works: the callables that take its records."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ._records import AttemptRecord, ResultRecord, RetryRecord


class Hooks(NamedTuple):
    """Called in the thread or task that carries out the call, so they must not take long.

    Pages that are fetched ahead and live channels have threads of their own in a synchronous client.
    """

    on_attempt: Callable[[AttemptRecord], object] | None = None
    on_retry: Callable[[RetryRecord], object] | None = None
    on_result: Callable[[ResultRecord], object] | None = None

    @property
    def any(self) -> bool:
        return not (self.on_attempt is None and self.on_retry is None and self.on_result is None)

    def refuse(self) -> str | None:
        """Why these cannot be hooks, or None when they can."""
        for name, hook in self._asdict().items():
            if hook is not None and (not callable(hook) or inspect.iscoroutinefunction(hook)):
                return f"{name} is a plain function of one record, in both kinds of client."
        return None


NO_HOOKS = Hooks()
