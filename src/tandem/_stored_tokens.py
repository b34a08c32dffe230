"""The token that a fleet shares, in both colours: looked for, saved, and taken out."""

from __future__ import annotations

from ._deadline import Deadline
from ._token_rules import BaseAuth
from ._tokens import Token, store_failed
from ._wire._reading import async_time_limit, time_limit


class StoredTokens(BaseAuth):
    """Asks the client's token store, where it has one."""

    __slots__ = ()

    def forget(self, token: Token) -> None:
        """Take a token that was refused out of the shared store too."""
        store = self._core.store
        if store is None:
            return
        try:
            with time_limit(self._glimpse(Deadline())):
                store.discard(self._grant.key, token)
        except Exception as problem:  # a store that fails costs a token request, never a call
            store_failed(self._core.logger, problem)

    def _load(self, deadline: Deadline) -> Token | None:
        store = self._core.store
        if store is None:
            return None
        try:
            with time_limit(self._glimpse(deadline)):
                found = store.load(self._grant.key)
            return self._adopt(found)
        except Exception as problem:  # a store that fails costs a token request, never a call
            store_failed(self._core.logger, problem)
            return None

    def _save(self, token: Token, deadline: Deadline) -> None:
        store = self._core.store
        if store is None:
            return
        try:
            with time_limit(self._glimpse(deadline)):
                store.save(self._grant.key, token)
        except Exception as problem:  # a store that fails costs a token request, never a call
            store_failed(self._core.logger, problem)


class AsyncStoredTokens(BaseAuth):
    """Asks the client's token store, where it has one."""

    __slots__ = ()

    async def forget(self, token: Token) -> None:
        """Take a token that was refused out of the shared store too."""
        store = self._core.store
        if store is None:
            return
        try:
            with async_time_limit(self._glimpse(Deadline())):
                await store.discard(self._grant.key, token)
        except Exception as problem:  # a store that fails costs a token request, never a call
            store_failed(self._core.logger, problem)

    async def _load(self, deadline: Deadline) -> Token | None:
        store = self._core.store
        if store is None:
            return None
        try:
            with async_time_limit(self._glimpse(deadline)):
                found = await store.load(self._grant.key)
            return self._adopt(found)
        except Exception as problem:  # a store that fails costs a token request, never a call
            store_failed(self._core.logger, problem)
            return None

    async def _save(self, token: Token, deadline: Deadline) -> None:
        store = self._core.store
        if store is None:
            return
        try:
            with async_time_limit(self._glimpse(deadline)):
                await store.save(self._grant.key, token)
        except Exception as problem:  # a store that fails costs a token request, never a call
            store_failed(self._core.logger, problem)
