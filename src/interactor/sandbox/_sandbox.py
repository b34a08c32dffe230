"""The sandbox as tests and programs use it: a platform, its server, and clients that are ready to call it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from tandem.sandbox import (
    AsyncInProcessTransport,
    Clock,
    FaultBook,
    InProcessTransport,
    Journal,
    SandboxError,
    SocketServer,
)

from ._clients import ClientIdentity, register
from ._closing import aclose_all, close_all
from ._outbox import Outbox
from ._platform import InteractorPlatform
from ._streams import StreamSettings
from .answers._acts import Step
from .answers._controls import script
from .workflows._engine import WorkflowSettings

if TYPE_CHECKING:
    from interactor import AsyncInteractorClient, InteractorClient

# Requests in process name a host too; no network ever sees it.
_IN_PROCESS = "http://localhost"


class Identified(Protocol):
    """Something with an id."""

    @property
    def id(self) -> str: ...


class Sandbox(Outbox):
    """A local Interactor platform.

        with Sandbox() as platform:
            client = platform.client(namespace="user_1")
            client.assistants.create(name="Support", model="gpt-4", system_prompt="Be brief.")

    `port` 0 takes a free port of this machine, `db` is a file that keeps the state (None: in memory), `seed` makes ids
    and secrets the same in every run (None: random), `enforce_limits` refuses what goes over the rate limits.
    Webhooks are delivered to this machine, and to the `allow_hosts` that you name ("*.example.com": all below it, "*":
    any).

    Assistants answer by rules of their own, so that the same question gets the same answer; by a `script`; or with the
    words of a real model: `model_url` is the base URL of any endpoint that speaks the OpenAI protocol, like
    `http://localhost:11434/v1`, and `model_key` its key. `pace` is how many seconds pass between two pieces of a
    streamed answer. A stream that is silent for `heartbeat` seconds shows that it is alive, tells its readers to come
    back after `stream_retry` seconds when the connection breaks, and keeps `stream_buffer` events for them.

    Scripts of workflows are stopped after `script_timeout` seconds. Their HTTP logic calls this machine, and the
    `allow_hosts`. Both know the `secrets`.

    The server starts with the `with` block, or with the first use of `url`. Clients made with `in_process=True` need no
    server at all. All clients close with the sandbox. In an event loop, `async with Sandbox() as platform` closes the
    asynchronous ones before it goes on.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        db: str | Path | None = None,
        seed: int | None = 0,
        enforce_limits: bool = False,
        model_url: str | None = None,
        model_key: str | None = None,
        pace: float = 0.0,
        heartbeat: float = 15.0,
        stream_retry: float = 0.1,
        stream_buffer: int = 1000,
        script_timeout: float = 5.0,
        allow_hosts: Iterable[str] = (),
        secrets: Mapping[str, str] | None = None,
    ) -> None:
        if isinstance(allow_hosts, str):
            raise ValueError("allow_hosts is a list of hosts: put brackets around it.")
        hosts = tuple(allow_hosts)
        self._platform = InteractorPlatform(
            db=db,
            seed=seed,
            enforce_limits=enforce_limits,
            webhook_hosts=hosts,
            streams=StreamSettings(heartbeat, stream_retry, stream_buffer, pace),
            model_url=model_url,
            model_key=model_key,
            workflows=WorkflowSettings(script_timeout, hosts, dict(secrets or {})),
        )
        self._server = SocketServer(self._platform, port)
        self._serving = False
        self._closed = False
        self._clients: list[InteractorClient] = []
        self._async_clients: list[AsyncInteractorClient] = []

    # -- where it is

    @property
    def url(self) -> str:
        """Root of the server, like `http://127.0.0.1:41233`."""
        return self.start()._server.url

    @property
    def account_url(self) -> str:
        """Base URL of the account server: tokens and keys."""
        return self.url + self._platform.base_path("account")

    @property
    def core_url(self) -> str:
        """Base URL of the core API: everything else."""
        return self.url + self._platform.base_path("core")

    # -- who may call it

    @property
    def client_id(self) -> str:
        """Id of the client that every sandbox has."""
        return self._platform.default_client.client_id

    @property
    def client_secret(self) -> str:
        """Its secret."""
        return self._platform.default_client.client_secret

    def add_client(
        self, client_id: str, *, scopes: Iterable[str] | None = None, namespaces: Iterable[str] | None = None
    ) -> ClientIdentity:
        """Register another application. Without scopes it may have them all, without namespaces it may act for any.

        Raises ValueError for a scope that the platform does not know. A reset forgets it.
        """
        self._platform.start()
        return register(self._platform, client_id, scopes=scopes, namespaces=namespaces)

    # -- clients

    def client(self, namespace: str | None = None, *, in_process: bool = False, **settings: Any) -> InteractorClient:
        """A client of this sandbox; `settings` are those of `InteractorClient`."""
        from interactor import InteractorClient

        if in_process:
            settings.setdefault("transport", InProcessTransport(self._platform))
        made = InteractorClient(**self._settings(namespace, in_process, settings))
        self._clients.append(made)
        return made

    def async_client(
        self, namespace: str | None = None, *, in_process: bool = False, **settings: Any
    ) -> AsyncInteractorClient:
        """An asynchronous client of this sandbox; `settings` are those of `AsyncInteractorClient`."""
        from interactor import AsyncInteractorClient

        if in_process:
            settings.setdefault("transport", AsyncInProcessTransport(self._platform))
        made = AsyncInteractorClient(**self._settings(namespace, in_process, settings))
        self._async_clients.append(made)
        return made

    # -- steering

    @property
    def platform(self) -> InteractorPlatform:
        """The platform itself: its store, and all that the engine offers."""
        return self._platform

    @property
    def clock(self) -> Clock:
        """The platform's time: `clock.now()`, `clock.advance(3600)`."""
        return self._platform.clock

    @property
    def faults(self) -> FaultBook:
        """What goes wrong on purpose: `faults.add(Fault(path="/rooms*", status=503))`, `faults.clear()`."""
        return self._platform.faults

    @property
    def journal(self) -> Journal:
        """The last thousand requests: `journal.entries(operation="rooms.create")`."""
        return self._platform.journal

    def script(self, assistant: str | Identified, steps: Iterable[Step | Sequence[Step]] = ()) -> None:
        """Say beforehand what an assistant, or the one with this id, does when somebody writes to it.

            from interactor.sandbox import call, say

            platform.script(bot, [say("Let me look."), call("get_weather", city="Oslo"), say("It is {result}.")])

        That is one turn: the answer to one message. `[say("Hello."), say("Bye.")]` are two, and a list of lists says
        where each turn begins. Every room begins the script anew, and plays the last turn again when all are used up.
        No steps take the script away. Raises ValueError for an assistant or a step that does not exist.
        """
        assistant_id = assistant if isinstance(assistant, str) else assistant.id
        self._platform.start()
        with self._platform.store.transaction():
            script(self._platform, assistant_id, steps)

    def reset(self) -> None:
        """Back to the state of a fresh sandbox: data, time, limits and faults. The default client keeps its secret."""
        self._platform.start()
        self._platform.reset()

    def snapshot(self, name: str) -> None:
        """Keep the state under a name."""
        self._platform.start()
        self._platform.snapshots.take(name)

    def restore(self, name: str) -> None:
        """Go back to a snapshot, as often as you like. Raises `tandem.sandbox.UnknownSnapshotError`."""
        self._platform.restore(name)

    def start(self) -> Sandbox:
        """Start the server, if it does not run yet. Raises OSError when the port is taken."""
        if self._closed:
            raise SandboxError("This sandbox is closed. Make another one.")
        if not self._serving:
            self._server.start()
            self._serving = True
        return self

    def close(self) -> None:
        """Close the clients, stop the server and let go of the database. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        for client in self._clients:
            client.close()
        close_all(self._async_clients)
        self._platform.close()

    async def aclose(self) -> None:
        """Close from within an event loop. Safe to call twice."""
        await aclose_all(self._async_clients)
        self._async_clients.clear()
        self.close()

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Sandbox:
        return self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        where = self._server.url if self._serving and not self._closed else "closed" if self._closed else "not started"
        return f"<Sandbox {where}>"

    def _settings(self, namespace: str | None, in_process: bool, given: dict[str, Any]) -> dict[str, Any]:
        root = _IN_PROCESS if in_process else self.url
        known = {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "scopes": (),  # all of the client's, whatever the environment says
            "account_server_url": root + self._platform.base_path("account"),
            "core_api_url": root + self._platform.base_path("core"),
        }
        return {**known, "namespace": namespace, **given}
