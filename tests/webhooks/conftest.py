"""Claim stores of every kind, a Redis server of our own where one is installed, and both colours of a router."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
import redis.asyncio

from interactor.webhooks import AsyncRedisStore, MemoryStore, RedisStore, SqliteStore

REDIS = shutil.which("redis-server")
STORES = ["memory", "sqlite", *(["redis", "async redis"] if REDIS else [])]


class Clock:
    """A time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class DrivenStore:
    """An asynchronous store, driven so that it looks like a blocking one."""

    def __init__(self, store: Any, runner: asyncio.Runner) -> None:
        self._store = store
        self._runner = runner

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._store, name)
        return lambda *args, **kwargs: self._runner.run(method(*args, **kwargs))


@contextmanager
def redis_server() -> Generator[str, None, None]:
    """A Redis server on a socket file; its URL."""
    # pytest's own folders can have names that are too long for a socket file.
    with tempfile.TemporaryDirectory() as folder:
        yield from _serving(Path(folder))


def _serving(folder: Path) -> Iterator[str]:
    path = folder / "redis.sock"
    assert REDIS is not None
    command = [
        REDIS,
        "--port",
        "0",
        "--unixsocket",
        str(path),
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        str(folder),
    ]
    with subprocess.Popen([*command, "--daemonize", "no"], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            for line in server.stdout:
                if "ready to accept connections" in line.lower():
                    break
            yield f"unix://{path}"
        finally:
            server.terminate()
            server.communicate()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, clock: Clock, tmp_path: Path) -> Iterator[Any]:
    """A store that remembers for 1,000 seconds."""
    with ExitStack() as stack:
        yield make_store(request, stack, clock, tmp_path)


def make_store(request: pytest.FixtureRequest, stack: ExitStack, clock: Clock, folder: Path) -> Any:
    settings: Any = {"retention": 1000, "clock": clock}
    match request.param:
        case "memory":
            return MemoryStore(**settings)
        case "sqlite":
            return stack.enter_context(SqliteStore(folder / "claims.db", **settings))
        case "redis":
            client: Any = redis.Redis.from_url(request.getfixturevalue("redis_url"))  # pyright: ignore[reportUnknownMemberType]  # its own types
            stack.callback(client.close)
            client.flushall()
            return RedisStore(client, **settings)
        case _:
            runner = stack.enter_context(asyncio.Runner())
            other: Any = redis.asyncio.Redis.from_url(request.getfixturevalue("redis_url"))  # pyright: ignore[reportUnknownMemberType]  # its own types
            stack.callback(lambda: runner.run(other.aclose()))
            runner.run(other.flushall())
            return DrivenStore(AsyncRedisStore(other, **settings), runner)
