"""What a document tells in words, or not at all: which refusals are in order, and what hangs together."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tandem.models import is_object

from . import examples, orchestrator_examples

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rules:
    """Of one platform.

    `refusable` are fields, by operation, that may be refused though they keep to their schema: they name something that
    has to exist, or have to fit another field; `refused` are those that an error names. `untimely` are codes that say
    that the time is not right for a request, which is in order by itself. `examples` are values that most requests are
    about: nothing may end them, but for operations that are `unsparing`. `mend` makes bodies hang together.
    """

    refusable: Mapping[str, set[str]]
    refused: Callable[[Any], set[str]]
    untimely: frozenset[str] = frozenset()
    examples: frozenset[str] = frozenset()
    unsparing: frozenset[str] = frozenset()
    mend: Mapping[str, Callable[[Body], None]] = field(default_factory=dict[str, Callable[[Body], None]])

    def announced(self, operation: str, error: Any) -> bool:
        """Whether an error is a refusal that the document announces in words."""
        if not is_object(error):
            return error in self.untimely
        refused = self.refused(error)
        return error["code"] in self.untimely or bool(refused and refused <= self.refusable.get(operation, set()))


def _mend_definition(definition: Body) -> None:
    """Let a definition begin in a state that it has, and its transitions lead to such."""
    names = [name for name in definition["states"] if name]
    if names and definition["initial_state"] not in names:
        definition["initial_state"] = names[0]
    for state in definition["states"].values():
        for number, transition in enumerate(state.get("transitions", ())):
            transition["key"] = f"way_{number}"
            for spelling in {"target", "to"} & set(transition) or {"target"}:
                if names and transition.get(spelling) not in names:
                    transition[spelling] = names[number % len(names)]


def _mend_dates(project: Body) -> None:
    """Let a project end when it begins."""
    if "startDate" in project and "endDate" in project:
        project["endDate"] = project["startDate"]


def _first_step(place: str) -> str:
    return re.split(r"[.\[]", place)[0]


_INTERACTOR = Rules(
    refusable={
        "oauth_initiate": {"provider", "redirect_uri"},
        "oauth_callback": {"state", "code"},
        "assistants_create": {"tools", "data_sources"},
        "assistants_update": {"tools", "data_sources"},
        "workflows_create": {"name", "initial_state", "states"},
        "workflows_errors": {"cursor"},
        "workflows_instances_history": {"cursor"},
    },
    refused=lambda error: {_first_step(detail["field"]) for detail in error["details"] or () if "field" in detail},
    untimely=frozenset(
        {
            "already_published",
            "instance_not_active",
            "instance_not_halted",
            "invalid_grant",
            "invalid_transition",
            "workflow_not_published",
        }
    ),
    examples=examples.ALL,
    mend={"workflows_create": _mend_definition},
)
_OF_TASKS = {"projectId", "agentId", "dueDate"}
_OF_PROJECTS = {"teamMembers", "agents", "startDate", "endDate"}
_ORCHESTRATOR = Rules(
    refusable={
        "auth_create_api_key": {"permissions"},
        "tasks_list": {"createdAfter", "createdBefore"},
        "tasks_create": _OF_TASKS,
        "tasks_replace": _OF_TASKS,
        "tasks_update": _OF_TASKS,
        "tasks_assign": _OF_TASKS,
        "tasks_comment": {"mentions"},
        "projects_create": _OF_PROJECTS,
        "projects_replace": _OF_PROJECTS,
        "projects_members_add": {"userId"},
        "system_logs": {"since"},
        "users_me_replace": {"email"},
        "users_me_upload_avatar": {"file"},
        "webhooks_create": {"headers"},
    },
    refused=lambda error: {_first_step(place) for place in error.get("details", ())},
    untimely=frozenset({"invalid_grant", "invalid_client", "invalid_request"}),
    examples=orchestrator_examples.ALL,
    unsparing=frozenset({"projects_members_remove"}),
    mend={"projects_create": _mend_dates, "projects_replace": _mend_dates},
)
BY_TITLE = {"Interactor API": _INTERACTOR, "CoordinAItor API": _ORCHESTRATOR}
