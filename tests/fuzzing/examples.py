"""What the examples of the document speak of."""

from __future__ import annotations

NAMESPACE = "user_123"
APPLICATION = "client_abc123"
TOOL = "get_weather"
WORKFLOW = "approval_workflow"
BEGINNING = "0"  # where a stream replays all of its events
EVENT = "payment_received"
# Ids by prefix: whatever is made first gets them.
FIRST = {
    "sandbox_secret": "secret_abc123",
    "flow": "flow_abc123",
    "st": "st_abc123",
    "code": "4/0AX4XfWh",
    "cred": "cred_def456",
    "tool": "tool_mno345",
    "ds": "ds_abc123",
    "asst": "asst_abc123",
    "room": "room_abc123",
    "tc": "tc_jkl012",
    "wf": "wf_pqr678",
    "inst": "inst_xyz",
    "wh": "wh_abc123",
    "whsub": "whsub_abc123",
}
# The event is one of the history of an instance.
HISTORY = {"evt": "evt_01HX5Z2M8Q"}
# The version is one that waits to be published.
DRAFT = {"v": "v_def456"}
ALL = frozenset({WORKFLOW, *FIRST.values(), *HISTORY.values(), *DRAFT.values()})
