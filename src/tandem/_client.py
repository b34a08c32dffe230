"""The client shells: they send and sleep; everything that decides is in `Exchange`."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from ._auth import AsyncAuth, Auth
from ._calls import Call, RequestOptions
from ._core import Core
from ._drafts import check, drafted, settled
from ._exchange import Exchange
from ._meta import ResponseMeta
from ._paging._pagers import AsyncPager, Pager
from ._paging._pages import AsyncPage, Page
from ._places import async_nap, nap
from ._raw import raw_call
from ._replies import has_no_end
from ._secrets import SecretUrl
from ._tokens import AsyncTokenStore, Token, TokenStore
from ._transport import AsyncReplyStream, AsyncTransport, ReplyStream, Transport, TransportError
from ._views import BaseClient
from ._wire._reading import async_read_whole, head, read_whole

if TYPE_CHECKING:
    from ._streaming._streams import AsyncStream, Stream

T = TypeVar("T")


class Client(BaseClient):
    """Carries out calls, one thread of control each. Safe to share between threads."""

    _core: Core[Transport, TokenStore]

    @property
    def _auth(self) -> Auth:
        # Not public here: a product may have a resource of the name `auth`.
        return Auth(self, self._core)

    def call(self, call: Call[T]) -> T:
        """Carry out one call: send, and send again where the policy says so, until there is a result."""
        exchange = Exchange(self._core, call, self._settings)
        with exchange:
            while True:
                due = exchange.turn()
                if due:
                    (self._core.sleep or nap)(due)
                token = self._token(exchange)
                request = exchange.attempt(token)
                try:
                    response = self._core.transport.send(request)
                except TransportError as error:
                    pause = exchange.after_failure(error)
                else:
                    again = exchange.after_response(response)
                    if again is None:
                        return exchange.result(response)
                    pause = again
                    if exchange.refused is not None:
                        self._auth.forget(exchange.refused)
                (self._core.sleep or nap)(pause)

    def paginate(self, call: Call[T]) -> Pager[T]:
        """The list that a call begins. Checks the call now; sends nothing yet."""
        return Pager(self, drafted(self._core, call, self._settings))

    def page(self, call: Call[Any]) -> Page[Any]:
        """One page of a list."""
        page: Page[Any] = self.call(call)
        page._client, page._call = self, call  # pyright: ignore[reportPrivateUsage]  # a page is made here and nowhere else
        return page

    def stream(self, call: Call[T]) -> Stream[T]:
        """The event stream that a call begins. Checks the call now; sends nothing yet."""
        from ._streaming._following import Following  # most clients never follow a stream
        from ._streaming._streams import Stream

        check(self._core, call, self._settings)
        return Stream(self, Following(self._core, settled(call), self._settings), self._core.sleep)

    def stream_url(self, call: Call[Any]) -> SecretUrl:
        """The URL of a stream, with the token in it, for clients that cannot send headers."""
        return self._url_call(call, self._auth.token())

    def open(self, call: Call[Any]) -> tuple[ReplyStream, ResponseMeta]:
        """A reply whose body is still arriving."""
        exchange = Exchange(self._core, call, self._settings)
        with exchange:
            while True:
                due = exchange.turn()
                if due:
                    (self._core.sleep or nap)(due)
                token = self._token(exchange)
                request = exchange.attempt(token)
                try:
                    reply = self._core.transport.open(request)
                    response = head(reply) if has_no_end(reply) else read_whole(reply, request)
                except TransportError as error:
                    pause = exchange.after_failure(error)
                else:
                    again = exchange.after_response(response)
                    if again is None:
                        return reply, exchange.opened(response)
                    pause = again
                    if exchange.refused is not None:
                        self._auth.forget(exchange.refused)
                (self._core.sleep or nap)(pause)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, Any] | None = None,
        body: Any = None,
        host: str | None = None,
        idempotency_key: str | None = None,
        options: RequestOptions | None = None,
    ) -> Any:
        """Call any endpoint, also one that this version does not know, with tokens, retries and errors as usual.

        Returns the reply's JSON as plain values (None when the reply is empty). `path` begins with a slash and is
        percent-encoded; `host` names the server where it is not the usual one.
        """
        call = raw_call(
            self._core,
            method,
            path,
            query=query,
            body=body,
            host=host,
            idempotency_key=idempotency_key,
            options=options,
        )
        return self.call(call)

    def _token(self, exchange: Exchange[Any]) -> Token | None:
        if not exchange.authenticated:
            return None
        return self._core.tokens.fresh or self._auth.current(exchange.deadline)

    def close(self) -> None:
        """Close the connections. A view leaves that to the client it was made from. Safe to call twice."""
        transport = self._core.close() if self._owner else None
        if transport is not None:
            for walk in self._core.followed():
                walk.hang_up()
            transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncClient(BaseClient):
    """Carries out calls, one task each. Safe to share between tasks."""

    _core: Core[AsyncTransport, AsyncTokenStore]

    @property
    def _auth(self) -> AsyncAuth:
        # Not public here: a product may have a resource of the name `auth`.
        return AsyncAuth(self, self._core)

    async def call(self, call: Call[T]) -> T:
        """Carry out one call: send, and send again where the policy says so, until there is a result."""
        exchange = Exchange(self._core, call, self._settings)
        with exchange:
            while True:
                due = exchange.turn()
                if due:
                    await (self._core.sleep or async_nap)(due)
                token = await self._token(exchange)
                request = exchange.attempt(token)
                try:
                    response = await self._core.transport.send(request)
                except TransportError as error:
                    pause = exchange.after_failure(error)
                else:
                    again = exchange.after_response(response)
                    if again is None:
                        return exchange.result(response)
                    pause = again
                    if exchange.refused is not None:
                        await self._auth.forget(exchange.refused)
                await (self._core.sleep or async_nap)(pause)

    def paginate(self, call: Call[T]) -> AsyncPager[T]:
        """The list that a call begins. Checks the call now; sends nothing yet."""
        return AsyncPager(self, drafted(self._core, call, self._settings))

    async def page(self, call: Call[Any]) -> AsyncPage[Any]:
        """One page of a list."""
        page: AsyncPage[Any] = await self.call(call)
        page._client, page._call = self, call  # pyright: ignore[reportPrivateUsage]  # a page is made here and nowhere else
        return page

    def stream(self, call: Call[T]) -> AsyncStream[T]:
        """The event stream that a call begins. Checks the call now; sends nothing yet."""
        from ._streaming._following import Following  # most clients never follow a stream
        from ._streaming._streams import AsyncStream

        check(self._core, call, self._settings)
        return AsyncStream(self, Following(self._core, settled(call), self._settings), self._core.sleep)

    async def stream_url(self, call: Call[Any]) -> SecretUrl:
        """The URL of a stream, with the token in it, for clients that cannot send headers."""
        return self._url_call(call, await self._auth.token())

    async def open(self, call: Call[Any]) -> tuple[AsyncReplyStream, ResponseMeta]:
        """A reply whose body is still arriving."""
        exchange = Exchange(self._core, call, self._settings)
        with exchange:
            while True:
                due = exchange.turn()
                if due:
                    await (self._core.sleep or async_nap)(due)
                token = await self._token(exchange)
                request = exchange.attempt(token)
                try:
                    reply = await self._core.transport.open(request)
                    response = head(reply) if has_no_end(reply) else await async_read_whole(reply, request)
                except TransportError as error:
                    pause = exchange.after_failure(error)
                else:
                    again = exchange.after_response(response)
                    if again is None:
                        return reply, exchange.opened(response)
                    pause = again
                    if exchange.refused is not None:
                        await self._auth.forget(exchange.refused)
                await (self._core.sleep or async_nap)(pause)

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, Any] | None = None,
        body: Any = None,
        host: str | None = None,
        idempotency_key: str | None = None,
        options: RequestOptions | None = None,
    ) -> Any:
        """Call any endpoint, also one that this version does not know, with tokens, retries and errors as usual.

        Returns the reply's JSON as plain values (None when the reply is empty). `path` begins with a slash and is
        percent-encoded; `host` names the server where it is not the usual one.
        """
        call = raw_call(
            self._core,
            method,
            path,
            query=query,
            body=body,
            host=host,
            idempotency_key=idempotency_key,
            options=options,
        )
        return await self.call(call)

    async def _token(self, exchange: Exchange[Any]) -> Token | None:
        if not exchange.authenticated:
            return None
        return self._core.tokens.fresh or await self._auth.current(exchange.deadline)

    async def aclose(self) -> None:
        """Close the connections. A view leaves that to the client it was made from. Safe to call twice."""
        transport = self._core.close() if self._owner else None
        if transport is not None:
            for walk in self._core.followed():
                await walk.hang_up()
            await transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
