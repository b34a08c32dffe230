"""Sessions: grants whose tokens are renewed with refresh tokens, and resources that show a client's own one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ._resource import AsyncResource, Resource
from ._tokens import Granted, granted

if TYPE_CHECKING:
    from ._auth import AsyncAuth, Auth
    from ._calls import Call
    from ._client import AsyncClient, Client
    from ._secrets import Secret


@dataclass(frozen=True, slots=True)
class SessionGrant:
    """A `RenewableGrant` of what a product says: the calls that begin a session, renew it, and end it.

    Where a session can begin only once (`used_up`), it is over when its refresh token may have been used and no reply
    came, and for a forked child when its parent's last token expires.
    """

    key: str
    begin: Callable[[], Call[Any]] = field(repr=False)
    go_on: Callable[[str], Call[Any]] = field(repr=False)
    """Takes the refresh token."""
    log_out: Callable[[str, str], Call[Any]] | None = field(default=None, repr=False)
    """Takes the token and the refresh token. None: the session ends by itself."""
    used_up: str | None = None

    def fetch(self) -> Call[Any]:
        return self.begin()

    def renew(self, refresh_token: str) -> Call[Any]:
        return self.go_on(refresh_token)

    def read(self, result: Any) -> Granted:
        return granted(result)

    def revoke(self, token: str) -> None:
        """Only who has its refresh token can end a session."""

    @property
    def ends(self) -> bool:
        return self.log_out is not None

    def end(self, token: str, refresh_token: str) -> Call[Any] | None:
        return self.log_out(token, refresh_token) if self.log_out is not None else None


class SessionResource(Resource):
    """For a product whose `client.auth` is a resource: beside its endpoints, what the client itself calls with."""

    def __init__(self, client: Client, own: Auth) -> None:
        super().__init__(client)
        self._own = own

    @property
    def is_authenticated(self) -> bool:
        """Whether an API key, or a token that has not expired, is at hand. Sends nothing."""
        return self._own.is_authenticated

    def token(self) -> Secret:
        """The access token that this client's calls carry, a new one where none is good. It prints as `***`."""
        return self._own.token()

    def revoke(self) -> None:
        """Log out: end this client's own session. The next call begins another, where the client can log in.

        A logout that fails can be tried again.
        """
        self._own.revoke()


class AsyncSessionResource(AsyncResource):
    """For a product whose `client.auth` is a resource: beside its endpoints, what the client itself calls with."""

    def __init__(self, client: AsyncClient, own: AsyncAuth) -> None:
        super().__init__(client)
        self._own = own

    @property
    def is_authenticated(self) -> bool:
        """Whether an API key, or a token that has not expired, is at hand. Sends nothing."""
        return self._own.is_authenticated

    async def token(self) -> Secret:
        """The access token that this client's calls carry, a new one where none is good. It prints as `***`."""
        return await self._own.token()

    async def revoke(self) -> None:
        """Log out: end this client's own session. The next call begins another, where the client can log in.

        A logout that fails can be tried again.
        """
        await self._own.revoke()
