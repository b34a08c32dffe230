"""The sandbox as tests and programs use it: a platform, its server, and clients that are ready to call it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tandem.sandbox import LocalSandbox, hosts_of

from ._clients import ClientIdentity, register
from ._libraries import require_libraries
from ._platform import InteractorPlatform
from ._streams import StreamSettings
from ._triggers import trigger
from .answers._acts import Step
from .answers._controls import script
from .workflows._engine import WorkflowSettings

if TYPE_CHECKING:
    from interactor import AsyncInteractorClient, InteractorClient


class Identified(Protocol):
    """Something with an id."""

    @property
    def id(self) -> str: ...


class Sandbox(LocalSandbox[InteractorPlatform]):
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
        require_libraries()
        hosts = hosts_of(allow_hosts)
        platform = InteractorPlatform(
            db=db,
            seed=seed,
            enforce_limits=enforce_limits,
            webhook_hosts=hosts,
            streams=StreamSettings(heartbeat, stream_retry, stream_buffer, pace),
            model_url=model_url,
            model_key=model_key,
            workflows=WorkflowSettings(script_timeout, hosts, dict(secrets or {})),
        )
        super().__init__(platform, port)

    # -- where it is

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

        return self._client(InteractorClient, in_process, {"namespace": namespace, **settings})

    def async_client(
        self, namespace: str | None = None, *, in_process: bool = False, **settings: Any
    ) -> AsyncInteractorClient:
        """An asynchronous client of this sandbox; `settings` are those of `AsyncInteractorClient`."""
        from interactor import AsyncInteractorClient

        return self._async_client(AsyncInteractorClient, in_process, {"namespace": namespace, **settings})

    # -- steering

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

    def trigger(self, event: str, *, data: Mapping[str, Any] | None = None, namespace: str | None = None) -> str:
        """Announce an event as if it had happened; what `data` leaves out comes from the document's example.

            platform.client("user_1").webhooks.create(url=my_url, events=["room.message.created"])
            platform.trigger("room.message.created", data={"content": "Hello"})
            platform.settle()
            assert [delivery.status for delivery in platform.deliveries()] == ["delivered"]

        Without a namespace it happens in that of the first webhook that named it. Returns the event's id, for
        `deliveries(event_id=…)`. Raises ValueError for an event that the document does not know.
        """
        return str(self._in_transaction(lambda: trigger(self._platform, event, data, namespace))["id"])

    def settings_for(self, root: str, given: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "scopes": (),  # all of the client's, whatever the environment says
            "account_server_url": root + self._platform.base_path("account"),
            "core_api_url": root + self._platform.base_path("core"),
        }
