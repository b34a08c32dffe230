"""`client.workflows.instances.threads`, and what it can do beyond its endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from interactor_api.errors import APIStatusError, ConflictError, ResponseDecodeError
from interactor_api.resources import workflows_instances_threads as generated

from interactor.workflows._halts import asking

from ._answers import refuse, told

if TYPE_CHECKING:
    from interactor_api import Api, AsyncApi
    from interactor_api.models import Instance

    from tandem import RequestOptions


class Threads(generated.WorkflowsInstancesThreads):
    """`client.workflows.instances.threads`: The parallel paths of an instance."""

    def resume(
        self,
        instance_id: str,
        thread_id: str,
        *,
        input: Mapping[str, Any],
        check: bool = True,
        idempotency_key: str | None = None,
        options: RequestOptions | None = None,
    ) -> Instance:
        """Resume one thread of an instance.

        Like resuming the instance, for one of several threads that wait; the input is checked in the same way, which
        `check=False` or an `idempotency_key` leaves to the platform. Resumes of different threads do not disturb each
        other. The instance stays `running` until its main thread halts or ends.

        Raises InvalidInputError, whose `fields` say what is wrong, before anything was sent, and
        ConcurrentModificationError with `current_state` and `expected_state` when somebody else was first.

        Example:
            instance = client.workflows.instances.threads.resume(
                "inst_xyz", "thread_finance", input={"approved": True}
            )

        Source: POST /workflows/instances/{instance_id}/threads/{thread_id}/resume
        """
        within = self._client.as_one(options)
        if check and idempotency_key is None:
            self._check(instance_id, thread_id, input, within())
        try:
            return super().resume(
                instance_id, thread_id, input=input, idempotency_key=idempotency_key, options=within()
            )
        except ConflictError as error:
            raise told(error) from None

    def _check(self, instance_id: str, thread_id: str, input: Mapping[str, Any], options: RequestOptions) -> None:
        client = cast("Api", self._client)
        try:
            instance = client.workflows.instances.get(instance_id, options=options)
        except (APIStatusError, ResponseDecodeError):
            return  # one who may resume need not be one who may read: what counts is the answer to the resume
        refuse(asking(instance, thread_id), input)


class AsyncThreads(generated.AsyncWorkflowsInstancesThreads):
    """`client.workflows.instances.threads`: The parallel paths of an instance."""

    async def resume(
        self,
        instance_id: str,
        thread_id: str,
        *,
        input: Mapping[str, Any],
        check: bool = True,
        idempotency_key: str | None = None,
        options: RequestOptions | None = None,
    ) -> Instance:
        """Resume one thread of an instance.

        Like resuming the instance, for one of several threads that wait; the input is checked in the same way, which
        `check=False` or an `idempotency_key` leaves to the platform. Resumes of different threads do not disturb each
        other. The instance stays `running` until its main thread halts or ends.

        Raises InvalidInputError, whose `fields` say what is wrong, before anything was sent, and
        ConcurrentModificationError with `current_state` and `expected_state` when somebody else was first.

        Example:
            instance = await client.workflows.instances.threads.resume(
                "inst_xyz", "thread_finance", input={"approved": True}
            )

        Source: POST /workflows/instances/{instance_id}/threads/{thread_id}/resume
        """
        within = self._client.as_one(options)
        if check and idempotency_key is None:
            await self._check(instance_id, thread_id, input, within())
        try:
            return await super().resume(
                instance_id, thread_id, input=input, idempotency_key=idempotency_key, options=within()
            )
        except ConflictError as error:
            raise told(error) from None

    async def _check(self, instance_id: str, thread_id: str, input: Mapping[str, Any], options: RequestOptions) -> None:
        client = cast("AsyncApi", self._client)
        try:
            instance = await client.workflows.instances.get(instance_id, options=options)
        except (APIStatusError, ResponseDecodeError):
            return  # one who may resume need not be one who may read: what counts is the answer to the resume
        refuse(asking(instance, thread_id), input)
