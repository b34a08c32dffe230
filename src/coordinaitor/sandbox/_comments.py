"""What is said about a task. Source: CoordinAItor API, Task Endpoints."""

from __future__ import annotations

from typing import Any

from tandem.sandbox import Context, Registry

from ._access import caller
from ._notifications import notify
from ._problems import invalid
from ._tasks import writable_task
from ._tasks_changes import note
from ._tasks_views import without

registry = Registry()


@registry.handles("tasks.comment")
def comment(ctx: Context) -> dict[str, Any]:
    task, author = writable_task(ctx), caller(ctx)
    mentions = list(dict.fromkeys(ctx.body.get("mentions") or ()))
    for user_id in mentions:
        if ctx.store.get("user", user_id, namespace=ctx.namespace) is None:
            raise invalid("mentions", f"No user has the id {user_id}")
    said: dict[str, Any] = {
        "id": ctx.ids.new("comment"),
        "taskId": task["id"],
        "content": ctx.body["content"],
        "author": author,
        "mentions": mentions,
        "createdAt": ctx.clock.iso(),
    }
    ctx.store.put("comment", said["id"], said, namespace=ctx.namespace)
    note(ctx, task["id"], "commented", author, after=said["id"])
    for user_id in mentions:
        data = {"taskId": task["id"], "commentId": said["id"]}
        notify(ctx, user_id, "mention", f"You were mentioned in a comment on {task['title']!r}", data)
    return without(said, "taskId")
