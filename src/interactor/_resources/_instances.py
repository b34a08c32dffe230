"""`client.workflows.instances`, and what it can do beyond its endpoints."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import anyio
from interactor_api.errors import (
    APIConnectionError,
    APIStatusError,
    BadRequestError,
    ConflictError,
    DeadlineExceededError,
    InteractorError,
    ResponseDecodeError,
    ServerError,
    StreamInterruptedError,
)
from interactor_api.resources import workflows_instances as generated

from interactor.workflows._waiting import (
    Halt,
    Patience,
    Watch,
    failed_instance,
    halt_of,
    matters,
    somebody_was_first,
    timed_out,
)

from ._answers import ask, async_ask, refuse, told

if TYPE_CHECKING:
    from interactor_api import Api, AsyncApi
    from interactor_api.models import Instance

    from tandem import RequestOptions

    from ._answers import AsyncOnHalt, OnHalt
    from ._threads import AsyncThreads, Threads

UNTIL: Collection[str] = ("halted", "completed")


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
        return self._wait(Watch(instance_id, until, Patience(timeout)), options)

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
        patience = Patience(timeout)
        try:
            within = patience.bound(self._client.as_one(options)())
            instance_id = self.create(name, input=input, idempotency_key=idempotency_key, options=within).id
        except ServerError as error:
            instance_id = failed_instance(error)
        refused: Instance | None = None
        while True:
            instance = self._wait(Watch(instance_id, UNTIL, patience), options)
            halt = halt_of(instance)
            answer = None if halt is None else ask(on_halt, halt.asking)
            if halt is None or answer is None:
                return instance
            patience = Patience(timeout)
            try:
                self._answer(instance_id, halt, answer, patience.bound(self._client.as_one(options)()))
            except BadRequestError as error:
                if instance == refused or not somebody_was_first(error):
                    raise
                refused = instance
            except DeadlineExceededError as error:
                if not patience.ended(error):
                    raise
                raise timed_out(instance, patience) from error

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

    def _answer(self, instance_id: str, halt: Halt, answer: Mapping[str, Any], options: RequestOptions | None) -> None:
        try:
            if halt.thread_id is None:
                self.resume(instance_id, input=answer, options=options)
            else:
                self.threads.resume(instance_id, halt.thread_id, input=answer, options=options)
        except ServerError as error:
            failed_instance(error)

    def _wait(self, watch: Watch, options: RequestOptions | None) -> Instance:
        self._look(watch, options)
        while watch.reached is None:
            if watch.streams:
                self._listen(watch, options)
            else:
                time.sleep(watch.pause())
                self._look(watch, options)
        return watch.reached

    def _look(self, watch: Watch, options: RequestOptions | None) -> bool:
        own = self._client.as_one(options)
        try:
            instance = self.get(watch.instance_id, options=watch.looking(own()))
        except InteractorError as error:
            late = watch.too_late(error)
            if late is None:
                raise
            raise late from error
        return watch.look(instance)

    def _check(self, instance_id: str, input: Mapping[str, Any], options: RequestOptions) -> None:
        try:
            instance = self.get(instance_id, options=options)
        except (APIStatusError, ResponseDecodeError):
            return  # one who may resume need not be one who may read: what counts is the answer to the resume
        refuse(instance, input)

    def _listen(self, watch: Watch, options: RequestOptions | None) -> None:
        """Until something happened, or it is time to look."""
        client = cast("Api", self._client)
        own = self._client.as_one(options)
        try:
            with client.workflow_instances.stream(watch.instance_id, options=watch.listening(own())) as events:
                # What happened before the stream was open is in no event.
                if self._look(watch, options):
                    return
                for event in events:
                    if matters(event) and self._look(watch, options):
                        return
            watch.streams = False
        except DeadlineExceededError:
            self._look(watch, options)
        except (APIStatusError, APIConnectionError, StreamInterruptedError):
            watch.streams = False


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
        return await self._wait(Watch(instance_id, until, Patience(timeout)), options)

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
        patience = Patience(timeout)
        try:
            within = patience.bound(self._client.as_one(options)())
            instance_id = (await self.create(name, input=input, idempotency_key=idempotency_key, options=within)).id
        except ServerError as error:
            instance_id = failed_instance(error)
        refused: Instance | None = None
        while True:
            instance = await self._wait(Watch(instance_id, UNTIL, patience), options)
            halt = halt_of(instance)
            answer = None if halt is None else await async_ask(on_halt, halt.asking)
            if halt is None or answer is None:
                return instance
            patience = Patience(timeout)
            try:
                await self._answer(instance_id, halt, answer, patience.bound(self._client.as_one(options)()))
            except BadRequestError as error:
                if instance == refused or not somebody_was_first(error):
                    raise
                refused = instance
            except DeadlineExceededError as error:
                if not patience.ended(error):
                    raise
                raise timed_out(instance, patience) from error

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

    async def _answer(
        self, instance_id: str, halt: Halt, answer: Mapping[str, Any], options: RequestOptions | None
    ) -> None:
        try:
            if halt.thread_id is None:
                await self.resume(instance_id, input=answer, options=options)
            else:
                await self.threads.resume(instance_id, halt.thread_id, input=answer, options=options)
        except ServerError as error:
            failed_instance(error)

    async def _wait(self, watch: Watch, options: RequestOptions | None) -> Instance:
        await self._look(watch, options)
        while watch.reached is None:
            if watch.streams:
                await self._listen(watch, options)
            else:
                await anyio.sleep(watch.pause())
                await self._look(watch, options)
        return watch.reached

    async def _look(self, watch: Watch, options: RequestOptions | None) -> bool:
        own = self._client.as_one(options)
        try:
            instance = await self.get(watch.instance_id, options=watch.looking(own()))
        except InteractorError as error:
            late = watch.too_late(error)
            if late is None:
                raise
            raise late from error
        return watch.look(instance)

    async def _check(self, instance_id: str, input: Mapping[str, Any], options: RequestOptions) -> None:
        try:
            instance = await self.get(instance_id, options=options)
        except (APIStatusError, ResponseDecodeError):
            return  # one who may resume need not be one who may read: what counts is the answer to the resume
        refuse(instance, input)

    async def _listen(self, watch: Watch, options: RequestOptions | None) -> None:
        """Until something happened, or it is time to look."""
        client = cast("AsyncApi", self._client)
        own = self._client.as_one(options)
        try:
            async with client.workflow_instances.stream(watch.instance_id, options=watch.listening(own())) as events:
                # What happened before the stream was open is in no event.
                if await self._look(watch, options):
                    return
                async for event in events:
                    if matters(event) and await self._look(watch, options):
                        return
            watch.streams = False
        except DeadlineExceededError:
            await self._look(watch, options)
        except (APIStatusError, APIConnectionError, StreamInterruptedError):
            watch.streams = False
