"""Claims in Redis, for a fleet."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any
from weakref import WeakKeyDictionary

from tandem._errors import ConfigurationError

from ._claims import RETENTION, Claim, ClaimState, new_token

# One clock for all workers: the server's, unless a test gives another one.
_NOW = """
local now = tonumber(ARGV[1])
if not now then local t = redis.call('TIME'); now = t[1] + t[2] / 1000000 end
"""
_CLAIM = (
    _NOW
    + """
local entry = redis.call('HMGET', KEYS[1], 'done', 'until', 'payload')
if entry[1] then return {'done'} end
if entry[2] and tonumber(entry[2]) > now then return {'busy'} end
local ttl, payload = tonumber(ARGV[3]), entry[3]
if ARGV[5] == '1' then payload = ARGV[6] end
redis.call('HSET', KEYS[1], 'token', ARGV[2], 'until', string.format('%.6f', now + ttl))
local attempts = redis.call('HINCRBY', KEYS[1], 'attempts', 1)
redis.call('PEXPIRE', KEYS[1], math.ceil(1000 * math.max(ttl, tonumber(ARGV[4]))))
if payload then
  redis.call('HSET', KEYS[1], 'payload', payload)
  redis.call('ZADD', KEYS[2], string.format('%.6f', now + ttl), ARGV[7])
end
return {'claimed', attempts, payload}
"""
)
_CHANGE = (
    _NOW
    + """
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[2] then return 0 end
local payload = redis.call('HEXISTS', KEYS[1], 'payload') == 1
if ARGV[5] == 'renew' then
  redis.call('HSET', KEYS[1], 'until', string.format('%.6f', now + tonumber(ARGV[3])))
  if payload then redis.call('ZADD', KEYS[2], string.format('%.6f', now + tonumber(ARGV[3])), ARGV[6]) end
elseif ARGV[5] == 'complete' then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'done', '1')
  redis.call('PEXPIRE', KEYS[1], math.ceil(1000 * tonumber(ARGV[4])))
  redis.call('ZREM', KEYS[2], ARGV[6])
elseif payload then
  redis.call('HSET', KEYS[1], 'token', '', 'until', '0')
  redis.call('ZADD', KEYS[2], '0', ARGV[6])
else
  redis.call('DEL', KEYS[1])
end
return 1
"""
)
_UNFINISHED = (
    _NOW
    + """
local found = {}
for _, key in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.6f', now))) do
  if redis.call('HEXISTS', ARGV[2] .. key, 'payload') == 1 then
    table.insert(found, key)
  else
    redis.call('ZREM', KEYS[1], key)
  end
