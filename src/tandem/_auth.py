"""Access tokens for a client's calls, in both colours."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ._calls import Call, RequestOptions
from ._core import Core
from ._deadline import Deadline
from ._errors import ConfigurationError, DeadlineExceededError, ResponseDecodeError, TandemError
from ._places import AsyncSignal, Signal
from ._retry import RetryPolicy
from ._secrets import Secret
from ._tokens import Flight, Grant, Lead, Token, refuse_token, store_failed

if TYPE_CHECKING:
    from ._client import AsyncClient, Client

_RENEWAL_LIMIT = 10.0  # seconds that one caller spends on renewing a token that is still good


class BaseAuth:
    """The part that decides; the shells below fetch and wait."""

    __slots__ = ("_core",)

    _core: Core[Any, Any]

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
        except Exception as problem:  # whatever a grant meets in a stranger's reply
            reason = str(problem) if isinstance(problem, ValueError) else type(problem).__name__
            raise self._unusable(reason) from None
        refusal = refuse_token(value, lifetime)
        if refusal:
            raise self._unusable(refusal)
        token = Token(Secret(value), self._core.time() + lifetime)
        self._core.tokens.accept(token, lifetime)
        return token

    def _unusable(self, reason: str) -> TandemError:
        return self._core.error(ResponseDecodeError, f"The token reply cannot be used: {reason}.")

    def _adopt(self, token: Token | None) -> Token | None:
        """A token from the store, if it is better than none."""
        if token is None or token == self._core.tokens.refused:
            return None
        lifetime = token.expires_at - self._core.time()
        if lifetime <= self._core.refresh_buffer or refuse_token(token.value, lifetime):
            return None
        token = Token(Secret(token.value), token.expires_at)  # a store may have made a plain text of it
        self._core.tokens.accept(token, lifetime)
        return token

    def _fetching(self, deadline: Deadline) -> Call[Any]:
        """The token request, to be done by the deadline of the call that needs it."""
        call = self._grant.fetch()
        options: RequestOptions = {**call.options} if call.options else {}
        left = deadline.remaining()
        if self._core.tokens.valid is not None:
            # The old token is still good: one try, which leaves time for the call itself.
            options["retry"] = RetryPolicy(max_attempts=1)
            left = _RENEWAL_LIMIT if left is None else min(_RENEWAL_LIMIT, left / 2)
        if left is not None:
            options["deadline"] = max(left, 0.001)
        return replace(call, options=options)

    def _fallback(self, flight: Flight[Any], error: TandemError) -> Token:
        """The old token where it is still good; the error otherwise, for this caller and for all who wait."""
        token = self._core.tokens.valid
        if token is not None:
            self._core.tokens.postpone()
            return token
        if isinstance(error, DeadlineExceededError):  # this caller's own: those who wait may have more time
            raise self._late() from error
        flight.error = error
        raise error

    def _late(self) -> TandemError:
        return self._core.error(DeadlineExceededError, "No access token within the deadline of the call.")


class Auth(BaseAuth):
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
            step = tokens.fresh or tokens.board(Signal)
            if isinstance(step, Token):
                return step
            if isinstance(step, Lead):
                return self._lead(step.flight, deadline)
            self._follow(step.flight, deadline)

    def forget(self, token: Token) -> None:
        """Take a token that was refused out of the shared store too."""
        store = self._core.store
        if store is None:
            return
        try:
            store.discard(self._grant.key, token)
        except Exception as problem:  # a store that fails costs a token request, never a call
            store_failed(self._core.logger, problem)

    def _lead(self, flight: Flight[Signal], deadline: Deadline) -> Token:
        try:
            return self._fetch(deadline)
        except TandemError as error:
            return self._fallback(flight, error)
        finally:
            self._core.tokens.land(flight)

    def _fetch(self, deadline: Deadline) -> Token:
        shared = self._load()
        if shared is not None:
            return shared
        token = self._accept(self._client.call(self._fetching(deadline)))
        self._save(token)
        return token

    def _load(self) -> Token | None:
        store = self._core.store
        if store is None:
            return None
        try:
            return self._adopt(store.load(self._grant.key))
        except Exception as problem:  # a store that fails costs a token request, never a call
            store_failed(self._core.logger, problem)
            return None

    def _save(self, token: Token) -> None:
        store = self._core.store
        if store is None:
            return
        try:
            store.save(self._grant.key, token)
        except Exception as problem:  # a store that fails costs a token request, never a call
            store_failed(self._core.logger, problem)

    def _follow(self, flight: Flight[Signal], deadline: Deadline) -> None:
        if not flight.landing.wait(deadline.remaining()):
            raise self._late()
        if flight.error is not None:
            raise copy(flight.error) from flight.error


class AsyncAuth(BaseAuth):
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
            step = tokens.fresh or tokens.board(AsyncSignal)
            if isinstance(step, Token):
                return step
            if isinstance(step, Lead):
                return await self._lead(step.flight, deadline)
            await self._follow(step.flight, deadline)

    async def forget(self, token: Token) -> None:
        """Take a token that was refused out of the shared store too."""
        store = self._core.store
        if store is None:
            return
        try:
            await store.discard(self._grant.key, token)
        except Exception as problem:  # a store that fails costs a token request, never a call
            store_failed(self._core.logger, problem)

    async def _lead(self, flight: Flight[AsyncSignal], deadline: Deadline) -> Token:
        try:
            return await self._fetch(deadline)
        except TandemError as error:
            return self._fallback(flight, error)
        finally:
            self._core.tokens.land(flight)

    async def _fetch(self, deadline: Deadline) -> Token:
        shared = await self._load()
        if shared is not None:
            return shared
        token = self._accept(await self._client.call(self._fetching(deadline)))
        await self._save(token)
        return token

    async def _load(self) -> Token | None:
        store = self._core.store
        if store is None:
            return None
        try:
            return self._adopt(await store.load(self._grant.key))
        except Exception as problem:  # a store that fails costs a token request, never a call
            store_failed(self._core.logger, problem)
            return None

    async def _save(self, token: Token) -> None:
        store = self._core.store
        if store is None:
            return
        try:
            await store.save(self._grant.key, token)
        except Exception as problem:  # a store that fails costs a token request, never a call
            store_failed(self._core.logger, problem)

    async def _follow(self, flight: Flight[AsyncSignal], deadline: Deadline) -> None:
        if not await flight.landing.wait(deadline.remaining()):
            raise self._late()
        if flight.error is not None:
            raise copy(flight.error) from flight.error
