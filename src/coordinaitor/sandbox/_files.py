"""Files of a task. Their bytes are kept under their ids, for tests to look at.

Source: CoordinAItor API, Task Endpoints.
"""

from __future__ import annotations

import hashlib
from typing import Any

from tandem.sandbox import Context, Registry, Upload

from ._access import caller
from ._tasks import writable_task
from ._tasks_changes import note
from ._tasks_views import without

registry = Registry()
_LARGEST_KEPT = 32 * 1024 * 1024  # bytes; of a larger file only the size and the digest stay


@registry.handles("tasks.upload_file")
def upload(ctx: Context) -> dict[str, Any]:
    task = writable_task(ctx)
    file: Upload = ctx.body["file"]
    kept: dict[str, Any] = {
        "id": ctx.ids.new("file"),
        "taskId": task["id"],
        "name": file.name,
        "size": len(file.content),
        "mimeType": file.media_type,
        "description": ctx.body.get("description"),
        "sha256": hashlib.sha256(file.content).hexdigest(),
        "uploadedAt": ctx.clock.iso(),
    }
    ctx.store.put("task_file", kept["id"], kept, namespace=ctx.namespace)
    if kept["size"] <= _LARGEST_KEPT:
        ctx.store.put_content(kept["id"], file.content)
    note(ctx, task["id"], "file_uploaded", caller(ctx), after=kept["name"])
    return without(kept, "taskId", "sha256")
