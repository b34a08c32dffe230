"""Live updates: the platform's WebSocket, and what is new about one task. Source: CoordinAItor API, Best Practices."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any, Final

from coordinaitor_api.models import AgentSummary, ChannelMessage, Task, TaskEventData, TaskMessage, TaskStatus
from coordinaitor_api.models import decode_channel_message as decode

from tandem import Operation
from tandem._live._news import News

LIVE: Final[Operation[ChannelMessage]] = Operation(
    name="live", method="GET", path="/ws", host="api", decode=decode, namespace=False, reply="live"
)
_ENDS: Final[dict[str, TaskStatus]] = {"task.completed": "completed", "task.failed": "failed"}


@dataclass(frozen=True, slots=True)
class TaskUpdate:
    """A task as it has become: `client.tasks.watch(task_id)` yields one for every change.

    `type` is the event, like `task.updated`, or `task.state` where the platform was asked for the task.
    """

    type: str
    task: Task
    timestamp: datetime.datetime | None = None

    @property
    def status(self) -> TaskStatus:
        """How far the task has come."""
        return self.task.status

    @property
    def progress(self) -> float | None:
        """How much of it is done, from 0 to 1."""
        return self.task.progress

    @property
    def error(self) -> str | None:
        """Why the task failed."""
        return self.task.error

    @property
    def is_final(self) -> bool:
        """Whether the task is completed, failed or cancelled."""
        return self.task.status in ("completed", "failed", "cancelled")


class TaskTracker:
    """Makes updates of what is new about one task, whichever way it comes."""

    def __init__(self, task_id: str) -> None:
        self._id = task_id
        self._news = News()
        self._last: TaskUpdate | None = None

    @property
    def done(self) -> bool:
        return self._last is not None and self._last.is_final

    def found(self, state: Task) -> TaskUpdate | None:
        update = TaskUpdate("task.state", state)
        # The end is news however old it looks: another machine's clock may be behind, or tell whole seconds.
        return self._noted(update, state.updated_at) or (self._keep(update) if update.is_final else None)

    def told(self, message: Any) -> TaskUpdate | None:
        data = message.data if isinstance(message, TaskMessage) else None
        if not isinstance(data, TaskEventData) or data.id != self._id:
            return None
        known: dict[str, Any] = {} if self._last is None else self._last.task.to_dict()
        if message.type in _ENDS:
            known["status"] = _ENDS[message.type]
        if isinstance(data.agent, AgentSummary):
            known |= {"agentId": data.agent.id, "assignedAgent": data.agent.to_dict()}
        task = Task.from_dict({**known, **data.to_dict()})
        return self._noted(TaskUpdate(message.type, task, message.timestamp), data.updated_at or message.timestamp)

    def _noted(self, update: TaskUpdate, at: Any) -> TaskUpdate | None:
        task = update.task
        mark = (task.status, task.progress, task.agent_id, task.title)
        return self._keep(update) if self._news.is_new(at or task.updated_at, mark) else None

    def _keep(self, update: TaskUpdate) -> TaskUpdate:
        self._last = update
        return update
