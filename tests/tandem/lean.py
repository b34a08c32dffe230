"""Run as a program of its own: moves a lot through a client and says how much its memory grew by, in bytes.

python -m tests.tandem.lean upload sync http://127.0.0.1:8000 /path/of/a/file
"""

from __future__ import annotations

import asyncio
import resource
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from tandem import (
    AsyncClient,
    AsyncHttpxTransport,
    Call,
    CallSettings,
    Client,
    Core,
    HttpxTransport,
    Model,
    Operation,
    Request,
)

from .acme import CONVENTIONS, LIST, UPLOAD

LISTING: Operation[Model] = replace(LIST, decode=Model.from_dict, authenticated=False)


def upload(file: str) -> Call[Any]:
    return Call(UPLOAD, body={"file": Path(file)})


def upload_of_bytes(file: str) -> Call[Any]:
    return Call(UPLOAD, body={"file": Path(file).read_bytes()})


def listing(how: str) -> Call[Model]:
    prefetch, pages = how.split("/")
    return Call(LISTING, query={"pages": pages}, options={"prefetch": int(prefetch)})


class LeanClient(Client):
    def __init__(self, url: str) -> None:
        self._core = Core(CONVENTIONS, {"core": url}, HttpxTransport)
        self._settings = CallSettings()


class AsyncLeanClient(AsyncClient):
    def __init__(self, url: str) -> None:
        self._core = Core(CONVENTIONS, {"core": url}, AsyncHttpxTransport)
        self._settings = CallSettings()


class Sync:
    """What a synchronous client does."""

    def upload(self, url: str, file: str) -> int:
        with LeanClient(url) as client:
            client.call(upload(file))
        return Path(file).stat().st_size

    def upload_of_bytes(self, url: str, file: str) -> int:
        with LeanClient(url) as client:
            client.call(upload_of_bytes(file))
        return Path(file).stat().st_size

    def download(self, url: str, path: str) -> int:
        transport, size = HttpxTransport(), 0
        reply = transport.open(Request("GET", url + path, [], timeout=30))
        for piece in reply.iter_bytes():
            size += len(piece)
        reply.close()
        transport.close()
        return size

    def list(self, url: str, how: str) -> int:
        count = 0
        with LeanClient(url) as client:
            for thing in client.paginate(listing(how)):
                count += thing.additional_properties["id"] is not None
        return count


class Async:
    """What an asynchronous client does."""

    async def upload(self, url: str, file: str) -> int:
        async with AsyncLeanClient(url) as client:
            await client.call(upload(file))
        return Path(file).stat().st_size

    async def download(self, url: str, path: str) -> int:
        transport, size = AsyncHttpxTransport(), 0
        reply = await transport.open(Request("GET", url + path, [], timeout=30))
        async for piece in reply.iter_bytes():
            size += len(piece)
        await reply.aclose()
        await transport.aclose()
        return size

    async def list(self, url: str, how: str) -> int:
        count = 0
        async with AsyncLeanClient(url) as client:
            async for thing in client.paginate(listing(how)):
                count += thing.additional_properties["id"] is not None
        return count


def run(colour: str, what: str, url: str, argument: str) -> int:
    if colour == "sync":
        return int(getattr(Sync(), what)(url, argument))
    return int(asyncio.run(getattr(Async(), what)(url, argument)))


def memory() -> int:
    """The most that this process has had so far, in bytes."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # in bytes where there is no /proc
    # Not ru_maxrss: on Linux that begins with what the process had before it became this program, its parent's.
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def main(what: str, colour: str, url: str, little: str, much: str) -> None:
    run(colour, what, url, little)  # what is loaded at the first call does not count
    before = memory()
    amount = run(colour, what, url, much)
    print(amount, memory() - before)


if __name__ == "__main__":
    main(*sys.argv[1:])
