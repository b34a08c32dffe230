"""`client.tools`, and what it can do beyond its endpoints."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from interactor_api.resources import tools as generated

if TYPE_CHECKING:
    from tandem import RequestOptions

    from ._tool_sync import AnyDefinition, ToolSync


class Tools(generated.Tools):
    """`client.tools`: Functions of your application that an assistant may ask for."""

    def sync(
        self, tools: Iterable[AnyDefinition], *, prune: bool = False, options: RequestOptions | None = None
    ) -> ToolSync:
        """Make the platform's tools what these are: create what is missing, update what changed, leave the rest.

            tools = client.tools.sync([get_weather, book_flight])
            bot = client.assistants.create(name="Travel", model="gpt-4", system_prompt="…", tools=tools.ids)

        Tools are told apart by name. Take functions made by `@tool`, plain functions, or definitions as
        `tools.create` takes them. A second sync changes nothing. `prune` deletes the namespace's other tools.
        Raises ConfigurationError for two tools of one name.
        """
        from ._tool_sync import Plan, ToolSync

        plan = Plan.of(tools)
        for tool in self.list(per_page=100, options=options):
            plan.meet(tool)
        created = {name: self.create(**fields, options=options) for name, fields in plan.missing()}
        updated = {name: self.update(tool_id, **fields, options=options) for name, tool_id, fields in plan.changed()}
        deleted = plan.others if prune else []
        for tool in deleted:
            self.delete(tool.id, options=options)
        return ToolSync.of(plan, created, updated, deleted)


class AsyncTools(generated.AsyncTools):
    """`client.tools`: Functions of your application that an assistant may ask for."""

    async def sync(
        self, tools: Iterable[AnyDefinition], *, prune: bool = False, options: RequestOptions | None = None
    ) -> ToolSync:
        """Make the platform's tools what these are: create what is missing, update what changed, leave the rest.

            tools = await client.tools.sync([get_weather, book_flight])
            bot = await client.assistants.create(name="Travel", model="gpt-4", system_prompt="…", tools=tools.ids)

        Tools are told apart by name. Take functions made by `@tool`, plain functions, or definitions as
        `tools.create` takes them. A second sync changes nothing. `prune` deletes the namespace's other tools.
        Raises ConfigurationError for two tools of one name.
        """
        from ._tool_sync import Plan, ToolSync

        plan = Plan.of(tools)
        async for tool in self.list(per_page=100, options=options):
            plan.meet(tool)
        created = {name: await self.create(**fields, options=options) for name, fields in plan.missing()}
        updated = {
            name: await self.update(tool_id, **fields, options=options) for name, tool_id, fields in plan.changed()
        }
        deleted = plan.others if prune else []
        for tool in deleted:
            await self.delete(tool.id, options=options)
        return ToolSync.of(plan, created, updated, deleted)
