"""The client shells: they send and sleep; everything that decides is in `Exchange`."""

from __future__ import annotations

import time
from dataclasses import replace
from types import TracebackType
from typing import Any, NoReturn, Self, TypeVar

import anyio

from ._auth import AsyncAuth, Auth
from ._calls import Call, Operation, RequestOptions
from ._core import Core
from ._errors import ErrorFamily, InvalidRequestError
from ._exchange import Exchange
from ._meta import ResponseMeta
from ._pages import AsyncPage, AsyncPager, BasePage, Page, Pager, call_after
from ._secrets import SecretUrl
from ._settings import CallSettings, change_settings
from ._streams import AsyncStream, Stream
from ._tokens import AsyncTokenStore, Token, TokenStore
from ._transport import AsyncReplyStream, AsyncTransport, ReplyStream, Response, Transport, TransportError

T = TypeVar("T")
ReplyT = TypeVar("ReplyT")


class BaseClient:
    """What both colours of a client have in common: settings, views, checks."""

    _core: Core[Any, Any]
    _settings: CallSettings
    _owner = True

    @property
    def errors(self) -> ErrorFamily:
        """The product's own error classes."""
        return self._core.conventions.errors

    @property
    def namespace(self) -> str | None:
        """The namespace that this client's calls go to."""
        return self._settings.namespace

    def for_namespace(self, namespace: str) -> Self:
        """A view of this client with another namespace: same connections, same token. Costs microseconds."""
        return self._view({"namespace": namespace})

    def with_options(self, **settings: Any) -> Self:
        """A view of this client with other settings: `timeout`, `deadline`, `retry`, `namespace`."""
        unknown = set(settings) - {"timeout", "deadline", "retry", "namespace"}
        if unknown:
            raise self._core.error(
                InvalidRequestError, f"with_options takes timeout, deadline, retry and namespace, not {min(unknown)}."
            )
        return self._view(settings)

    def call_after(self, call: Call[Any], page: BasePage[Any]) -> Call[Any] | None:
        """The call for the page after this one."""
        conventions = self._core.conventions
        return call_after(call, page, page_param=conventions.page_param, cursor_param=conventions.cursor_param)

    def opened(self, reply: ReplyT | None) -> ReplyT:
        """The reply of a stream. Raises InvalidRequestError when the stream is read before its `with` block."""
        if reply is None:
            raise self._core.error(InvalidRequestError, "Open the stream first: `with ….stream(…) as events:`.")
        return reply

    def _view(self, changes: dict[str, Any]) -> Self:
        view = object.__new__(type(self))
        view._core = self._core
        view._settings = change_settings(self._settings, changes, self._core.conventions)
        view._owner = False
        return view

    def _raw_call(
        self,
        method: str,
        path: str,
        query: dict[str, Any] | None,
        body: Any,
        host: str | None,
        idempotency_key: str | None,
        options: RequestOptions | None,
    ) -> Call[Any]:
        conventions = self._core.conventions
        if (
            not path.startswith("/")
            or any(part in {".", ".."} for part in path.split("/"))
            or set(path) & set("?#{}\\")
        ):
            raise self._core.error(InvalidRequestError, f'request: {path[:80]!r} is not a path such as "/assistants".')
        if not path.isascii() or not path.isprintable() or " " in path:
            raise self._core.error(InvalidRequestError, "request: the path must be percent-encoded ASCII text.")
        verb = method.upper()
        operation: Operation[Any] = Operation(
            name="request",
            method=verb,
            path=path,
            host=host or conventions.default_host,
            decode=_as_it_is,
            idempotent=verb in conventions.keyed_methods,
            body="none" if body is None else "json",
            whole_body=True,
            reply="any",
        )
        return Call(operation, query=query or {}, body=body, idempotency_key=idempotency_key, options=options)

    def _url_call(self, call: Call[Any], token: str) -> SecretUrl:
        token_param, namespace_param = call.operation.url_query
        query = {token_param: token, namespace_param: self._settings.namespace}
        options = call.options or {}
        if "namespace" in options:
            query[namespace_param] = options["namespace"]
        return SecretUrl(self._core.url(replace(call, query=query)))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} namespace={self._settings.namespace!r}>"

    def __getstate__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} holds connections and cannot be pickled. Make one in each process.")


