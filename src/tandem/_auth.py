"""Access tokens for a client's calls, in both colours."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio

from ._core import Core
from ._deadline import Deadline
from ._errors import APIStatusError, AuthenticationError, TandemError
from ._lending import Elsewhere
from ._places import AsyncSignal, AsyncWork, Signal, Work
from ._secrets import Secret
from ._stored_tokens import AsyncStoredTokens, StoredTokens
from ._token_rules import GLANCE, SPENT
from ._tokens import Flight, Lead, Token, Wait

if TYPE_CHECKING:
    from ._client import AsyncClient, Client


class Auth(StoredTokens):
    """The client's own access token: `client.auth`."""

    __slots__ = ("_client",)

    def __init__(self, client: Client, core: Core[Any, Any]) -> None:
        self._client = client
        self._core = core

    def token(self) -> Secret:
        """A token that is good now: the one at hand, or a new one. It prints as `***`; `.reveal()` is the text."""
        return self.current(Deadline()).value

    def revoke(self) -> None:
        """Give the token back to the platform. The next call fetches a new one.

        Waits for a renewal that is under way, and gives back what that brings. Where it fails, it can be tried again.
        """
        tokens = self._core.tokens
        while isinstance(step := tokens.board_last(Signal), Wait):
            step.flight.landing.wait(None)
        Signal.launch(partial(self._fly, step.flight, self._end))
        step.flight.landing.wait(None)
        step.flight.tell()

    def current(self, deadline: Deadline) -> Token:
        """The token for a call that must be done by `deadline`."""
        tokens = self._core.tokens
        while True:
            step = tokens.fresh or tokens.board(Signal)
            if isinstance(step, Token):
                return step
            if isinstance(step, Lead):
                if not tokens.refresh_token.has_one:
                    return self._lead(step.flight, deadline)
                # What may use up a refresh token goes on when this caller has no more time, or is called off.
                Signal.launch(partial(self._fly, step.flight, self._go_on))
            self._follow(step.flight, deadline)

    def _lead(self, flight: Flight[Signal], deadline: Deadline) -> Token:
        flight.pilot = Signal.caller()
        try:
            return self._fetch(deadline)
        except TandemError as error:
            return self._fallback(flight, error)
        finally:
            self._core.tokens.land(flight)

    def _fly(self, flight: Flight[Signal], work: Work) -> None:
        """Do this for all who wait, away from any of them."""
        flight.pilot = Signal.caller()
        try:
            work()
        except Exception as error:  # whatever it is, it belongs to those who wait
            flight.error = error
        finally:
            self._core.tokens.land(flight)

    def _go_on(self) -> None:
        """Renew the session, or begin another."""
        try:
            self._fetch(Deadline())
        except TandemError:
            if self._spare() is None:
                raise

    def _fetch(self, deadline: Deadline) -> Token:
        shared = self._load(deadline)
        if shared is not None:
            return shared
        try:
            token = self._renew()
        except TandemError as error:
            self._begin_anew(error)
            token = None
        if token is None:
            token = self._accept(self._client.call(self._fetching(deadline)))
        self._save(token, deadline)
        return token

    def _renew(self) -> Token | None:
        """A token for the refresh token at hand; None where there is none, or it is not taken any more."""
        held = self._take()
        if held is None:
            return None
        used_up = False
        try:
            token = self._core.tokens.fresh  # it may have come from another place
            if token is None:
                used_up = True  # until there is proof of the contrary, however this ends
                token = self._accept(self._client.call(self._renewing(held)))
                used_up = False  # a reply without another one leaves it good
            return token
        except TandemError as error:
            used_up = self._used_up(error)
            if not isinstance(error, APIStatusError) or error.status_code not in SPENT:
                raise
            return None
        finally:
            self._core.tokens.refresh_token.give_back(held, used_up=used_up)

    def _take(self) -> Secret | None:
        """The refresh token, once no other place has it."""
        while isinstance(held := self._core.tokens.refresh_token.take(), Elsewhere):
            (self._core.sleep or time.sleep)(GLANCE)
        return held

    def _end(self) -> None:
        """End the session, or what else the token stands for."""
        token = self._core.tokens.valid
        if token is None and self._lives_on:
            token = self._renew()  # it takes one to end a session
        try:
            self._return(token)
        except AuthenticationError:
            if token is None or not self._lives_on:
                raise
            self._core.tokens.drop(token)  # it only looked good
            self.forget(token)
            self._return(self._renew())

    def _return(self, token: Token | None) -> None:
        """Tell the platform, and forget the token. What fails can be tried again."""
        held, done = self._take(), False
        try:
            call = self._returning(token, held)
            if call is not None:
                self._client.call(call)
            done = True
        finally:
            if held is not None:
                self._core.tokens.refresh_token.give_back(held, used_up=done)
        if token is not None:
            self._core.tokens.drop(token)
            self.forget(token)

    def _follow(self, flight: Flight[Signal], deadline: Deadline) -> None:
        if flight.pilot == Signal.caller():
            raise self._waits_for_itself()
        landed = flight.landing.wait(self._patience(deadline))
        if not landed and self._core.tokens.valid is None:
            raise self._late()
        if not flight.ends:
            flight.tell()


