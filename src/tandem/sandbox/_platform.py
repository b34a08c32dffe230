"""A platform: the document, its handlers, its state, and the rules that only the product knows."""

from __future__ import annotations

import asyncio
import random
import re
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypedDict

from ._agenda import Agenda
from ._channels import Channels
from ._clock import Clock
from ._context import Principal
from ._faults import FaultBook
from ._idempotency import Turnstile
from ._ids import Ids
from ._journal import Journal
from ._limits import Limiter, LimitRule, LimitVerdict
from ._loop import LoopThread
from ._pages import Paged, place
from ._problems import Problems
from ._redaction import Redaction
from ._request import Request, current_request
from ._schemas import Schemas
from ._snapshots import CLOCK_FACT, Snapshots
from ._store import Store
from ._values import Values

if TYPE_CHECKING:
    from ._api import Api, ApiOperation
    from ._app import App
    from ._control import Actions
    from ._registry import Registry

_SEEDED_FACT = "seeded"
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.:\-]{1,128}")


class PlatformSettings(TypedDict, total=False):
    """What every platform may be told; see `Platform`."""

    db: str | Path | None
    seed: int | None
    clock: Clock | None
    enforce_limits: bool


class Platform(Problems):
    """What a product subclasses; it overrides the hooks in the second half, and those of `Problems`.

    `db` is a file that keeps the state (None: in memory), `seed` makes identifiers and chance repeatable
    (None: random), `enforce_limits` turns the rate limits from headers into refusals. Raises
    `RegistryMismatchError` when the handlers are not those of the document.
    """

    namespace_header: ClassVar[str] = "X-Namespace"
    idempotency_header: ClassVar[str] = "Idempotency-Key"
    replayed_header: ClassVar[str] = "Idempotency-Replayed"
    request_id_header: ClassVar[str] = "X-Request-Id"
    request_id_prefix: ClassVar[str] = "req"
    id_separator: ClassVar[str] = "_"
    """What stands between the prefix of an identifier and the rest of it."""
    idempotency_seconds: ClassVar[float] = 24 * 3600.0
    max_body_bytes: ClassVar[int] = 32 * 1024 * 1024
    page_parameters: ClassVar[tuple[str, str]] = ("page", "per_page")
    cursor_parameters: ClassVar[tuple[str, str]] = ("cursor", "limit")
    all_scopes: ClassVar[str | None] = None
    """The scope whose holder may do everything."""
    secret_names: ClassVar[frozenset[str]] = frozenset()
    """Names to hide in the journal, beyond those that the document marks with `format: password`."""
    base_paths: ClassVar[Mapping[str, str]] = {}
    """Where on the one port each host of the document lives; by default `/<host><path of its server>`."""

    def __init__(
        self,
        api: Api,
        registry: Registry,
        *,
        db: str | Path | None = None,
        seed: int | None = 0,
        clock: Clock | None = None,
        enforce_limits: bool = False,
    ) -> None:
        registry.check(api)
        self.api = api
        self.registry = registry
        self.store = Store(db)
        self.clock = clock or Clock()
        self.ids = Ids(seed, lambda prefix: self.store.count_up(f"ids.{prefix}"), self.id_separator)
        self.request_ids = Ids(seed, separator=self.id_separator)
        self.limiter = Limiter(enforce=enforce_limits)
        self.faults = FaultBook(random.Random(seed))  # noqa: S311  # chance in tests, not in locks
        self.journal = Journal()
        self.snapshots = Snapshots(self.store, self.clock)
        self.values = Values(api.document)
        self.channels = Channels()
        self.thread = LoopThread()
        self.agenda = Agenda(self)
        self.turnstile = Turnstile()
        self._turn = asyncio.Lock()
        self._starting = threading.Lock()
        self._started = False
        self._base_paths = dict(self.base_paths)
        self._closers: list[Callable[[], None]] = []

    # -- what the engine offers

    @cached_property
    def app(self) -> App:
        """The platform as an ASGI application."""
        from ._app import App

        return App(self)

    @cached_property
    def schemas(self) -> Schemas:
        """The document's schemas, compiled when they are needed."""
        return Schemas(self.api.document, self.redaction.names)

    @cached_property
    def redaction(self) -> Redaction:
        """What hides secrets in everything that is written down."""
        return Redaction({*self.api.secret_names, *self.secret_names}, self.api.document)

    def base_path(self, host: str) -> str:
        """The path that the operations of a host begin with."""
        if host not in self._base_paths:
            self._base_paths[host] = f"/{host}{self.api.server_path(host)}"
        return self._base_paths[host]

    @property
    def request(self) -> Request | None:
        """The request that is being answered; None for work beside one."""
        return current_request()

    def start(self) -> None:
        """Make the platform ready for its first request. Servers and transports do this; once is enough."""
        with self._starting:
            if self._started:
                return
            self.clock.set_offset(float(self.store.fact(CLOCK_FACT) or self.clock.offset))
            self.clock.on_advance(lambda _now: self.store.set_fact(CLOCK_FACT, self.clock.offset))
            if not self.store.fact(_SEEDED_FACT):
                self._sow()
            self.agenda.load()
            self.on_start()
            self._started = True

    def reset(self) -> None:
        """Back to the seeded state: documents, ids, clock, limits, fault rules. Journal and snapshots stay."""
        with self.store.transaction():
            self.store.clear()
            self.store.clear_facts()
            self.clock.set_offset(0.0)
            self._sow()
        self.limiter.forget()
        self.faults.clear()
        self.agenda.load()
        self.on_reset()

    def restore(self, name: str) -> None:
        """Back to a snapshot, the clock included. Raises `UnknownSnapshotError`."""
        self.snapshots.restore(name)
        self.agenda.load()
        self.on_reset()

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Nobody else's transaction is open inside of this block."""
        async with self._turn:
            yield

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[None]:
        """A transaction of the store, for streams and work in the background. Every handler runs in one already.

        What they write outside of it may end up in the transaction of a handler that is waiting for something.
        """
        async with self._turn:
            with self.store.transaction():
                yield

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> Future[Any]:
        """Run something in the background, in the platform's own thread, until it is done or the platform closes."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.thread.loop)

    def on_close(self, callback: Callable[[], None]) -> None:
        """Call something when the platform closes, before its thread ends."""
        self._closers.append(callback)

    def close(self) -> None:
        """Stop all work and let go of the database. Safe to call twice."""
        while self._closers:
            self._closers.pop()()
        self.thread.stop()
        self.snapshots.close()
        self.store.close()

    def _sow(self) -> None:
        with self.store.transaction():
            self.store.set_fact(_SEEDED_FACT, 1)
            self.seed()

    # -- what a product knows

    def authenticate(self, request: Request) -> Principal:
        """Who sends a request to an operation that is not public. Raises the product's 401."""
        return Principal()

    def grants(self, principal: Principal, scopes: frozenset[str]) -> bool:
        """Whether the caller holds all of these scopes, or the one that stands for all."""
        return self.all_scopes in principal.scopes or scopes <= principal.scopes

    def channel_scopes(self, channel: str) -> frozenset[str]:
        """What a caller has to hold to listen to a live channel."""
        return frozenset()

    def channel_filters(self, channel: str) -> frozenset[str] | None:
        """The names that a subscription to a live channel may filter by; None: any."""
        return None

    def namespace_for(self, request: Request) -> str:
        """The namespace a request is about, "" for none: the header, else the query parameter `namespace`."""
        return request.headers.get(self.namespace_header) or request.query.get("namespace", "")

    def limits_for(
        self, operation: ApiOperation, request: Request, principal: Principal, namespace: str
    ) -> Sequence[LimitRule]:
        """The rate limits that a request counts against. None of them means: no rate limit headers either.

        Whoever could not be authenticated counts as a `Principal()` without a name.
        """
        return ()

    def limits_elsewhere(self, request: Request, principal: Principal) -> Sequence[LimitRule]:
        """The rate limits that a request counts against whose path, or method there, no operation has."""
        return ()

    def limit_headers(self, verdict: LimitVerdict) -> dict[str, str]:
        """How a reply tells where its sender stands."""
        return {
            "X-RateLimit-Limit": str(verdict.rule.limit),
            "X-RateLimit-Remaining": str(verdict.remaining),
            "X-RateLimit-Reset": str(int(verdict.reset)),
            "X-RateLimit-Scope": verdict.rule.scope,
        }

    def reply_headers(self, request: Request) -> dict[str, str]:
        """More headers for every reply to this request."""
        return {}

    def request_id_for(self, request: Request) -> str:
        """The caller's own request id when it is a sensible one, else a new one."""
        given = request.headers.get(self.request_id_header, "")
        return given if _REQUEST_ID.fullmatch(given) else self.request_ids.new(self.request_id_prefix)

    def paths_of(self, operation: ApiOperation) -> Sequence[str]:
        """The path templates, from the root of the server, under which an operation answers."""
        return (self.base_path(operation.host) + operation.path,)

    def reply_body(self, value: Any, operation: ApiOperation) -> Any:
        """What a handler returned, in the product's envelope."""
        return place(operation.result, value)

    def page_body(self, paged: Paged, operation: ApiOperation) -> Any:
        """A page as a whole body: `meta` beside the result, or `pagination` beside the items for cursors."""
        beside = dict(paged.beside or {})
        if paged.mode == "cursor":
            beside["pagination"] = {"has_more": paged.has_more, "next_cursor": paged.next_cursor}
        body = place(operation.items, paged.items, beside)
        if paged.mode == "page":
            body["meta"] = {
                "page": paged.page,
                "per_page": paged.per_page,
                "total": paged.total,
                "total_pages": paged.total_pages,
                "has_more": paged.has_more,
            }
        return body

    def seed(self) -> None:
        """Put in place what a fresh platform holds. Runs in a transaction, on an empty store and after `reset`."""

    def control_actions(self) -> Actions:
        """More controls under `/_sandbox`: what answers each method at a path, `{"/queue": {"GET": show_queue}}`."""
        return {}

    def on_start(self) -> None:
        """The state is there, fresh or from a file: take up what was left undone."""

    def on_reset(self) -> None:
        """The state was replaced: forget what is kept outside of the store."""
