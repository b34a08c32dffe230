"""Servers to measure against: nginx with fixed JSON, and one that takes its time over each page."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TOKEN = {"data": {"access_token": "tok", "token_type": "Bearer", "expires_in": 3600}}
ONE = {
    "id": "asst_1",
    "name": "Support",
    "description": "Answers questions of customers",  # a field that the document does not name
    "model": "gpt-4",
    "system_prompt": "Be brief and kind. Say so when you do not know.",
    "temperature": 0.7,
    "tools": [],
    "data_sources": [],
    "created_at": "2026-01-20T12:00:00Z",
    "updated_at": "2026-01-21T12:00:00Z",
}
PAGES = 100
DELAY = 0.05
_SPACES = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@contextmanager
def nginx() -> Iterator[str]:
    """The URL of a server that answers `/core/assistants` and `/core/assistants/asst_1`."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        raise SystemExit("nginx is not installed; Debian's package `nginx-light` has it.")
    port = _free_port()
    with tempfile.TemporaryDirectory() as folder:
        files = {
            "one.json": {"data": ONE},
            "list.json": {"data": [{**ONE, "id": f"asst_{number}"} for number in range(100)], "meta": _meta(1, 1)},
            "token.json": TOKEN,
        }
        for name, content in files.items():
            Path(folder, name).write_text(json.dumps(content, separators=(",", ":")))
        config = Path(folder, "nginx.conf")
        config.write_text(_config(folder, port))
        server = subprocess.Popen([program, "-c", str(config), "-e", f"{folder}/error.log"])
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()


def _config(folder: str, port: int) -> str:
    spaces = "".join(f"{name}_temp_path {folder}/{name};" for name in _SPACES)
    return f"""
worker_processes 1; daemon off; master_process off; pid {folder}/pid;
events {{ worker_connections 4096; }}
http {{ access_log off; keepalive_requests 100000000; default_type application/json; {spaces}
server {{ listen 127.0.0.1:{port} backlog=4096; root {folder};
 location = /account/oauth/token {{ error_page 405 =200 /token.json; try_files /token.json =404; }}
 location = /core/assistants/asst_1 {{ try_files /one.json =404; }}
 location = /core/assistants {{ try_files /list.json =404; }}
}} }}"""


@contextmanager
def slow_pages() -> Iterator[str]:
    """The URL of a server with `PAGES` pages of assistants, each of which takes `DELAY` seconds."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(asyncio.start_server(_answer, "127.0.0.1", 0), loop).result()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(server.close)
        asyncio.run_coroutine_threadsafe(_end(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end() -> None:
    answering = asyncio.all_tasks() - {asyncio.current_task()}
    for task in answering:
        task.cancel()
    await asyncio.gather(*answering, return_exceptions=True)


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while head := await _head(reader):
        target = head.split(" ", 2)[1]
        if "token" in target:
            body: dict[str, object] = {**TOKEN}
        else:
            await asyncio.sleep(DELAY)
            page = int(target.partition("page=")[2].partition("&")[0] or 1)
            body = {"data": [{**ONE, "id": f"asst_{page}"}], "meta": _meta(page, PAGES)}
        content = json.dumps(body).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(content))
        writer.write(content)
    writer.close()


async def _head(reader: asyncio.StreamReader) -> str:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
        return ""
    lengths = [line for line in head.lower().split("\r\n") if line.startswith("content-length:")]
    if lengths:
        await reader.readexactly(int(lengths[0].partition(":")[2]))
    return head


def _meta(page: int, pages: int) -> dict[str, object]:
    return {"page": page, "per_page": 1, "total": pages, "total_pages": pages, "has_more": page < pages}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.02)
    raise SystemExit("nginx did not start.")
