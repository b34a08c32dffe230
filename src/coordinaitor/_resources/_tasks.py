"""`client.tasks`: the endpoints, and following one task until it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import coordinaitor_api.resources.tasks as endpoints

from tandem import Call
from tandem._live._roots import watch

if TYPE_CHECKING:
    from coordinaitor import TaskUpdate  # noqa: F401  # ruff does not read the names of base classes
    from tandem import RequestOptions
    from tandem._live._watches import AsyncWatch, Watch  # noqa: F401  # likewise

W = TypeVar("W")


class _Watching(Generic[W]):
    _client: Any

    def watch(self, task_id: str, *, interval: float = 5.0, options: RequestOptions | None = None) -> W:
        """Every change of a task as it happens, until it is completed, failed or cancelled.

        The first update is the task as it is. Live updates come over a WebSocket, which is replaced when it breaks;
        what happened meanwhile is asked for. Where there is none, or the library for it is not installed
        (`pip install "interactor[coordinaitor]"`), the task is asked for every `interval` seconds.

            for update in client.tasks.watch(task.id):  # `async for` with an asynchronous client
                print(update.status, update.progress)

        `options` holds for each question and for the connection; its `deadline` for all of it. Raises NotFoundError
        when there is no such task, or no longer.
        """
        from coordinaitor._live import LIVE, TaskTracker

        look, wish = Call(endpoints.GET, (task_id,), options=options), ("tasks", {"task_id": task_id})
        updates: W = watch(self._client, look, LIVE, wish, TaskTracker(task_id), interval)
        return updates


class Tasks(_Watching["Watch[TaskUpdate]"], endpoints.Tasks):
    """`client.tasks`: Work to be done, with comments, files, history and progress."""


class AsyncTasks(_Watching["AsyncWatch[TaskUpdate]"], endpoints.AsyncTasks):
    """`client.tasks`: Work to be done, with comments, files, history and progress."""
