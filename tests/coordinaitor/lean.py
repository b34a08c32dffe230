"""Run as a program of its own: uploads a file and says how much its memory grew by, in bytes.

python -m tests.coordinaitor.lean sync http://127.0.0.1:3000 /a/little/file /a/large/file
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from coordinaitor import AsyncOrchestratorClient, OrchestratorClient
from tests.tandem.lean import memory


def upload(url: str, file: str) -> None:
    with OrchestratorClient(base_url=url, api_key="ak_canary") as client:
        client.tasks.upload_file("task-1", Path(file))


async def async_upload(url: str, file: str) -> None:
    async with AsyncOrchestratorClient(base_url=url, api_key="ak_canary") as client:
        await client.tasks.upload_file("task-1", Path(file))


def main(colour: str, url: str, little: str, much: str) -> None:
    def run(file: str) -> None:
        upload(url, file) if colour == "sync" else asyncio.run(async_upload(url, file))

    run(little)  # what is loaded at the first call does not count
    before = memory()
    run(much)
    print(Path(much).stat().st_size, memory() - before)


if __name__ == "__main__":
    main(*sys.argv[1:])
