"""`client.workflows.instances`, and what it can do beyond its endpoints."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from interactor_api.errors import APIStatusError, ConflictError, ResponseDecodeError, ServerError
from interactor_api.resources import workflows_instances as generated

from interactor.workflows._waiting import UNTIL, Patience, failed_instance

from ._answers import refuse, told
from ._instance_runs import AsyncRun, Run

if TYPE_CHECKING:
    from interactor_api.models import Instance

    from interactor import AsyncInteractorClient, InteractorClient
    from tandem import RequestOptions

    from ._answers import AsyncOnHalt, OnHalt
    from ._threads import AsyncThreads, Threads


class Instances(generated.WorkflowsInstances):
    """`client.workflows.instances`: Runs of named workflows, addressed below `/workflows`, with threads and history."""

    @cached_property
    def threads(self) -> Threads:
        """`client.workflows.instances.threads`: The parallel paths of an instance."""
        from ._threads import Threads

        return Threads(self._client)

    def wait(
        self,
        instance_id: str,
        *,
        until: Collection[str] = UNTIL,
        timeout: float | None = 300.0,
        options: RequestOptions | None = None,
    ) -> Instance:
        """Wait until an instance has one of these statuses.

        Listens to the instance's events where it can, and looks at it again and again where it cannot. `timeout` is
        seconds, None for no limit; the last look at it may take a moment more. A completed instance always ends
        the waiting, for nothing comes after that. So does, for who waits for `halted`, one that is `running` while some
        of its parallel `threads` are halted.

        Example:
            instance = client.workflows.instances.wait("inst_xyz", until={"halted", "completed"}, timeout=60)

        Raises WorkflowFailedError, WorkflowCancelledError or WorkflowTimeoutError; each holds the `instance` as it was
        seen last. What a call raises comes as it is, and so does its DeadlineExceededError where the instance could not
        be seen even once in time.
        """
        client = cast("InteractorClient", self._client)
        return Run(client, instance_id, options).wait(until, Patience(timeout))

    def run(
        self,
        name: str,
        input: Mapping[str, Any] | None = None,
        *,
        on_halt: OnHalt,
        timeout: float | None = 300.0,
        idempotency_key: str | None = None,
        options: RequestOptions | None = None,
    ) -> Instance:
        """Start an instance and see it through to its end.

        Whenever it halts, `on_halt` is called with the instance and returns the input to go on with, or None to leave
        it halted and be given it as it is. Where one of its parallel threads halts, the instance is shown as it is
        there: `current_state` and what is asked for are the thread's. `timeout` is seconds between one halt and the
        next.

        Example:
            def decide(instance):
                return {"approved": True, "comment": "Within the budget"}

            done = client.workflows.instances.run("approval_workflow", {"amount": 5000}, on_halt=decide)

        Raises what `wait` and `resume` raise; that somebody else resumed it meanwhile is no error.
        """
        client = cast("InteractorClient", self._client)
        patience = Patience(timeout)
        within = patience.bound(client.as_one(options)())
        try:
            instance_id = self.create(name, input=input, idempotency_key=idempotency_key, options=within).id
        except ServerError as error:
            instance_id = failed_instance(error)
        return Run(client, instance_id, options).see_through(on_halt, patience)

    def resume(
        self,
        instance_id: str,
        *,
        input: Mapping[str, Any],
        check: bool = True,
        idempotency_key: str | None = None,
        options: RequestOptions | None = None,
    ) -> Instance:
        """Resume a halted instance.

        Hands the input to the state in which the instance waits and runs on until it halts again or ends. The input is
        first compared with what the instance asks for, which costs one more request; `check=False` leaves that to the
        platform, and so does an `idempotency_key` of yours: what you send may be a repetition.

        Of two resumes at the same time the first one wins; the second gets the same reply if its input is the same.

        Raises InvalidInputError, whose `fields` say what is wrong, before anything was sent, and
        ConcurrentModificationError with `current_state` and `expected_state` when somebody else was first.

        Example:
            instance = client.workflows.instances.resume("inst_xyz", input={"approved": True, "comment": "Fine"})

        Source: POST /workflows/instances/{instance_id}/resume
        """
        within = self._client.as_one(options)
        if check and idempotency_key is None:
            self._check(instance_id, input, within())
        try:
            return super().resume(instance_id, input=input, idempotency_key=idempotency_key, options=within())
        except ConflictError as error:
            raise told(error) from None

    def _check(self, instance_id: str, input: Mapping[str, Any], options: RequestOptions) -> None:
        try:
            instance = self.get(instance_id, options=options)
        except (APIStatusError, ResponseDecodeError):
            return  # one who may resume need not be one who may read: what counts is the answer to the resume
        refuse(instance, input)


class AsyncInstances(generated.AsyncWorkflowsInstances):
    """`client.workflows.instances`: Runs of named workflows, addressed below `/workflows`, with threads and history."""

    @cached_property
    def threads(self) -> AsyncThreads:
        """`client.workflows.instances.threads`: The parallel paths of an instance."""
        from ._threads import AsyncThreads

        return AsyncThreads(self._client)

    async def wait(
        self,
        instance_id: str,
        *,
        until: Collection[str] = UNTIL,
        timeout: float | None = 300.0,
        options: RequestOptions | None = None,
    ) -> Instance:
        """Wait until an instance has one of these statuses.

        Listens to the instance's events where it can, and looks at it again and again where it cannot. `timeout` is
        seconds, None for no limit; the last look at it may take a moment more. A completed instance always ends
        the waiting, for nothing comes after that. So does, for who waits for `halted`, one that is `running` while some
        of its parallel `threads` are halted.

        Example:
            instance = await client.workflows.instances.wait("inst_xyz", until={"halted", "completed"}, timeout=60)

        Raises WorkflowFailedError, WorkflowCancelledError or WorkflowTimeoutError; each holds the `instance` as it was
        seen last. What a call raises comes as it is, and so does its DeadlineExceededError where the instance could not
        be seen even once in time.
        """
        client = cast("AsyncInteractorClient", self._client)
        return await AsyncRun(client, instance_id, options).wait(until, Patience(timeout))

    async def run(
        self,
        name: str,
        input: Mapping[str, Any] | None = None,
        *,
        on_halt: AsyncOnHalt,
        timeout: float | None = 300.0,
        idempotency_key: str | None = None,
        options: RequestOptions | None = None,
    ) -> Instance:
        """Start an instance and see it through to its end.

        Whenever it halts, `on_halt` is called (and awaited, where it is asynchronous) with the instance and returns the
        input to go on with, or None to leave it halted and be given it as it is. Where one of its parallel threads
        halts, the instance is shown as it is there: `current_state` and what is asked for are the thread's. `timeout`
        is seconds between one halt and the next.

        Example:
            async def decide(instance):
                return {"approved": True, "comment": "Within the budget"}

            done = await client.workflows.instances.run("approval_workflow", {"amount": 5000}, on_halt=decide)

        Raises what `wait` and `resume` raise; that somebody else resumed it meanwhile is no error.
        """
        client = cast("AsyncInteractorClient", self._client)
        patience = Patience(timeout)
        within = patience.bound(client.as_one(options)())
        try:
            instance_id = (await self.create(name, input=input, idempotency_key=idempotency_key, options=within)).id
        except ServerError as error:
            instance_id = failed_instance(error)
        return await AsyncRun(client, instance_id, options).see_through(on_halt, patience)

    async def resume(
        self,
        instance_id: str,
        *,
        input: Mapping[str, Any],
        check: bool = True,
        idempotency_key: str | None = None,
        options: RequestOptions | None = None,
    ) -> Instance:
        """Resume a halted instance.

        Hands the input to the state in which the instance waits and runs on until it halts again or ends. The input is
        first compared with what the instance asks for, which costs one more request; `check=False` leaves that to the
        platform, and so does an `idempotency_key` of yours: what you send may be a repetition.

        Of two resumes at the same time the first one wins; the second gets the same reply if its input is the same.

        Raises InvalidInputError, whose `fields` say what is wrong, before anything was sent, and
        ConcurrentModificationError with `current_state` and `expected_state` when somebody else was first.

        Example:
            instance = await client.workflows.instances.resume("inst_xyz", input={"approved": True, "comment": "Fine"})

        Source: POST /workflows/instances/{instance_id}/resume
        """
        within = self._client.as_one(options)
        if check and idempotency_key is None:
            await self._check(instance_id, input, within())
        try:
            return await super().resume(instance_id, input=input, idempotency_key=idempotency_key, options=within())
        except ConflictError as error:
            raise told(error) from None

    async def _check(self, instance_id: str, input: Mapping[str, Any], options: RequestOptions) -> None:
        try:
            instance = await self.get(instance_id, options=options)
        except (APIStatusError, ResponseDecodeError):
            return  # one who may resume need not be one who may read: what counts is the answer to the resume
        refuse(instance, input)