class Client(BaseClient):
    """Carries out calls, one thread of control each. Safe to share between threads."""

    _core: Core[Transport, TokenStore]

    @property
    def auth(self) -> Auth:
        """This client's own access token."""
        return Auth(self, self._core)

    def call(self, call: Call[T]) -> T:
        """Carry out one call: send, and send again where the policy says so, until there is a result."""
        exchange = Exchange(self._core, call, self._settings)
        while True:
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
                    self.auth.forget(exchange.refused)
            time.sleep(pause)

    def paginate(self, call: Call[T]) -> Pager[T]:
        """The list that a call begins. Checks the call now; sends nothing yet."""
        Exchange(self._core, call, self._settings)
        return Pager(self, call)

    def page(self, call: Call[Any]) -> Page[Any]:
        """One page of a list."""
        page: Page[Any] = self.call(call)
        page._client, page._call = self, call  # pyright: ignore[reportPrivateUsage]  # a page is made here and nowhere else
        return page

    def stream(self, call: Call[T]) -> Stream[T]:
        """The event stream that a call begins. Checks the call now; sends nothing yet."""
        Exchange(self._core, call, self._settings)
        return Stream(self, call)

    def stream_url(self, call: Call[Any]) -> SecretUrl:
        """The URL of a stream, with the token in it, for clients that cannot send headers."""
        return self._url_call(call, self.auth.token().reveal())

    def open(self, call: Call[Any]) -> tuple[ReplyStream, ResponseMeta]:
        """A reply whose body is still arriving."""
        exchange = Exchange(self._core, call, self._settings)
        while True:
            token = self._token(exchange)
            request = exchange.attempt(token)
            try:
                reply = self._core.transport.open(request)
                response = _head(reply) if reply.status_code < 300 else _whole(reply)
            except TransportError as error:
                pause = exchange.after_failure(error)
            else:
                again = exchange.after_response(response)
                if again is None:
                    return reply, exchange.meta(response)
                pause = again
                if exchange.refused is not None:
                    self.auth.forget(exchange.refused)
            time.sleep(pause)

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
        return self.call(self._raw_call(method, path, query, body, host, idempotency_key, options))

    def _token(self, exchange: Exchange[Any]) -> Token | None:
        if not exchange.authenticated:
            return None
        return self._core.tokens.fresh or self.auth.current(exchange.deadline)

    def close(self) -> None:
        """Close the connections. A view leaves that to the client it was made from. Safe to call twice."""
        transport = self._core.close() if self._owner else None
        if transport is not None:
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
    def auth(self) -> AsyncAuth:
        """This client's own access token."""
        return AsyncAuth(self, self._core)

    async def call(self, call: Call[T]) -> T:
        """Carry out one call: send, and send again where the policy says so, until there is a result."""
        exchange = Exchange(self._core, call, self._settings)
        while True:
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
                    await self.auth.forget(exchange.refused)
            await anyio.sleep(pause)

    def paginate(self, call: Call[T]) -> AsyncPager[T]:
        """The list that a call begins. Checks the call now; sends nothing yet."""
        Exchange(self._core, call, self._settings)
        return AsyncPager(self, call)

    async def page(self, call: Call[Any]) -> AsyncPage[Any]:
        """One page of a list."""
        page: AsyncPage[Any] = await self.call(call)
        page._client, page._call = self, call  # pyright: ignore[reportPrivateUsage]  # a page is made here and nowhere else
        return page

    def stream(self, call: Call[T]) -> AsyncStream[T]:
        """The event stream that a call begins. Checks the call now; sends nothing yet."""
        Exchange(self._core, call, self._settings)
        return AsyncStream(self, call)

    async def stream_url(self, call: Call[Any]) -> SecretUrl:
        """The URL of a stream, with the token in it, for clients that cannot send headers."""
        return self._url_call(call, (await self.auth.token()).reveal())

    async def open(self, call: Call[Any]) -> tuple[AsyncReplyStream, ResponseMeta]:
        """A reply whose body is still arriving."""
        exchange = Exchange(self._core, call, self._settings)
        while True:
            token = await self._token(exchange)
            request = exchange.attempt(token)
            try:
                reply = await self._core.transport.open(request)
                response = _head(reply) if reply.status_code < 300 else await _awhole(reply)
            except TransportError as error:
                pause = exchange.after_failure(error)
            else:
                again = exchange.after_response(response)
                if again is None:
                    return reply, exchange.meta(response)
                pause = again
                if exchange.refused is not None:
                    await self.auth.forget(exchange.refused)
            await anyio.sleep(pause)

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
        return await self.call(self._raw_call(method, path, query, body, host, idempotency_key, options))

    async def _token(self, exchange: Exchange[Any]) -> Token | None:
        if not exchange.authenticated:
            return None
        return self._core.tokens.fresh or await self.auth.current(exchange.deadline)

    async def aclose(self) -> None:
        """Close the connections. A view leaves that to the client it was made from. Safe to call twice."""
        transport = self._core.close() if self._owner else None
        if transport is not None:
            await transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def _as_it_is(value: Any) -> Any:
    return value


def _head(reply: ReplyStream | AsyncReplyStream) -> Response:
    return Response(reply.status_code, reply.headers, b"")


def _whole(reply: ReplyStream) -> Response:
    try:
        return Response(reply.status_code, reply.headers, b"".join(reply.iter_bytes()))
    finally:
        reply.close()


async def _awhole(reply: AsyncReplyStream) -> Response:
    try:
        return Response(reply.status_code, reply.headers, b"".join([chunk async for chunk in reply.iter_bytes()]))
    finally:
        await reply.aclose()