end
return found
"""
)


class _Keys:
    """What both colours share: names of keys, arguments of scripts, and how to read their replies. Does no I/O."""

    def __init__(self, prefix: str, retention: float, clock: Callable[[], float] | None) -> None:
        # In a cluster, what stands in braces decides where a key lives: scripts need all of theirs in one place.
        self.entry = f"{{{prefix}}}:claim:"
        self.pending = f"{{{prefix}}}:pending"
        self.retention = retention
        self._clock = clock

    def claim(self, key: str, token: str, ttl: float, payload: bytes | None) -> dict[str, Any]:
        given = [1, payload] if payload is not None else [0, b""]
        return self._script(key, [self._now(), token, ttl, self.retention, *given, key])

    def change(self, claim: Claim, what: str, ttl: float = 0.0) -> dict[str, Any]:
        return self._script(claim.key, [self._now(), claim.token, ttl, self.retention, what, claim.key])

    def unfinished(self) -> dict[str, Any]:
        return {"keys": [self.pending], "args": [self._now(), self.entry]}

    def _script(self, key: str, args: list[Any]) -> dict[str, Any]:
        return {"keys": [self.entry + key, self.pending], "args": args}

    def _now(self) -> str:
        return "" if self._clock is None else repr(self._clock())


def _claim_of(key: str, token: str, reply: list[Any]) -> Claim:
    state = ClaimState(_text(reply[0]))
    if state is not ClaimState.CLAIMED:
        return Claim(key, state)
    payload = reply[2] if len(reply) > 2 else None
    kept = payload.encode("utf-8", "surrogateescape") if isinstance(payload, str) else payload
    return Claim(key, state, token, int(reply[1]), kept or None)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


class RedisStore:
    """Remembers which events are done in Redis, for all machines of a fleet. Needs the extra `redis`.

    `client` is a `redis.Redis` of yours, or a URL such as `redis://localhost:6379/0`. `prefix` begins the name of every
    key, `retention` is for how many seconds an event is remembered. Time is the server's. Redis may not evict these
    keys (`maxmemory-policy noeviction`): an evicted event is handled again.
    """

    def __init__(
        self,
        client: Any,
        *,
        prefix: str = "webhooks",
        retention: float = RETENTION,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._keys = _Keys(prefix, retention, clock)
        self._owned = isinstance(client, str)
        self._client = _client_of("redis", client)
        self._claim = self._client.register_script(_CLAIM)
        self._change = self._client.register_script(_CHANGE)
        self._unfinished = self._client.register_script(_UNFINISHED)

    def claim(self, key: str, ttl: float, payload: bytes | None = None) -> Claim:
        token = new_token()
        return _claim_of(key, token, self._claim(**self._keys.claim(key, token, ttl, payload)))

    def renew(self, claim: Claim, ttl: float) -> bool:
        return bool(claim.token) and self._claim_changes(claim, "renew", ttl)

    def complete(self, claim: Claim) -> bool:
        return bool(claim.token) and self._claim_changes(claim, "complete")

    def release(self, claim: Claim) -> bool:
        return bool(claim.token) and self._claim_changes(claim, "release")

    def unfinished(self, prefix: str = "") -> list[str]:
        found = [_text(key) for key in self._unfinished(**self._keys.unfinished())]
        return [key for key in found if key.startswith(prefix)]

    def close(self) -> None:
        """Close the connections, where the store made them."""
        if self._owned:
            self._client.close()

    def _claim_changes(self, claim: Claim, what: str, ttl: float = 0.0) -> bool:
        return bool(self._change(**self._keys.change(claim, what, ttl)))


class AsyncRedisStore:
    """Remembers which events are done in Redis, through a `redis.asyncio.Redis` of yours or a URL. As `RedisStore`.

    A client of yours works in the event loop that it was first used in. With a URL there is one for each loop: call
    `aclose()` before a loop ends.
    """

    def __init__(
        self,
        client: Any,
        *,
        prefix: str = "webhooks",
        retention: float = RETENTION,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._keys = _Keys(prefix, retention, clock)
        self._owned = isinstance(client, str)
        self._client = _client_of("redis.asyncio", client)
        self._claim = self._client.register_script(_CLAIM)
        self._change = self._client.register_script(_CHANGE)
        self._unfinished = self._client.register_script(_UNFINISHED)

    async def claim(self, key: str, ttl: float, payload: bytes | None = None) -> Claim:
        token = new_token()
        return _claim_of(key, token, await self._claim(**self._keys.claim(key, token, ttl, payload)))

    async def renew(self, claim: Claim, ttl: float) -> bool:
        return bool(claim.token) and await self._claim_changes(claim, "renew", ttl)

    async def complete(self, claim: Claim) -> bool:
        return bool(claim.token) and await self._claim_changes(claim, "complete")

    async def release(self, claim: Claim) -> bool:
        return bool(claim.token) and await self._claim_changes(claim, "release")

    async def unfinished(self, prefix: str = "") -> list[str]:
        found = [_text(key) for key in await self._unfinished(**self._keys.unfinished())]
        return [key for key in found if key.startswith(prefix)]

    async def aclose(self) -> None:
        """Close the connections, where the store made them."""
        if self._owned:
            await self._client.aclose()

    async def _claim_changes(self, claim: Claim, what: str, ttl: float = 0.0) -> bool:
        return bool(await self._change(**self._keys.change(claim, what, ttl)))


class _LoopClients:
    """A client for each event loop: a connection works in the loop that opened it, and in no other."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, Any] = WeakKeyDictionary()

    def register_script(self, text: str) -> Callable[..., Awaitable[Any]]:
        def run(**given: Any) -> Any:
            loop = asyncio.get_running_loop()
            if loop not in self._clients:
                self._clients[loop] = self._make()
            return self._clients[loop].register_script(text)(**given)

        return run

    async def aclose(self) -> None:
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()


def _client_of(name: str, given: Any) -> Any:
    if isinstance(given, str):
        return _opened(name, given)
    if isinstance(given, type) or not callable(getattr(given, "register_script", None)):
        # By its type alone: a URL in another form may have a password in it.
        kind = type(given).__name__
        raise ConfigurationError(
            f"client is a {name}.Redis, or a URL like redis://localhost:6379/0; not of type {kind}."
        )
    return given


def _opened(name: str, url: str) -> Any:
    make = functools.partial(_library(name).Redis.from_url, url)
    try:
        client = make()  # connects when it is used
    except ValueError:  # what it says may have the password in it
        raise ConfigurationError("A Redis URL is like redis://localhost:6379/0, rediss://… or unix://….") from None
    return client if name == "redis" else _LoopClients(make)


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise ConfigurationError("A Redis URL needs the redis library: install the extra `redis`.") from None
