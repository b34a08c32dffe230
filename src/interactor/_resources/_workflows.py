"""`client.workflows`, and what it can do beyond its endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from interactor_api.errors import BadRequestError, ConflictError, NotFoundError
from interactor_api.resources import workflows as generated

from interactor.workflows._deployment import Deployment, checked, overtaken, version_in_place

if TYPE_CHECKING:
    from interactor_api.models import Workflow

    from interactor.workflows import Definition
    from tandem import RequestOptions

    from ._instances import AsyncInstances, Instances

# Another process may create the version before us, and publish it before us too: then there is nothing left to do.
_LOOKS = 3


class Workflows(generated.Workflows):
    """`client.workflows`: Definitions of state machines, their versions and the errors of their runs."""

    @cached_property
    def instances(self) -> Instances:
        """`client.workflows.instances`: Runs of named workflows, addressed below `/workflows`, with threads
        and history."""
        from ._instances import Instances

        return Instances(self._client)

    def deploy(
        self, definition: Definition | Mapping[str, Any], *, options: RequestOptions | None = None
    ) -> Deployment:
        """Make a definition the published one: check it, create a version, publish that.

        Nothing is written when the published version has this very definition already; a draft that has it is
        published instead of created again. Of a workflow with several versions the platform shows the newest one, and
        that is compared. Instances that are under way run their own version to its end, and several processes may
        deploy at the same time.

        Example:
            deployment = client.workflows.deploy(definition)
            print(deployment.version_id, deployment.status)  # created, published or unchanged

        Raises workflows.DefinitionError, whose `faults` have a path each, before anything was sent.
        """
        return self._deploy(checked(definition), options, _LOOKS)

    def _deploy(self, body: dict[str, Any], options: RequestOptions | None, looks: int) -> Deployment:
        try:
            return self._deploy_once(body, options)
        except (BadRequestError, ConflictError) as error:
            if looks == 1 or not overtaken(error):
                raise
        return self._deploy(body, options, looks - 1)

    def _deploy_once(self, body: dict[str, Any], options: RequestOptions | None) -> Deployment:
        workflow = self._known(body["name"], options)
        version_id = version_in_place(body, workflow)
        if workflow is not None and version_id is not None and version_id == workflow.published_version_id:
            return Deployment(body["name"], version_id, "unchanged")
        draft = version_id or self.create(**body, options=options).version_id
        self.versions.publish(body["name"], draft, options=options)
        return Deployment(body["name"], draft, "published" if version_id else "created")

    def _known(self, name: str, options: RequestOptions | None) -> Workflow | None:
        try:
            return self.get(name, options=options)
        except NotFoundError:
            return None


class AsyncWorkflows(generated.AsyncWorkflows):
    """`client.workflows`: Definitions of state machines, their versions and the errors of their runs."""

    @cached_property
    def instances(self) -> AsyncInstances:
        """`client.workflows.instances`: Runs of named workflows, addressed below `/workflows`, with threads
        and history."""
        from ._instances import AsyncInstances

        return AsyncInstances(self._client)

    async def deploy(
        self, definition: Definition | Mapping[str, Any], *, options: RequestOptions | None = None
    ) -> Deployment:
        """Make a definition the published one: check it, create a version, publish that.

        Nothing is written when the published version has this very definition already; a draft that has it is
        published instead of created again. Of a workflow with several versions the platform shows the newest one, and
        that is compared. Instances that are under way run their own version to its end, and several processes may
        deploy at the same time.

        Example:
            deployment = await client.workflows.deploy(definition)
            print(deployment.version_id, deployment.status)  # created, published or unchanged

        Raises workflows.DefinitionError, whose `faults` have a path each, before anything was sent.
        """
        return await self._deploy(checked(definition), options, _LOOKS)

    async def _deploy(self, body: dict[str, Any], options: RequestOptions | None, looks: int) -> Deployment:
        try:
            return await self._deploy_once(body, options)
        except (BadRequestError, ConflictError) as error:
            if looks == 1 or not overtaken(error):
                raise
        return await self._deploy(body, options, looks - 1)

    async def _deploy_once(self, body: dict[str, Any], options: RequestOptions | None) -> Deployment:
        workflow = await self._known(body["name"], options)
        version_id = version_in_place(body, workflow)
        if workflow is not None and version_id is not None and version_id == workflow.published_version_id:
            return Deployment(body["name"], version_id, "unchanged")
        draft = version_id or (await self.create(**body, options=options)).version_id
        await self.versions.publish(body["name"], draft, options=options)
        return Deployment(body["name"], draft, "published" if version_id else "created")

    async def _known(self, name: str, options: RequestOptions | None) -> Workflow | None:
        try:
            return await self.get(name, options=options)
        except NotFoundError:
            return None