class AsyncAuth(AsyncStoredTokens):
    """The client's own access token: `client.auth`."""

    __slots__ = ("_client",)

    def __init__(self, client: AsyncClient, core: Core[Any, Any]) -> None:
        self._client = client
        self._core = core

    async def token(self) -> Secret:
        """A token that is good now: the one at hand, or a new one. It prints as `***`; `.reveal()` is the text."""
        return (await self.current(Deadline())).value

    async def revoke(self) -> None:
        """Give the token back to the platform. The next call fetches a new one.

        Waits for a renewal that is under way, and gives back what that brings. Where it fails, it can be tried again.
        """
        tokens = self._core.tokens
        while isinstance(step := tokens.board_last(AsyncSignal), Wait):
            await step.flight.landing.wait(None)
        AsyncSignal.launch(partial(self._fly, step.flight, self._end))
        await step.flight.landing.wait(None)
        step.flight.tell()

    async def current(self, deadline: Deadline) -> Token:
        """The token for a call that must be done by `deadline`."""
        tokens = self._core.tokens
        while True:
            step = tokens.fresh or tokens.board(AsyncSignal)
            if isinstance(step, Token):
                return step
            if isinstance(step, Lead):
                if not tokens.refresh_token.has_one:
                    return await self._lead(step.flight, deadline)
                # What may use up a refresh token goes on when this caller has no more time, or is called off.
                AsyncSignal.launch(partial(self._fly, step.flight, self._go_on))
            await self._follow(step.flight, deadline)

    async def _lead(self, flight: Flight[AsyncSignal], deadline: Deadline) -> Token:
        flight.pilot = AsyncSignal.caller()
        try:
            return await self._fetch(deadline)
        except TandemError as error:
            return self._fallback(flight, error)
        finally:
            self._core.tokens.land(flight)

    async def _fly(self, flight: Flight[AsyncSignal], work: AsyncWork) -> None:
        """Do this for all who wait, away from any of them."""
        flight.pilot = AsyncSignal.caller()
        try:
            await work()
        except Exception as error:  # whatever it is, it belongs to those who wait
            flight.error = error
        finally:
            self._core.tokens.land(flight)

    async def _go_on(self) -> None:
        """Renew the session, or begin another."""
        try:
            await self._fetch(Deadline())
        except TandemError:
            if self._spare() is None:
                raise

    async def _fetch(self, deadline: Deadline) -> Token:
        shared = await self._load(deadline)
        if shared is not None:
            return shared
        try:
            token = await self._renew()
        except TandemError as error:
            self._begin_anew(error)
            token = None
        if token is None:
            token = self._accept(await self._client.call(self._fetching(deadline)))
        await self._save(token, deadline)
        return token

    async def _renew(self) -> Token | None:
        """A token for the refresh token at hand; None where there is none, or it is not taken any more."""
        held = await self._take()
        if held is None:
            return None
        used_up = False
        try:
            token = self._core.tokens.fresh  # it may have come from another place
            if token is None:
                used_up = True  # until there is proof of the contrary, however this ends
                token = self._accept(await self._client.call(self._renewing(held)))
                used_up = False  # a reply without another one leaves it good
            return token
        except TandemError as error:
            used_up = self._used_up(error)
            if not isinstance(error, APIStatusError) or error.status_code not in SPENT:
                raise
            return None
        finally:
            self._core.tokens.refresh_token.give_back(held, used_up=used_up)

    async def _take(self) -> Secret | None:
        """The refresh token, once no other place has it."""
        while isinstance(held := self._core.tokens.refresh_token.take(), Elsewhere):
            await (self._core.sleep or anyio.sleep)(GLANCE)
        return held

    async def _end(self) -> None:
        """End the session, or what else the token stands for."""
        token = self._core.tokens.valid
        if token is None and self._lives_on:
            token = await self._renew()  # it takes one to end a session
        try:
            await self._return(token)
        except AuthenticationError:
            if token is None or not self._lives_on:
                raise
            self._core.tokens.drop(token)  # it only looked good
            await self.forget(token)
            await self._return(await self._renew())

    async def _return(self, token: Token | None) -> None:
        """Tell the platform, and forget the token. What fails can be tried again."""
        held, done = await self._take(), False
        try:
            call = self._returning(token, held)
            if call is not None:
                await self._client.call(call)
            done = True
        finally:
            if held is not None:
                self._core.tokens.refresh_token.give_back(held, used_up=done)
        if token is not None:
            self._core.tokens.drop(token)
            await self.forget(token)

    async def _follow(self, flight: Flight[AsyncSignal], deadline: Deadline) -> None:
        if flight.pilot == AsyncSignal.caller():
            raise self._waits_for_itself()
        landed = await flight.landing.wait(self._patience(deadline))
        if not landed and self._core.tokens.valid is None:
            raise self._late()
        if not flight.ends:
            flight.tell()
