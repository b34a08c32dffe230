"""The controls of deliveries, for those who steer a platform from another process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ._control import Actions, BadControlError, field, whole
from ._errors import UnknownDeliveryError
from ._request import Request

if TYPE_CHECKING:
    from ._deliverer import Deliverer
    from ._platform import Platform

_FILTERS = ("event", "status", "endpoint", "namespace", "event_id")


class DeliveryControls:
    """`/deliveries` to look, `/deliveries/resend` and `/deliveries/backfill` to send again, `/settle` to wait.

    A platform that has more to wait for than its deliveries brings a `settle` of its own.
    """

    def __init__(
        self, platform: Platform, deliverer: Deliverer, settle: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self._platform = platform
        self._deliverer = deliverer
        self._wait = settle or deliverer.settle

    def actions(self) -> Actions:
        """What `Platform.control_actions` returns."""
        return {
            "/deliveries": {"GET": self._list},
            "/deliveries/resend": {"POST": self._resend},
            "/deliveries/backfill": {"POST": self._backfill},
            "/settle": {"POST": self._settle},
        }

    def _list(self, request: Request, _: Any) -> dict[str, Any]:
        limit = whole(request.query.get("limit", "100"), "limit")
        where = {name: request.query.get(name) for name in _FILTERS}
        return {"deliveries": [found.to_dict() for found in self._deliverer.log.find(limit=limit, **where)]}

    def _resend(self, _: Request, body: Any) -> dict[str, Any]:
        with self._platform.store.transaction():
            try:
                self._deliverer.resend(field(body, "delivery", str))
            except UnknownDeliveryError as error:
                raise BadControlError(str(error)) from None
        return {"status": "ok"}

    def _backfill(self, _: Request, body: Any) -> dict[str, Any]:
        since = moment(field(body, "since", (str, int, float)))
        endpoint = field(body, "endpoint", str, required=False)
        with self._platform.store.transaction():
            return {"deliveries": self._deliverer.backfill(since, endpoint=endpoint)}

    async def _settle(self, *_: Any) -> dict[str, Any]:
        await self._wait()
        return {"status": "ok"}


def moment(given: str | float | datetime) -> float:
    """A moment as unix time. Raises BadControlError, which is a ValueError, for what is none.

    >>> moment("1970-01-01T00:01:00Z")
    60.0
    """
    if isinstance(given, int | float):
        return float(given)
    try:
        at = given if isinstance(given, datetime) else datetime.fromisoformat(given)
    except ValueError:
        raise BadControlError(f"A moment is unix time, or like 2026-01-20T12:00:00Z; not {given!r}.") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
