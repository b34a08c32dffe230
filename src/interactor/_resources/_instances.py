"""`client.workflows.instances`, and what it can do beyond its endpoints."""

from __future__ import annotations

import inspect
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, cast

import anyio
from interactor_api.errors import (
    APIConnectionError,
    APIStatusError,
    ConflictError,
    DeadlineExceededError,
    PermissionDeniedError,
    StreamInterruptedError,
)
from interactor_api.resources import workflows_instances as generated

from interactor.workflows._errors import ConcurrentModificationError, InvalidInputError
from interactor.workflows._inputs import input_faults
from interactor.workflows._waiting import Watch, matters

if TYPE_CHECKING:
    from interactor_api import Api, AsyncApi
    from interactor_api.models import Instance

    from tandem import RequestOptions

    OnHalt = Callable[[Instance], "Answer"]
    AsyncOnHalt = Callable[[Instance], "Answer | Awaitable[Answer]"]

Answer = Mapping[str, Any] | None
UNTIL: Collection[str] = ("halted", "completed")


class Instances(generated.WorkflowsInstances):
    """`client.workflows.instances`: Runs of named workflows, addressed below `/workflows`, with threads and history."""

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
        seconds, None for no limit. A completed instance always ends the waiting, for nothing comes after that.

        Example:
            instance = client.workflows.instances.wait("inst_xyz", until={"halted", "completed"}, timeout=60)

        Raises WorkflowFailedError, WorkflowCancelledError or WorkflowTimeoutError; each holds the `instance`.
        """
        watch = Watch(instance_id, until, timeout, options)
        instance = self.get(instance_id, options=options)
        while not watch.over(instance):
            if watch.streams:
                self._listen(watch, options)
            else:
                time.sleep(watch.pause())
            instance = self.get(instance_id, options=options)
        return instance

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
        it halted and be given it as it is. `timeout` is seconds between one halt and the next.

        Example:
            def decide(instance):
                return {"approved": True, "comment": "Within the budget"}

            done = client.workflows.instances.run("approval_workflow", {"amount": 5000}, on_halt=decide)

        Raises what `wait` and `resume` raise.
        """
        instance = self.create(name, input=input, idempotency_key=idempotency_key, options=options)
        while True:
            instance = self.wait(instance.id, timeout=timeout, options=options)
            if instance.status != "halted":
                return instance
            answer = ask(on_halt, instance)
            if answer is None:
                return instance
            self.resume(instance.id, input=answer, options=options)

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
        platform.

        Of two resumes at the same time the first one wins; the second gets the same reply if its input is the same.

        Raises InvalidInputError, whose `fields` say what is wrong, before anything was sent, and
        ConcurrentModificationError with `current_state` and `expected_state` when somebody else was first.

        Example:
            instance = client.workflows.instances.resume("inst_xyz", input={"approved": True, "comment": "Fine"})

        Source: POST /workflows/instances/{instance_id}/resume
        """
        if check:
            self._check(instance_id, input, options)
        try:
            return super().resume(instance_id, input=input, idempotency_key=idempotency_key, options=options)
        except ConflictError as error:
            raise _told(error) from None

    def _check(self, instance_id: str, input: Mapping[str, Any], options: RequestOptions | None) -> None:
        try:
            instance = self.get(instance_id, options=options)
        except PermissionDeniedError:
            return  # one who may resume need not be one who may read
        _refuse(instance, input)

    def _listen(self, watch: Watch, options: RequestOptions | None) -> None:
        """Until something happened, or it is time to look."""
        client = cast("Api", self._client)
        try:
            with client.workflow_instances.stream(watch.instance_id, options=watch.listening()) as events:
                # What happened before the stream was open is in no event.
                if watch.over(self.get(watch.instance_id, options=options)):
                    return
                for event in events:
                    if matters(event):
                        return
        except DeadlineExceededError:
            return
        except (APIStatusError, APIConnectionError, StreamInterruptedError):
            watch.streams = False


class AsyncInstances(generated.AsyncWorkflowsInstances):
    """`client.workflows.instances`: Runs of named workflows, addressed below `/workflows`, with threads and history."""

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
        seconds, None for no limit. A completed instance always ends the waiting, for nothing comes after that.

        Example:
            instance = await client.workflows.instances.wait("inst_xyz", until={"halted", "completed"}, timeout=60)

        Raises WorkflowFailedError, WorkflowCancelledError or WorkflowTimeoutError; each holds the `instance`.
        """
        watch = Watch(instance_id, until, timeout, options)
        instance = await self.get(instance_id, options=options)
        while not watch.over(instance):
            if watch.streams:
                await self._listen(watch, options)
            else:
                await anyio.sleep(watch.pause())
            instance = await self.get(instance_id, options=options)
        return instance

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
        input to go on with, or None to leave it halted and be given it as it is. `timeout` is seconds between one halt
        and the next.

        Example:
            async def decide(instance):
                return {"approved": True, "comment": "Within the budget"}

            done = await client.workflows.instances.run("approval_workflow", {"amount": 5000}, on_halt=decide)

        Raises what `wait` and `resume` raise.
        """
        instance = await self.create(name, input=input, idempotency_key=idempotency_key, options=options)
        while True:
            instance = await self.wait(instance.id, timeout=timeout, options=options)
            if instance.status != "halted":
                return instance
            answer = await async_ask(on_halt, instance)
            if answer is None:
                return instance
            await self.resume(instance.id, input=answer, options=options)

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
        platform.

        Of two resumes at the same time the first one wins; the second gets the same reply if its input is the same.

        Raises InvalidInputError, whose `fields` say what is wrong, before anything was sent, and
        ConcurrentModificationError with `current_state` and `expected_state` when somebody else was first.

        Example:
            instance = await client.workflows.instances.resume("inst_xyz", input={"approved": True, "comment": "Fine"})

        Source: POST /workflows/instances/{instance_id}/resume
        """
        if check:
            await self._check(instance_id, input, options)
        try:
            return await super().resume(instance_id, input=input, idempotency_key=idempotency_key, options=options)
        except ConflictError as error:
            raise _told(error) from None

    async def _check(self, instance_id: str, input: Mapping[str, Any], options: RequestOptions | None) -> None:
        try:
            instance = await self.get(instance_id, options=options)
        except PermissionDeniedError:
            return  # one who may resume need not be one who may read
        _refuse(instance, input)

    async def _listen(self, watch: Watch, options: RequestOptions | None) -> None:
        """Until something happened, or it is time to look."""
        client = cast("AsyncApi", self._client)
        try:
            async with client.workflow_instances.stream(watch.instance_id, options=watch.listening()) as events:
                # What happened before the stream was open is in no event.
                if watch.over(await self.get(watch.instance_id, options=options)):
                    return
                async for event in events:
                    if matters(event):
                        return
        except DeadlineExceededError:
            return
        except (APIStatusError, APIConnectionError, StreamInterruptedError):
            watch.streams = False


def ask(on_halt: OnHalt, instance: Instance) -> Answer:
    """What a callback answers."""
    return on_halt(instance)


async def async_ask(on_halt: AsyncOnHalt, instance: Instance) -> Answer:
    """What a callback answers, be it asynchronous or not."""
    answer = on_halt(instance)
    return await answer if inspect.isawaitable(answer) else answer


def _told(error: ConflictError) -> ConflictError:
    """The refusal with both states at hand, where it is about that."""
    return ConcurrentModificationError.of(error) if error.code == "concurrent_modification" else error


def _refuse(instance: Instance, input: Mapping[str, Any]) -> None:
    faults = input_faults(instance, input) if instance.status == "halted" else {}
    if faults:
        told = "; ".join(f"{name} {fault}" for name, fault in faults.items())
        raise InvalidInputError(f"The input does not fit {instance.current_state}: {told}.", fields=faults)
