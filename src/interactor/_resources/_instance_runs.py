"""`instances.wait` and `instances.run`: the shells. They look, listen, sleep and answer; what to do is decided in
`workflows._waiting` and `workflows._halts`."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
from interactor_api.errors import (
    APIConnectionError,
    APIStatusError,
    BadRequestError,
    DeadlineExceededError,
    InteractorError,
    ServerError,
    StreamInterruptedError,
)

from interactor.workflows._halts import halt_of
from interactor.workflows._waiting import UNTIL, Patience, Watch, failed_instance, matters, timed_out

from ._answers import ask, async_ask, somebody_was_first

if TYPE_CHECKING:
    from interactor_api.models import Instance

    from interactor import AsyncInteractorClient, InteractorClient
    from interactor.workflows._halts import Halt
    from tandem import RequestOptions

    from ._answers import AsyncOnHalt, OnHalt


@dataclass(frozen=True, slots=True)
class Run:
    """One instance that is seen through, as far as somebody wants it."""

    client: InteractorClient
    instance_id: str
    options: RequestOptions | None = field(repr=False)  # headers among them may be secret

    def see_through(self, on_halt: OnHalt, patience: Patience) -> Instance:
        """Wait and answer until it ends, or until `on_halt` leaves it halted."""
        refused: Instance | None = None
        while True:
            instance = self.wait(UNTIL, patience)
            halt = halt_of(instance)
            answer = None if halt is None else ask(on_halt, halt.asking)
            if halt is None or answer is None:
                return instance
            patience = Patience(patience.timeout)
            try:
                self.answer(halt, answer, patience)
            except BadRequestError as error:
                if instance == refused or not somebody_was_first(error):
                    raise
                refused = instance
            except DeadlineExceededError as error:
                if not patience.ended(error):
                    raise
                raise timed_out(instance, patience) from error

    def answer(self, halt: Halt, answer: Mapping[str, Any], patience: Patience) -> None:
        """Hand in what a halt asks for. Where that makes the instance fail, the next look tells."""
        instances = self.client.workflows.instances
        within = patience.bound(self.client.as_one(self.options)())
        try:
            if halt.thread_id is None:
                instances.resume(self.instance_id, input=answer, options=within)
            else:
                instances.threads.resume(self.instance_id, halt.thread_id, input=answer, options=within)
        except ServerError as error:
            failed_instance(error)

    def wait(self, until: Collection[str], patience: Patience) -> Instance:
        """Look at it and listen to it until it has one of these statuses."""
        watch = Watch(until, patience)
        self.look(watch)
        while watch.reached is None:
            if watch.streams:
                self.listen(watch)
            else:
                time.sleep(watch.pause())
                self.look(watch)
        return watch.reached

    def look(self, watch: Watch) -> bool:
        """Whether it is what is waited for."""
        own = self.client.as_one(self.options)
        try:
            instance = self.client.workflows.instances.get(self.instance_id, options=watch.looking(own()))
        except InteractorError as error:
            late = watch.too_late(error)
            if late is None:
                raise
            raise late from error
        return watch.look(instance)

    def listen(self, watch: Watch) -> None:
        """Until something happened, or it is time to look."""
        stream = self.client.workflow_instances.stream
        own = self.client.as_one(self.options)
        try:
            with stream(self.instance_id, options=watch.listening(own())) as events:
                # What happened before the stream was open is in no event.
                if self.look(watch):
                    return
                for event in events:
                    if matters(event) and self.look(watch):
                        return
            watch.streams = False
        except DeadlineExceededError:
            self.look(watch)
        except (APIStatusError, APIConnectionError, StreamInterruptedError):
            watch.streams = False


@dataclass(frozen=True, slots=True)
class AsyncRun:
    """One instance that is seen through, as far as somebody wants it."""

    client: AsyncInteractorClient
    instance_id: str
    options: RequestOptions | None = field(repr=False)  # headers among them may be secret

    async def see_through(self, on_halt: AsyncOnHalt, patience: Patience) -> Instance:
        """Wait and answer until it ends, or until `on_halt` leaves it halted."""
        refused: Instance | None = None
        while True:
            instance = await self.wait(UNTIL, patience)
            halt = halt_of(instance)
            answer = None if halt is None else await async_ask(on_halt, halt.asking)
            if halt is None or answer is None:
                return instance
            patience = Patience(patience.timeout)
            try:
                await self.answer(halt, answer, patience)
            except BadRequestError as error:
                if instance == refused or not somebody_was_first(error):
                    raise
                refused = instance
            except DeadlineExceededError as error:
                if not patience.ended(error):
                    raise
                raise timed_out(instance, patience) from error

    async def answer(self, halt: Halt, answer: Mapping[str, Any], patience: Patience) -> None:
        """Hand in what a halt asks for. Where that makes the instance fail, the next look tells."""
        instances = self.client.workflows.instances
        within = patience.bound(self.client.as_one(self.options)())
        try:
            if halt.thread_id is None:
                await instances.resume(self.instance_id, input=answer, options=within)
            else:
                await instances.threads.resume(self.instance_id, halt.thread_id, input=answer, options=within)
        except ServerError as error:
            failed_instance(error)

    async def wait(self, until: Collection[str], patience: Patience) -> Instance:
        """Look at it and listen to it until it has one of these statuses."""
        watch = Watch(until, patience)
        await self.look(watch)
        while watch.reached is None:
            if watch.streams:
                await self.listen(watch)
            else:
                await anyio.sleep(watch.pause())
                await self.look(watch)
        return watch.reached

    async def look(self, watch: Watch) -> bool:
        """Whether it is what is waited for."""
        own = self.client.as_one(self.options)
        try:
            instance = await self.client.workflows.instances.get(self.instance_id, options=watch.looking(own()))
        except InteractorError as error:
            late = watch.too_late(error)
            if late is None:
                raise
            raise late from error
        return watch.look(instance)

    async def listen(self, watch: Watch) -> None:
        """Until something happened, or it is time to look."""
        stream = self.client.workflow_instances.stream
        own = self.client.as_one(self.options)
        try:
            async with stream(self.instance_id, options=watch.listening(own())) as events:
                # What happened before the stream was open is in no event.
                if await self.look(watch):
                    return
                async for event in events:
                    if matters(event) and await self.look(watch):
                        return
            watch.streams = False
        except DeadlineExceededError:
            await self.look(watch)
        except (APIStatusError, APIConnectionError, StreamInterruptedError):
            watch.streams = False
