"""Working off deliveries: claimed before the handlers run, noted as done after."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from anyio.lowlevel import checkpoint_if_cancelled
from anyio.to_thread import run_sync

from tandem._errors import InvalidRequestError, TandemError, WebhookVerificationError

from ._cancellation import to_the_end
from ._claims import AwaitedStore, Claim, ClaimState, ClaimStore
from ._headers import HeadersInput
from ._replies import ACCEPTED, BUSY, EXECUTOR_FAILED, FAILED, RECEIVED, REPEATED, STORE_FAILED, WebhookReply, refused
from ._routes import Handler
from ._tasks import Task, TaskMaker

Submit = Callable[[Claim, Task], bool]
"""Hands a task to an executor; False when it does not take any."""


class Handling:
    """Works off deliveries, messages and kept events."""

    def __init__(
        self, tasks: TaskMaker, store: ClaimStore, ttl: float, logger: logging.Logger, submit: Submit | None
    ) -> None:
        self._tasks = tasks
        self._store = store
        self._ttl = ttl
        self._log = logger
        self._submit = submit

    def handle(self, body: bytes, headers: HeadersInput) -> WebhookReply:
        """Verify, claim, work, note."""
        try:
            event = self._tasks.verifier.verify(body, headers)
        except WebhookVerificationError as problem:
            self._log.warning("Refused a delivery, %s: %s", problem.reason, problem)
            return refused(problem)
        task = self._tasks.of_delivery(event, bytes(body))
        return RECEIVED if task is None else self.take(task)

    def take(self, task: Task) -> WebhookReply:
        """Do what is to be done for a delivery, unless somebody does or did."""
        try:
            claim = self._store.claim(task.key, self._ttl, task.payload)
        except Exception as problem:  # a store can fail in its own ways: the platform shall come again
            self._log.error("No claim on %s: the store failed.", task.key, exc_info=problem)
            return STORE_FAILED
        if claim.state is ClaimState.BUSY:
            return BUSY
        if claim.state is ClaimState.DONE:
            return REPEATED
        if self._submit is None:
            done = RECEIVED if self._tasks.queue is None else ACCEPTED
            return done if self.work(claim, task) else FAILED
        if self._submit(claim, task):
            return ACCEPTED
        self._let_go(claim)
        return EXECUTOR_FAILED

    def work(self, claim: Claim, task: Task) -> bool:
        """Run the handlers. False: one has failed, and the claim is given back."""
        try:
            self.run(claim, task)
        except Exception as problem:  # handlers are the user's: whatever they raise, the event is not handled
            self._log.error("A handler of %s failed.", task.event.type, exc_info=problem)
            return False
        return True

    def work_later(self, claim: Claim, task: Task) -> bool:
        """Run the handlers, if the claim has not run out while the task waited."""
        try:
            if self._store.renew(claim, self._ttl):
                return self.work(claim, task)
        except Exception as problem:  # a store can fail in its own ways: the event is kept, and found again
            self._log.error("%s waits to be recovered: the store failed.", task.key, exc_info=problem)
            return False
        self._log.warning("%s has waited so long that somebody else may have taken it.", task.key)
        return False

    def run(self, claim: Claim, task: Task) -> None:
        """Run the handlers in turn. What the first one raises that fails is raised, once the claim is given back."""
        try:
            for handler in task.handlers:
                call(handler, task.argument)
        except BaseException:  # also when the process is told to stop: the event is not handled
            self._let_go(claim)
            raise
        self._note(claim)

    def process(self, message: Mapping[str, Any]) -> bool:
        """Work off a message. False: it has been before."""
        task = self._tasks.of_message(message)
        if task is None:
            return False
        claim = self._store.claim(task.key, self._ttl)
        if claim.state is ClaimState.BUSY:
            raise self._tasks.verifier.platform.errors[TandemError](f"Somebody works on {task.key}. Try again later.")
        if claim.state is ClaimState.CLAIMED:
            self.run(claim, task)
        return claim.state is ClaimState.CLAIMED

    def recover(self, max_attempts: int) -> int:
        """Work off what was kept and not finished. How many events were handled."""
        count = 0
        for key in self._tasks.to_recover(self._store.unfinished(self._tasks.prefix), max_attempts):
            claim = self._store.claim(key, self._ttl)
            if claim.state is ClaimState.CLAIMED and self._again(claim, max_attempts):
                count += 1
        return count

    def _again(self, claim: Claim, max_attempts: int) -> bool:
        try:
            task = self._tasks.of_payload(claim.key, claim.payload) if claim.attempts <= max_attempts else None
        except InvalidRequestError as problem:
            self._log.error("%s: %s", claim.key, problem)
            task = None
        if task is None:
            self._log.error("%s is given up after %d attempts.", claim.key, claim.attempts - 1)
            self._tasks.given_up[claim.key] = claim.attempts - 1
            self._let_go(claim)
            return False
        return self.work(claim, task)

    def _note(self, claim: Claim) -> None:
        try:
            kept = self._store.complete(claim)
        except Exception as problem:  # the event is handled all the same: to say otherwise would bring it again
            self._log.error("%s is handled, but the store failed to note it.", claim.key, exc_info=problem)
            return
        if not kept:
            self._log.warning("%s took longer than claim_ttl: somebody else may have handled it too.", claim.key)

    def _let_go(self, claim: Claim) -> None:
        try:
            self._store.release(claim)
        except Exception as problem:  # what failed before is the news; the claim runs out by itself
            self._log.error("The store failed to release %s.", claim.key, exc_info=problem)


class AsyncHandling:
    """Works off deliveries, messages and kept events, in a task."""

    def __init__(
        self, tasks: TaskMaker, store: AwaitedStore, ttl: float, logger: logging.Logger, submit: Submit | None
    ) -> None:
        self._tasks = tasks
        self._store = store
        self._ttl = ttl
        self._log = logger
        self._submit = submit

    async def handle(self, body: bytes, headers: HeadersInput) -> WebhookReply:
        """Verify, claim, work, note."""
        try:
            event = self._tasks.verifier.verify(body, headers)
        except WebhookVerificationError as problem:
            self._log.warning("Refused a delivery, %s: %s", problem.reason, problem)
            return refused(problem)
        task = self._tasks.of_delivery(event, bytes(body))
        return RECEIVED if task is None else await self.take(task)

    async def take(self, task: Task) -> WebhookReply:
        """Do what is to be done for a delivery, unless somebody does or did."""
        try:
            claim = await self._store.claim(task.key, self._ttl, task.payload)
        except Exception as problem:  # a store can fail in its own ways: the platform shall come again
            self._log.error("No claim on %s: the store failed.", task.key, exc_info=problem)
            return STORE_FAILED
        if claim.state is ClaimState.BUSY:
            return BUSY
        if claim.state is ClaimState.DONE:
            return REPEATED
        if self._submit is None:
            done = RECEIVED if self._tasks.queue is None else ACCEPTED
            return done if await self.work(claim, task) else FAILED
        if self._submit(claim, task):
            return ACCEPTED
        await self._let_go(claim)
        return EXECUTOR_FAILED

    async def work(self, claim: Claim, task: Task) -> bool:
        """Run the handlers. False: one has failed, and the claim is given back."""
        try:
            await self.run(claim, task)
        except Exception as problem:  # handlers are the user's: whatever they raise, the event is not handled
            self._log.error("A handler of %s failed.", task.event.type, exc_info=problem)
            return False
        return True

    async def work_later(self, claim: Claim, task: Task) -> bool:
        """Run the handlers, if the claim has not run out while the task waited."""
        try:
            if await self._store.renew(claim, self._ttl):
                return await self.work(claim, task)
        except Exception as problem:  # a store can fail in its own ways: the event is kept, and found again
            self._log.error("%s waits to be recovered: the store failed.", task.key, exc_info=problem)
            return False
        self._log.warning("%s has waited so long that somebody else may have taken it.", task.key)
        return False

    async def run(self, claim: Claim, task: Task) -> None:
        """Run the handlers in turn. What the first one raises that fails is raised, once the claim is given back."""
        try:
            for handler in task.handlers:
                await async_call(handler, task.argument)
        except BaseException:  # also when the process is told to stop: the event is not handled
            await self._let_go(claim)
            raise
        await self._note(claim)

    async def process(self, message: Mapping[str, Any]) -> bool:
        """Work off a message. False: it has been before."""
        task = self._tasks.of_message(message)
        if task is None:
            return False
        claim = await self._store.claim(task.key, self._ttl)
        if claim.state is ClaimState.BUSY:
            raise self._tasks.verifier.platform.errors[TandemError](f"Somebody works on {task.key}. Try again later.")
        if claim.state is ClaimState.CLAIMED:
            await self.run(claim, task)
        return claim.state is ClaimState.CLAIMED

    async def recover(self, max_attempts: int) -> int:
        """Work off what was kept and not finished. How many events were handled."""
        count = 0
        for key in self._tasks.to_recover(await self._store.unfinished(self._tasks.prefix), max_attempts):
            claim = await self._store.claim(key, self._ttl)
            if claim.state is ClaimState.CLAIMED and await self._again(claim, max_attempts):
                count += 1
        return count

    async def _again(self, claim: Claim, max_attempts: int) -> bool:
        try:
            task = self._tasks.of_payload(claim.key, claim.payload) if claim.attempts <= max_attempts else None
        except InvalidRequestError as problem:
            self._log.error("%s: %s", claim.key, problem)
            task = None
        if task is None:
            self._log.error("%s is given up after %d attempts.", claim.key, claim.attempts - 1)
            self._tasks.given_up[claim.key] = claim.attempts - 1
            await self._let_go(claim)
            return False
        return await self.work(claim, task)

    async def _note(self, claim: Claim) -> None:
        try:
            kept = await self._store.complete(claim)
        except Exception as problem:  # the event is handled all the same: to say otherwise would bring it again
            self._log.error("%s is handled, but the store failed to note it.", claim.key, exc_info=problem)
            return
        if not kept:
            self._log.warning("%s took longer than claim_ttl: somebody else may have handled it too.", claim.key)

    async def _let_go(self, claim: Claim) -> None:
        try:
            await self._store.release(claim)
        except Exception as problem:  # what failed before is the news; the claim runs out by itself
            self._log.error("The store failed to release %s.", claim.key, exc_info=problem)


def call(handler: Handler, argument: Any) -> None:
    """Call a handler; an asynchronous one in an event loop of its own."""
    result = handler.function(argument)
    if inspect.isawaitable(result):
        asyncio.run(_awaited(result))


async def async_call(handler: Handler, argument: Any) -> None:
    """Call a handler; a blocking one in a thread, so that the event loop goes on meanwhile.

    Nobody can stop a thread: who is cancelled waits for its end, and the event is nobody else's until then.
    """
    if handler.is_async:
        await handler.function(argument)
        return
    await checkpoint_if_cancelled()
    result = await to_the_end(run_sync(handler.function, argument))
    if inspect.isawaitable(result):
        await result


async def _awaited(result: Awaitable[Any]) -> Any:
    return await result
