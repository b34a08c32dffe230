"""The platform's events, and how it signs them. Source: CoordinAItor API, Webhooks."""

from __future__ import annotations

from coordinaitor_api import models
from coordinaitor_api.errors import FAMILY

from tandem.webhooks._events import DeliveredAlone, WebhookConventions, catalogue_of


class TaskCreated(DeliveredAlone, models.TaskCreated):
    """Someone created a task."""


class TaskUpdated(DeliveredAlone, models.TaskUpdated):
    """A task changed."""


class TaskCompleted(DeliveredAlone, models.TaskCompleted):
    """A task is done."""


class TaskFailed(DeliveredAlone, models.TaskFailed):
    """An agent gave a task up."""


class TaskAssigned(DeliveredAlone, models.TaskAssigned):
    """A task was given to an agent."""


class AgentCreated(DeliveredAlone, models.AgentCreated):
    """There is a new agent."""


class AgentStatusChanged(DeliveredAlone, models.AgentStatusChanged):
    """An agent became available, busy, or was switched off."""


class ProjectCreated(DeliveredAlone, models.ProjectCreated):
    """There is a new project."""


class ProjectCompleted(DeliveredAlone, models.ProjectCompleted):
    """A project is done."""


class UserRegistered(DeliveredAlone, models.UserRegistered):
    """Someone joined the organization."""


WEBHOOKS = WebhookConventions(
    signature_header="X-Orchestrator-Signature",
    timestamp_header=None,
    catalogue=catalogue_of(
        TaskCreated,
        TaskUpdated,
        TaskCompleted,
        TaskFailed,
        TaskAssigned,
        AgentCreated,
        AgentStatusChanged,
        ProjectCreated,
        ProjectCompleted,
        UserRegistered,
    ),
    errors=FAMILY,
    logger="coordinaitor.webhooks",
    secret_variables=("COORDINAITOR_WEBHOOK_SECRET", "COORDINAITOR_WEBHOOK_SECRET_OLD"),
)
