"""The sandbox as tests and programs use it: a platform, its server, and clients that are ready to call it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tandem.sandbox import LocalSandbox, Scene, hosts_of

from ._accounts import DEFAULTS, Account, by_email, permissions_of
from ._api_keys import new_key, revoke
from ._controls import trigger
from ._libraries import require_libraries
from ._limits import tier
from ._oauth import Application, add_application, new_code
from ._platform import CoordinaitorPlatform
from ._users import joined
from ._working import WorkSettings

if TYPE_CHECKING:
    from coordinaitor import AsyncOrchestratorClient, OrchestratorClient

_WAYS_IN = frozenset({"api_key", "email", "client_id", "code"})


class Sandbox(LocalSandbox[CoordinaitorPlatform]):
    """A local CoordinAItor platform.

        with Sandbox() as platform:
            client = platform.client()
            client.tasks.create(title="Build user registration", priority="high")

    `port` 0 takes a free port of this machine, `db` is a file that keeps the state (None: in memory), `seed` makes ids
    and secrets the same in every run (None: random), `enforce_limits` refuses what goes over the rate limits. `users`
    are the people who can log in; the first of them is whom clients act for. Webhooks are delivered to this machine,
    and to the `allow_hosts` that you name ("*.example.com": all below it, "*": any).

    Agents work off their tasks by themselves: `pace` is how many seconds of the platform's time a step takes (None:
    they do nothing), and `steps` how many steps a task takes. There is one from the beginning; tasks that nobody was
    named for go to whoever is free. An agent's `configuration` says what goes wrong on purpose: with `failAt` 0.5 it
    gives every task up in the step that would take it half-way, with `breakAt` it breaks there itself, until it is
    enabled again.

    `async with Sandbox() as platform` is for event loops. With `in_process=True` a client needs no server.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        db: str | Path | None = None,
        seed: int | None = 0,
        enforce_limits: bool = False,
        users: Iterable[Account] = DEFAULTS,
        pace: float | None = WorkSettings().pace,
        steps: int = WorkSettings().steps,
        allow_hosts: Iterable[str] = (),
    ) -> None:
        require_libraries()
        accounts = tuple(users)
        if not accounts:
            raise ValueError("A sandbox needs a user: leave out users=, or name one.")
        platform = CoordinaitorPlatform(
            db=db,
            seed=seed,
            enforce_limits=enforce_limits,
            users=accounts,
            webhook_hosts=hosts_of(allow_hosts),
            work=WorkSettings(pace, steps),
        )
        super().__init__(platform, port)

    # -- clients

    def client(self, *, in_process: bool = False, **settings: Any) -> OrchestratorClient:
        """A client of this sandbox; `settings` are those of `OrchestratorClient`. Without any it logs in."""
        from coordinaitor import OrchestratorClient

        return self._client(OrchestratorClient, in_process, settings)

    def async_client(self, *, in_process: bool = False, **settings: Any) -> AsyncOrchestratorClient:
        """An asynchronous client of this sandbox; `settings` are those of `AsyncOrchestratorClient`."""
        from coordinaitor import AsyncOrchestratorClient

        return self._async_client(AsyncOrchestratorClient, in_process, settings)

    # -- who may call it

    @property
    def email(self) -> str:
        """Address of the user whom clients act for."""
        return self._platform.accounts[0].email

    @property
    def password(self) -> str:
        """The password that goes with it."""
        return self._platform.accounts[0].password

    def add_user(self, account: Account) -> str:
        """Let somebody else join, which is announced as `user.registered`. Returns the user's id."""

        def added() -> str:
            return joined(self._place, account, self._platform.organization["id"])

        return self._in_transaction(added)

    def api_key(
        self,
        permissions: Iterable[str] | None = None,
        *,
        email: str | None = None,
        expires_in: float | None = None,
        requests: int | None = None,
        burst: int | None = None,
    ) -> str:
        """A new API key of a user. Without permissions it may do what the user may.

        It expires after so many seconds of the platform's time, and allows so many `requests` an hour, with `burst` of
        them at once; else as many as the user's plan. Raises ValueError for what cannot be.
        """
        expires_at = None if expires_in is None else self.clock.now() + expires_in
        limit = None if requests is None else tier(requests, burst)

        def made() -> str:
            user = self._user(email)
            chosen = self._chosen(permissions, user)
            kept = new_key(self._place, user["id"], chosen, name="sandbox", expires_at=expires_at, limit=limit)
            return str(kept["key"])

        return self._in_transaction(made)

    def revoke_api_key(self, key: str) -> bool:
        """Make a key useless. False when it is so already."""
        return self._in_transaction(lambda: revoke(self._place, key))

    def add_application(self, client_id: str, *, redirect_uris: Iterable[str] = ()) -> Application:
        """Register an application for OAuth 2.0. Without redirect URIs its users may be sent back to anywhere."""
        return self._in_transaction(lambda: add_application(self._place, client_id, redirect_uris=redirect_uris))

    def authorization_code(
        self,
        client_id: str,
        *,
        email: str | None = None,
        scopes: Iterable[str] | None = None,
        redirect_uri: str | None = None,
    ) -> str:
        """The code that a user's browser would bring back, had the user agreed on the page `/oauth/authorize`.

        app = platform.add_application("my_app")
        code = platform.authorization_code(app.client_id, scopes=["tasks:read"])
        client = platform.client(client_id=app.client_id, client_secret=app.client_secret, code=code)
        """

        def made() -> str:
            user = self._user(email)
            return new_code(self._place, client_id, user["id"], self._chosen(scopes, user), redirect_uri=redirect_uri)

        return self._in_transaction(made)

    # -- steering

    def trigger(self, event: str, *, data: Mapping[str, Any] | None = None) -> str:
        """Announce an event as if it had happened; what `data` leaves out comes from the document's example.

        Returns the event's id, for `deliveries(event_id=…)`. Raises ValueError for an event that the document does not
        know.
        """
        return str(self._in_transaction(lambda: trigger(self._platform, event, data))["id"])

    def uploaded(self, file_id: str) -> bytes:
        """The bytes of a file that was uploaded to a task. Raises KeyError when they are not kept."""
        content = self._platform.store.content(file_id)
        if content is None:
            raise KeyError(f"There is no file {file_id}, or it was too large to be kept.")
        return content

    def settings_for(self, root: str, given: Mapping[str, Any]) -> dict[str, Any]:
        if given.keys() & _WAYS_IN:
            return {"base_url": root}
        return {"base_url": root, "email": self.email, "password": self.password}

    @property
    def _place(self) -> Scene:
        return Scene(self._platform, "")

    def _user(self, email: str | None) -> dict[str, Any]:
        user = by_email(self._place, email or self.email)
        if user is None:
            raise ValueError(f"No user has the address {email!r}.")
        return user

    def _chosen(self, permissions: Iterable[str] | None, user: Mapping[str, Any]) -> list[str]:
        known = self._platform.permissions
        allowed = permissions_of(user["role"], known)
        wanted = [name for name in known if name in allowed] if permissions is None else list(permissions)
        if unknown := [name for name in wanted if name not in known]:
            raise ValueError(f"There is no permission {unknown[0]!r}; there are {', '.join(known)}.")
        return wanted
