"""Connection pools of httpcore that find a connection in little time.

The queue in front of them admits no more requests than there are connections, so a request always gets one at once.
Theirs compares all connections with all others and asks the system about each, every time.
"""

from __future__ import annotations

from typing import Any

import httpcore

_CHECKED = 2  # idle connections that each request looks after


class Assigning:
    """Decides which connection a request goes over. Pure: the pool closes what it is told to."""

    _connections: list[Any]
    _requests: list[Any]
    _max_connections: int
    create_connection: Any

    def _assign_requests_to_connections(self) -> list[Any]:
        closing: list[Any] = []
        waiting = [each for each in self._requests if each.connection is None]
        if not waiting:
            return closing
        # One that a request has been given looks idle until that request begins: it is not there for a second one.
        taken = {id(each.connection) for each in self._requests}
        free = [each for each in self._connections if id(each) not in taken]
        for request in waiting:
            connection = self._available(request.request.url.origin, free, closing)
            if connection is not None:
                request.assign_to_connection(connection)
        for each in free[:_CHECKED]:
            if each.is_closed() or each.has_expired():
                self._drop(each, free, closing)
        return closing

    def _available(self, origin: Any, free: list[Any], closing: list[Any]) -> Any:
        """The connection that was opened last, so that those opened first may expire; or a new one."""
        for connection in reversed(list(free)):
            if not connection.is_closed():
                if not connection.is_available() or not connection.can_handle_request(origin):
                    continue
                if not connection.has_expired() and not has_leftovers(connection):
                    free.remove(connection)
                    return connection
            self._drop(connection, free, closing)
        if len(self._connections) >= self._max_connections:
            for unwanted in [each for each in free if each.is_idle() or each.is_closed()][:1]:
                self._drop(unwanted, free, closing)
        if len(self._connections) >= self._max_connections:
            return None
        connection = self.create_connection(origin)
        self._connections.append(connection)
        return connection

    def _drop(self, connection: Any, free: list[Any], closing: list[Any]) -> None:
        free.remove(connection)
        self._connections.remove(connection)
        closing.append(connection)


def has_leftovers(connection: Any) -> bool:
    """Whether bytes stand behind the last reply: the next request would take them for its own."""
    while (inner := getattr(connection, "_connection", None)) is not None:
        connection = inner
    parser = getattr(connection, "_h11_state", None)
    return parser is not None and bool(parser.trailing_data[0])


class Pool(Assigning, httpcore.ConnectionPool):
    """For threads."""


class AsyncPool(Assigning, httpcore.AsyncConnectionPool):
    """For tasks."""


class ProxyPool(Assigning, httpcore.HTTPProxy):
    """For threads, through a proxy."""


class AsyncProxyPool(Assigning, httpcore.AsyncHTTPProxy):
    """For tasks, through a proxy."""
