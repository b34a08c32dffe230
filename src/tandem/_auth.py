"""Access tokens for a client's calls, in both colours."""

from __future__ import annotations

import threading
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import anyio
import anyio.lowlevel

from ._calls import Call
from ._core import Core
from ._deadline import Deadline
from ._errors import ConfigurationError, DeadlineExceededError, ResponseDecodeError, TandemError
from ._secrets import Secret
from ._tokens import Flight, Grant, Lead, Token, Wait

if TYPE_CHECKING:
    from ._client import AsyncClient, Client

CoreT = TypeVar("CoreT", bound=Core[Any, Any])


class BaseAuth(Generic[CoreT]):
    """The part that decides; the shells below fetch and wait."""

    __slots__ = ("_core",)

    _core: CoreT

    @property
    def is_authenticated(self) -> bool:
        """Whether a token is at hand that has not expired. Sends nothing."""
        return self._core.tokens.valid is not None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'with' if self.is_authenticated else 'without'} a token>"

    @property
    def _grant(self) -> Grant:
        if self._core.grant is None:
            raise self._core.error(ConfigurationError, "This client was made without credentials.")
        return self._core.grant

    def _accept(self, result: Any) -> Token:
        try:
            value, lifetime = self._grant.read(result)
        except ValueError as problem:
            raise self._core.error(ResponseDecodeError, f"The token reply cannot be used: {problem}") from None
        token = Token(Secret(value), self._core.time() + lifetime)
        self._core.tokens.accept(token, lifetime)
        return token

    def _adopt(self, token: Token | None) -> Token | None:
        """A token from the store, if it is better than none."""
        lifetime = token.expires_at - self._core.time() if token is not None else 0.0
        if token is None or lifetime <= self._core.refresh_buffer:
            return None
        self._core.tokens.accept(token, lifetime)
        return token

    def _fallback(self, flight: Flight, error: TandemError) -> Token:
        """The old token where it is still good; the error otherwise, for this caller and for all who wait."""
        token = self._core.tokens.valid
        if token is None:
            flight.error = error
            raise error
        self._core.tokens.postpone()
        return token

    def _late(self) -> TandemError:
        return self._core.error(DeadlineExceededError, "No access token within the deadline of the call")


class Auth(BaseAuth["Core[Any, Any]"]):
    """The client's own access token: `client.auth`."""

    __slots__ = ("_client",)

    def __init__(self, client: Client, core: Core[Any, Any]) -> None:
        self._client = client
        self._core = core

    def token(self) -> Secret:
        """A token that is good now: the one at hand, or a new one. It prints as `***`; `.reveal()` is the text."""
        return self.current(Deadline()).value

    def revoke(self) -> None:
        """Give the token back to the platform. The next call fetches a new one."""
        token = self._core.tokens.valid
        if token is None:
            return
        self._core.tokens.drop(token)
        self.forget(token)
        self._client.call(self._grant.revoke(token.value.reveal()))

    def current(self, deadline: Deadline) -> Token:
        """The token for a call that must be done by `deadline`."""
        tokens = self._core.tokens
        while True:
            step = tokens.fresh or tokens.board(None, threading.Event)
            if isinstance(step, Token):
                return step
            if isinstance(step, Lead):
                return self._lead(step.flight, deadline)
            self._follow(step, deadline)

    def forget(self, token: Token) -> None:
        """Take a token that was refused out of the shared store too."""
        if self._core.store is not None:
            self._core.store.discard(self._grant.key, token)

    def _lead(self, flight: Flight, deadline: Deadline) -> Token:
        try:
            return self._fetch(deadline)
        except TandemError as error:
            return self._fallback(flight, error)
        finally:
            self._core.tokens.land(flight, flight.error)

    def _fetch(self, deadline: Deadline) -> Token:
        store, grant = self._core.store, self._grant
        shared = self._adopt(store.load(grant.key)) if store is not None else None
        if shared is not None:
            return shared
        token = self._accept(self._client.call(_within(grant.fetch(), deadline)))
        if store is not None:
            store.save(grant.key, token)
        return token

    def _follow(self, step: Wait, deadline: Deadline) -> None:
        landing: Any = step.flight.landing
        if not landing.wait(deadline.remaining()):
            raise self._late()
        if step.flight.error is not None:
            raise copy(step.flight.error)


class AsyncAuth(BaseAuth["Core[Any, Any]"]):
    """The client's own access token: `client.auth`."""

    __slots__ = ("_client",)

    def __init__(self, client: AsyncClient, core: Core[Any, Any]) -> None:
        self._client = client
        self._core = core

    async def token(self) -> Secret:
        """A token that is good now: the one at hand, or a new one. It prints as `***`; `.reveal()` is the text."""
        return (await self.current(Deadline())).value

    async def revoke(self) -> None:
        """Give the token back to the platform. The next call fetches a new one."""
        token = self._core.tokens.valid
        if token is None:
            return
        self._core.tokens.drop(token)
        await self.forget(token)
        await self._client.call(self._grant.revoke(token.value.reveal()))

    async def current(self, deadline: Deadline) -> Token:
        """The token for a call that must be done by `deadline`."""
        tokens = self._core.tokens
        while True:
            step = tokens.fresh or tokens.board(anyio.lowlevel.current_token(), anyio.Event)
            if isinstance(step, Token):
                return step
            if isinstance(step, Lead):
                return await self._lead(step.flight, deadline)
            await self._follow(step, deadline)

    async def forget(self, token: Token) -> None:
        """Take a token that was refused out of the shared store too."""
        if self._core.store is not None:
            await self._core.store.discard(self._grant.key, token)

    async def _lead(self, flight: Flight, deadline: Deadline) -> Token:
        try:
            return await self._fetch(deadline)
        except TandemError as error:
            return self._fallback(flight, error)
        finally:
            self._core.tokens.land(flight, flight.error)

    async def _fetch(self, deadline: Deadline) -> Token:
        store, grant = self._core.store, self._grant
        shared = self._adopt(await store.load(grant.key)) if store is not None else None
        if shared is not None:
            return shared
        token = self._accept(await self._client.call(_within(grant.fetch(), deadline)))
        if store is not None:
            await store.save(grant.key, token)
        return token

    async def _follow(self, step: Wait, deadline: Deadline) -> None:
        landing: Any = step.flight.landing
        with anyio.move_on_after(deadline.remaining()) as scope:
            await landing.wait()
        if scope.cancelled_caught:
            raise self._late()
        if step.flight.error is not None:
            raise copy(step.flight.error)


def _within(call: Call[Any], deadline: Deadline) -> Call[Any]:
    """The call, to be done by the deadline of the one that needs its token."""
    left = deadline.remaining()
    if left is None:
        return call
    return replace(call, options={**(call.options or {}), "deadline": max(left, 0.001)})
