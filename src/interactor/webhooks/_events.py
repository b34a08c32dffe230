"""The events of both of the platform's catalogues. Source: Interactor SDK guide, Webhook Event Catalog; Interactor
workflows guide, Webhook Events.
"""

from __future__ import annotations

from interactor_api import models
from interactor_api.errors import FAMILY

from tandem.webhooks._events import Delivered, WebhookConventions, catalogue_of


class CredentialConnected(Delivered, models.CredentialConnected):
    """A consent flow has ended well. The credential can be used from now on."""


class CredentialRefreshed(Delivered, models.CredentialRefreshed):
    """The provider gave a new token, by itself before the old one expired or because you asked."""


class CredentialExpired(Delivered, models.CredentialExpired):
    """The token ran out and could not be refreshed. The user has to connect again."""


class CredentialRevoked(Delivered, models.CredentialRevoked):
    """The user or the provider withdrew it. The user has to connect again."""


class CredentialError(Delivered, models.CredentialError):
    """A refresh or a call to the provider failed. The credential may still be usable."""


class RoomMessageCreated(Delivered, models.RoomMessageCreated):
    """The user or the assistant said something in a room."""


class RoomMessageUpdated(Delivered, models.RoomMessageUpdated):
    """A message was edited, or its writing came to an end."""


class RoomToolCallPending(Delivered, models.RoomToolCallPending):
    """Call the tool and submit the result with `rooms.submit_tool_result`."""


class RoomToolCallCompleted(Delivered, models.RoomToolCallCompleted):
    """The result of a tool call was submitted."""


class WorkflowInstanceCreated(Delivered, models.WorkflowInstanceCreated):
    """A run of a workflow began. Some platforms send `workflow.instance.started` instead or as well."""


class WorkflowInstanceStarted(Delivered, models.WorkflowInstanceStarted):
    """A run of a workflow began. Some platforms send `workflow.instance.created` instead or as well."""


class WorkflowInstanceStateChanged(Delivered, models.WorkflowInstanceStateChanged):
    """The instance entered another state."""


class WorkflowInstanceHalted(Delivered, models.WorkflowInstanceHalted):
    """Ask the person for what the presentation or the options say, then resume the instance."""


class WorkflowInstanceResumed(Delivered, models.WorkflowInstanceResumed):
    """The input came and the instance went on."""


class WorkflowInstanceCompleted(Delivered, models.WorkflowInstanceCompleted):
    """The instance reached a terminal state."""


class WorkflowInstanceFailed(Delivered, models.WorkflowInstanceFailed):
    """A script, an HTTP call or the lack of a way out ended the instance."""


class WorkflowInstanceCancelled(Delivered, models.WorkflowInstanceCancelled):
    """A request ended the instance, or its age."""


WEBHOOKS = WebhookConventions(
    signature_header="X-Interactor-Signature",
    timestamp_header="X-Interactor-Timestamp",
    delivery_header="X-Interactor-Delivery",
    retry_count_header="X-Interactor-Retry-Count",
    request_id_header="X-Request-Id",
    catalogue=catalogue_of(
        CredentialConnected,
        CredentialRefreshed,
        CredentialExpired,
        CredentialRevoked,
        CredentialError,
        RoomMessageCreated,
        RoomMessageUpdated,
        RoomToolCallPending,
        RoomToolCallCompleted,
        WorkflowInstanceCreated,
        WorkflowInstanceStarted,
        WorkflowInstanceStateChanged,
        WorkflowInstanceHalted,
        WorkflowInstanceResumed,
        WorkflowInstanceCompleted,
        WorkflowInstanceFailed,
        WorkflowInstanceCancelled,
    ),
    errors=FAMILY,
    logger="interactor.webhooks",
    secret_variables=("INTERACTOR_WEBHOOK_SECRET", "INTERACTOR_WEBHOOK_SECRET_OLD"),
)
