"""What it takes for a definition to be the published one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from tandem._json import is_array, is_object

from ._definition import Definition

if TYPE_CHECKING:
    from interactor_api.errors import APIStatusError
    from interactor_api.models import Workflow

_PARTS = ("name", "description", "initial_state", "ai_guidance", "states")


class Deployment(NamedTuple):
    """What `workflows.deploy` did: the published version, and whether it had to be `created`, or only `published`, or
    is `unchanged`."""

    name: str
    version_id: str
    status: Literal["created", "published", "unchanged"]

    @property
    def unchanged(self) -> bool:
        """Whether the definition was the published one already."""
        return self.status == "unchanged"


def checked(definition: Definition | Mapping[str, Any]) -> dict[str, Any]:
    """A definition as it is sent. Raises DefinitionError, which names every fault."""
    value = definition if isinstance(definition, Definition) else Definition.from_dict(definition)
    return value.checked().to_dict()


def version_in_place(definition: Mapping[str, Any], workflow: Workflow | None) -> str | None:
    """The version that has this definition already, published or not, or None."""
    if workflow is None or workflow.latest_version_id is None:
        return None
    there = workflow.to_dict()
    same = all(_bare(definition.get(part)) == _bare(there.get(part)) for part in _PARTS)
    return workflow.latest_version_id if same else None


def overtaken(error: APIStatusError) -> bool:
    """Whether somebody else has done meanwhile what was to be done."""
    return str(error.code).lower() in ("workflow_exists", "already_published")


def _bare(value: Any) -> Any:
    """A JSON value without the fields that are null: to leave a field out says the same."""
    if is_object(value):
        return {name: _bare(field) for name, field in value.items() if field is not None}
    if is_array(value):
        return [_bare(item) for item in value]
    return value
