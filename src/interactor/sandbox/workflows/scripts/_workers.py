"""The processes that scripts run in, from the side of the platform: started when needed, killed when late."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

from tandem.sandbox import SandboxError

_WORKER = Path(__file__).parent / "_worker.py"
_LONGEST_REPLY = 32 * 1024 * 1024
# A machine that is busy lets a worker begin late; the script is not to blame for that.
_START_SECONDS = 10.0


class WorkerGoneError(Exception):
    """The process ended in the middle of a script."""


class Worker:
    """One process, for one script at a time."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        try:
            command = [sys.executable, "-I", "-S", str(_WORKER), _folder_of_quickjs()]
            self._process = subprocess.Popen(  # noqa: S603  # nothing but our own file, and no shell
                command, stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=subprocess.DEVNULL, env={}, cwd="/"
            )
        except BaseException:  # cancellation too: what was begun is ended, then it goes on
            ours.close()
            raise
        finally:
            theirs.close()
        ours.setblocking(False)
        self._socket = ours

    @property
    def process_id(self) -> int:
        return self._process.pid

    async def ready(self) -> None:
        """Wait until it has started. Raises `WorkerGoneError` when it does not."""
        try:
            async with asyncio.timeout(_START_SECONDS):
                await self._reply()
        except TimeoutError:
            raise WorkerGoneError from None

    async def ask(self, order: bytes, seconds: float) -> bytes:
        """Its reply to one order. Raises TimeoutError when it takes longer, and `WorkerGoneError` when it ends."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(seconds):
            try:
                await loop.sock_sendall(self._socket, order)
            except OSError as error:
                raise WorkerGoneError from error
            return await self._reply()

    async def _reply(self) -> bytes:
        loop = asyncio.get_running_loop()
        reply = bytearray()
        try:
            while not reply.endswith(b"\n"):
                part = await loop.sock_recv(self._socket, 65536)
                if not part or len(reply) > _LONGEST_REPLY:
                    raise WorkerGoneError
                reply += part
        except OSError as error:
            raise WorkerGoneError from error
        return bytes(reply)

    def end(self) -> None:
        """Kill the process and wait until it is gone, which it is at once."""
        self._socket.close()
        self._process.kill()
        self._process.wait()


class Workers:
    """As many processes as there are scripts at the same time, up to `most`; `warm` of them stay for the next.

    Beyond the warm ones a script first waits a moment for one of them: most scripts are done in a millisecond.
    """

    def __init__(self, *, warm: int = 4, most: int = 32, patience: float = 0.1) -> None:
        self._warm = warm
        self._most = most
        self._patience = patience
        self._idle: list[Worker] = []
        self._all: set[Worker] = set()
        self._waiting: deque[asyncio.Future[Worker | None]] = deque()
        # A new process holds up the thread that starts it until the system has made room, which may take its time.
        self._starter = ThreadPoolExecutor(1, "sandbox-scripts")
        self._starting: set[Future[Worker]] = set()

    @property
    def alive(self) -> int:
        """How many processes there are."""
        return len(self._all)

    @property
    def processes(self) -> tuple[int, ...]:
        """Their process ids."""
        return tuple(worker.process_id for worker in self._all)

    async def take(self) -> Worker:
        """A worker of one's own, to be given back or dropped. Raises `WorkerGoneError` when none starts."""
        while not self._idle:
            if self._size < self._warm:
                return await self._start()
            given = await self._wait(None if self._size >= self._most else self._patience)
            if given is not None:
                return given
            if self._size < self._most:
                return await self._start()
        return self._idle.pop()

    def give_back(self, worker: Worker) -> None:
        """The worker is free for the next script."""
        waiter = self._next_waiter()
        if waiter is not None:
            waiter.set_result(worker)
        elif len(self._idle) < self._warm:
            self._idle.append(worker)
        else:
            self._end(worker)

    def drop(self, worker: Worker) -> None:
        """The worker is late, broken or of no more use."""
        self._end(worker)
        waiter = self._next_waiter()
        if waiter is not None:
            waiter.set_result(None)

    def close(self) -> None:
        """End all processes."""
        self._idle.clear()
        self._starter.shutdown(cancel_futures=True)
        for starting in self._starting:
            if not starting.cancelled() and starting.exception() is None:
                starting.result().end()
        for worker in tuple(self._all):
            self._end(worker)

    @property
    def _size(self) -> int:
        return len(self._all) + len(self._starting)

    async def _start(self) -> Worker:
        starting = self._starter.submit(Worker)
        self._starting.add(starting)
        try:
            worker = await asyncio.wrap_future(starting)
        except asyncio.CancelledError:
            raise  # the process may still be made; `close` finds it
        except OSError as error:
            self._starting.discard(starting)
            raise WorkerGoneError from error
        except SandboxError:
            self._starting.discard(starting)
            raise
        self._starting.discard(starting)
        self._all.add(worker)
        try:
            await worker.ready()
        except BaseException:  # cancellation too: what was begun is ended, then it goes on
            self.drop(worker)
            raise
        return worker

    def _end(self, worker: Worker) -> None:
        if worker in self._all:
            self._all.discard(worker)
            worker.end()

    async def _wait(self, seconds: float | None) -> Worker | None:
        waiter: asyncio.Future[Worker | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(seconds):
                return await waiter
        except TimeoutError:
            # It may have come in the very moment in which the patience ended.
            return waiter.result() if waiter.done() and not waiter.cancelled() else None
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and (given := waiter.result()) is not None:
                self.give_back(given)
            raise
        finally:
            with contextlib.suppress(ValueError):
                self._waiting.remove(waiter)

    def _next_waiter(self) -> asyncio.Future[Worker | None] | None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                return waiter
        return None


def _folder_of_quickjs() -> str:
    found = find_spec("_quickjs")
    if found is None or found.origin is None:
        raise SandboxError("Scripts of workflows need QuickJS. Install it with: pip install 'interactor[sandbox]'")
    return str(Path(found.origin).parent)
