"""What the examples of the second document speak of."""

from __future__ import annotations

USER, PROJECT, AGENT, TASK, NOTIFICATION = "user-123", "proj-123", "agent-456", "task-123", "notif-123"
# Ids by prefix: whatever is made first gets them.
FIRST = {"user": USER, "proj": PROJECT, "agent": AGENT, "task": TASK, "notif": NOTIFICATION}
ALL = frozenset(FIRST.values())
