"""The router: from a request to the handlers of its event."""

from __future__ import annotations

import functools
import inspect
import logging
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, cast, overload

from tandem._conventions import shorten
from tandem._errors import NO_FAMILY, ConfigurationError, ErrorFamily, InvalidRequestError

from ._cancellation import inside_asyncio
from ._claims import AsyncClaimStore, AwaitedStore, Claim, ClaimStore
from ._events import UnknownEvent, WebhookEvent
from ._handling import AsyncHandling, Handling
from ._headers import HeadersInput
from ._memory import MemoryStore
from ._replies import WebhookReply
from ._routes import Handler, Routes
from ._tasks import Message, Task, TaskMaker
from ._verifier import Verifier

if TYPE_CHECKING:
    from ._asgi import AsgiApp
    from ._wsgi import WsgiApp

E = TypeVar("E")
R = TypeVar("R")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_METHODS_OF_A_STORE = ("claim", "renew", "complete", "release", "unfinished")


class Router:
    """Takes deliveries in, and calls your handlers once for each event."""

    _errors: ClassVar[ErrorFamily] = NO_FAMILY
    """What to raise before there is a verifier that knows its platform."""

    def __init__(
        self,
        verifier: Verifier | None = None,
        *,
        store: ClaimStore | AsyncClaimStore | None = None,
        claim_ttl: float = 120.0,  # platforms wait for half a minute, and come back some minutes later
        name: str = "main",
    ) -> None:
        verifier = self._usual_verifier() if verifier is None else verifier
        if not isinstance(verifier, Verifier):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
            # By its type alone, as below: it may be the secret itself.
            raise self._errors[ConfigurationError](
                f"A router takes deliveries from a verifier: pass one made of your secrets, not a {_kind(verifier)}."
            )
        errors = verifier.platform.errors
        if not _is_a_store(store):
            raise errors[ConfigurationError](
                "store is where claims are kept: pass MemoryStore(), SqliteStore(path), RedisStore(url) or one of your "
                f"own that has {', '.join(_METHODS_OF_A_STORE)}; not a {_kind(store)}."
            )
        if not isinstance(claim_ttl, int | float) or isinstance(claim_ttl, bool) or not 0 < claim_ttl < 1e9:  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
            raise errors[ConfigurationError](f"claim_ttl is a number of seconds above 0, not {shorten(claim_ttl)}.")
        if not isinstance(name, str) or not _NAME.fullmatch(name):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
            raise errors[ConfigurationError]("name is 1 to 64 characters of letters, digits and _ . -")
        self.verifier = verifier
        self._store = MemoryStore() if store is None else store
        self._ttl = float(claim_ttl)
        classes = cast("Iterable[type]", verifier.platform.catalogue.values())
        self._routes = Routes(errors, (*classes, UnknownEvent))
        self._tasks = TaskMaker(name, verifier, self._routes)
        self._executor: Executor | None = None

    def _usual_verifier(self) -> Verifier:
        """The one of a router that was given none: products know theirs."""
        raise ConfigurationError("A router takes deliveries from a verifier: pass one.")

    @overload
    def on(self) -> Callable[[Callable[[WebhookEvent], R]], Callable[[WebhookEvent], R]]: ...
    @overload
    def on(self, *wanted: type[E]) -> Callable[[Callable[[E], R]], Callable[[E], R]]: ...
    @overload
    def on(self, *wanted: str) -> Callable[[Callable[[WebhookEvent], R]], Callable[[WebhookEvent], R]]: ...
    def on(self, *wanted: type | str) -> Callable[[Callable[[Any], R]], Callable[[Any], R]]:
        """Let a function handle events: those of a class, those whose names match a pattern, or all of them.

        Handlers are functions or coroutine functions. Those of one event run in the order in which they were
        registered; when one fails, those behind it do not run, and all of them run when the event comes again.
        """
        events = self._routes.wanted(wanted)

        def register(function: Callable[[Any], R]) -> Callable[[Any], R]:
            self._routes.add(events, function)
            return function

        return register

    def handle(self, body: bytes, headers: HeadersInput) -> WebhookReply:
        """Work off one request, and say what to answer: `status, body = router.handle(body, headers)`.

        An asynchronous handler runs in an event loop of its own. Never raises for what a stranger sends.
        """
        return self._handling().handle(body, headers)

    async def ahandle(self, body: bytes, headers: HeadersInput) -> WebhookReply:
        """Work off one request inside an event loop, and say what to answer.

        A blocking handler runs in a thread, which nobody can stop: a task that is cancelled meanwhile ends after it.
        """
        return await self._async_handling().handle(body, headers)

    def background(self, executor: Executor) -> Self:
        """From now on, answer 202 at once and let the executor (of threads) run the handlers.

        The platform then knows the event as delivered: it is kept in the store until it is handled. What a crash or a
        failing handler has left over is worked off by `recover()`, so call that at the start and now and then. Raises
        ConfigurationError for an asynchronous store, and for an executor of processes.
        """
        if not callable(getattr(executor, "submit", None)) or _is_of_processes(executor):
            raise self._error(f"An executor of threads is needed, like ThreadPoolExecutor(4); not {shorten(executor)}.")
        if inspect.iscoroutinefunction(self._store.claim):
            raise self._error(
                "Threads in the background need a store that blocks. Use RedisStore, not AsyncRedisStore."
            )
        self._executor, self._tasks.keeps = executor, True
        return self

    def recover(self, *, max_attempts: int = 10) -> int:
        """Work off what `background` took in and did not finish; the number of events that were handled now.

        Events with more than `max_attempts` attempts are left alone, and logged once.
        """
        return self._handling().recover(max_attempts)

    async def arecover(self, *, max_attempts: int = 10) -> int:
        """`recover()` inside an event loop."""
        return await self._async_handling().recover(max_attempts)

    def enqueue(self, put: Callable[[Message], Any]) -> Self:
        """From now on, put each verified event into a queue of yours once, and answer 202.

        `put` gets a dict of strings and numbers, for `process(message)` at the other end, where the handlers run. It
        may be a coroutine function. With Celery:

            @celery.task(acks_late=True, autoretry_for=(Exception,), retry_backoff=True)
            def work(message):
                router.process(message)

            web = WebhookRouter(verifier, store=store).enqueue(work.delay)
        """
        if not callable(put):
            raise self._error(f"put is a function that takes one message, not {shorten(put)}.")
        self._tasks.queue = Handler.of(put)
        return self

    def process(self, message: Mapping[str, Any]) -> bool:
        """Run the handlers of an event that came through a queue. False: they did before, or there are none.

        The signature was checked before the event was put there: whoever can write to the queue is trusted. What a
        handler raises is raised here, for the queue to try again; so is an error of ours while another worker has it.
        """
        return self._handling().process(message)

    async def aprocess(self, message: Mapping[str, Any]) -> bool:
        """`process(message)` inside an event loop."""
        return await self._async_handling().process(message)

    def asgi(self) -> AsgiApp:
        """An ASGI application, to serve by itself or to mount."""
        from ._asgi import AsgiApp

        return AsgiApp(self)

    def wsgi(self) -> WsgiApp:
        """A WSGI application, to serve by itself or to mount."""
        from ._wsgi import WsgiApp

        return WsgiApp(self)

    def _handling(self) -> Handling:
        if inspect.iscoroutinefunction(self._store.claim):
            raise self._error("The store is asynchronous: await the method's twin that begins with `a`.")
        queue = self._tasks.queue
        if (self._routes.any_async or (queue is not None and queue.is_async)) and inside_asyncio():
            message = "A handler is asynchronous and a loop is running: await the method's twin that begins with `a`."
            raise self.verifier.platform.errors[InvalidRequestError](message)
        store: Any = self._store
        return Handling(self._tasks, store, self._ttl, self._logger, self._submit if self._executor else None)

    def _async_handling(self) -> AsyncHandling:
        submit = self._submit if self._executor else None
        return AsyncHandling(self._tasks, AwaitedStore(self._store), self._ttl, self._logger, submit)

    def _submit(self, claim: Claim, task: Task) -> bool:
        store: Any = self._store
        worker = Handling(self._tasks, store, self._ttl, self._logger, None)
        try:
            assert self._executor is not None  # noqa: S101  # nobody hands this method out otherwise
            future = self._executor.submit(worker.work_later, claim, task)
        except RuntimeError as problem:  # it was shut down
            self._logger.error("The executor takes nothing.", exc_info=problem)
            return False
        if isinstance(future, Future):  # pyright: ignore[reportUnnecessaryIsInstance]  # other libraries return nothing
            future.add_done_callback(functools.partial(self._look_after, claim))
        return True

    def _look_after(self, claim: Claim, future: Future[bool]) -> None:
        if future.cancelled() or future.exception() is not None:
            self._logger.error("%s was not worked off and waits to be recovered.", claim.key)
            self._store.release(claim)

    @property
    def _logger(self) -> logging.Logger:
        return logging.getLogger(self.verifier.platform.logger)

    def _error(self, message: str) -> ConfigurationError:
        return self.verifier.platform.errors[ConfigurationError](message)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self._routes.routes)} handlers, {self._store!r}>"


def _kind(value: object) -> str:
    return f"class {value.__name__}" if isinstance(value, type) else type(value).__name__


def _is_a_store(store: object) -> bool:
    # A class has the methods too, and is none.
    return store is None or (
        not isinstance(store, type) and all(callable(getattr(store, name, None)) for name in _METHODS_OF_A_STORE)
    )


def _is_of_processes(executor: object) -> bool:
    # Whoever has made one has loaded its module. Loading it here would cost all others more than the rest together.
    processes = sys.modules.get("concurrent.futures.process")
    return processes is not None and isinstance(executor, processes.ProcessPoolExecutor)
