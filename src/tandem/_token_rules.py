"""Access tokens: which request brings one, what its reply is worth, and what to do without one. Pure."""

from __future__ import annotations

from typing import Any, cast

from ._calls import Call, RequestOptions
from ._core import Core
from ._deadline import Deadline
from ._errors import (
    APIConnectionError,
    APIStatusError,
    AuthenticationError,
    ConfigurationError,
    DeadlineExceededError,
    InvalidRequestError,
    ResponseDecodeError,
    TandemError,
)
from ._lending import RENEWAL_LIMIT
from ._retry import RetryPolicy
from ._secrets import Secret
from ._tokens import Flight, Grant, RenewableGrant, Token, refuse_token
from ._transport import TransportError

_PATIENCE = 10.0  # seconds that one caller gives the renewal of a token that is still good
_GLIMPSE = 5.0  # seconds for an answer of a store: a token request takes less
GLANCE = 0.05  # seconds between looks at what another place does
SPENT = frozenset({400, 401, 403, 404, 422})
"""What platforms say of a refresh token that they do not take."""


class BaseAuth:
    """The part that decides; the shells below fetch and wait."""

    __slots__ = ("_core",)

    _core: Core[Any, Any]

    @property
    def is_authenticated(self) -> bool:
        """Whether a token is at hand that has not expired, or an API key. Sends nothing."""
        return self._core.api_key is not None or self._core.tokens.valid is not None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'with' if self.is_authenticated else 'without'} a token>"

    @property
    def _grant(self) -> Grant:
        if self._core.grant is None:
            what = "with an API key: it has no token" if self._core.api_key is not None else "without credentials"
            raise self._core.error(ConfigurationError, f"This client was made {what}.")
        return self._core.grant

    def _accept(self, result: Any) -> Token:
        try:
            value, lifetime, refresh_token = self._grant.read(result)
        except Exception as problem:  # whatever a grant meets in a stranger's reply
            reason = str(problem) if isinstance(problem, ValueError) else type(problem).__name__
            raise self._unusable(reason) from None
        refusal = refuse_token(value, lifetime)
        if refusal:
            raise self._unusable(refusal)
        token = Token(Secret(value), self._core.time() + lifetime)
        # A stranger may send one where the product has none.
        kept = Secret(refresh_token) if refresh_token and hasattr(self._grant, "renew") else None
        self._core.tokens.accept(token, lifetime, kept)
        return token

    def _unusable(self, reason: str) -> TandemError:
        return self._core.error(ResponseDecodeError, f"The token reply cannot be used: {reason}.")

    def _adopt(self, token: Token | None) -> Token | None:
        """A token from the store, if it is better than none."""
        if token is None or token == self._core.tokens.refused:
            return None
        lifetime = token.expires_at - self._core.time()
        if lifetime <= self._core.refresh_buffer or refuse_token(token.value, lifetime):
            return None
        token = Token(Secret(token.value), token.expires_at)  # a store may have made a plain text of it
        self._core.tokens.accept(token, lifetime)
        return token

    def _fetching(self, deadline: Deadline) -> Call[Any]:
        """The request for a first token. Raises AuthenticationError where there can be no other first one."""
        call = self._grant.fetch()
        used_up: str | None = getattr(self._grant, "used_up", None)
        if self._core.tokens.began and used_up:
            kind, sent = self._core.conventions.errors[AuthenticationError], call.operation
            raise kind(used_up, status_code=401, attempts=0, method=sent.method, path=sent.path)
        return self._timely(call, deadline)

    def _renewing(self, refresh_token: Secret) -> Call[Any]:
        """The request for another token. No caller's deadline ends it: its reply may bring the next refresh token."""
        call = cast("RenewableGrant", self._grant).renew(refresh_token.reveal())
        options: RequestOptions = {**call.options} if call.options else {}
        if self._core.tokens.valid is not None:
            options["retry"] = RetryPolicy(max_attempts=1)
        return call._replace(options={**options, "deadline": RENEWAL_LIMIT})

    def _used_up(self, error: TandemError) -> bool:
        """Whether the platform may have taken a refresh token for good. Only proof of the contrary lets it be sent
        again: it never left, or was put off.
        """
        if isinstance(error, APIStatusError):
            return error.status_code not in self._core.conventions.refusals
        if isinstance(error, APIConnectionError):
            cause = error.__cause__
            return isinstance(cause, TransportError) and cause.stage != "connect"
        return not isinstance(error, InvalidRequestError)

    def _begin_anew(self, error: TandemError) -> None:
        """The session cannot be renewed: another may begin in its place. Raises where there can be none, or need not
        be one yet.
        """
        used_up = cast("RenewableGrant", self._grant).used_up
        if self._core.tokens.valid is not None or used_up is not None:
            raise error
        self._core.logger.info("The session could not be renewed (%s); beginning another.", type(error).__name__)

    def _glimpse(self, deadline: Deadline) -> Deadline:
        """How long the caller's deadline waits for a store."""
        left = deadline.remaining()
        return Deadline.after(_GLIMPSE if left is None else min(_GLIMPSE, left))

    def _patience(self, deadline: Deadline) -> float | None:
        """How long a caller waits for a token."""
        left = deadline.remaining()
        if self._core.tokens.valid is None:
            return left
        return _PATIENCE if left is None else min(_PATIENCE, left / 2)

    @property
    def _lives_on(self) -> bool:
        """Whether there is a session that goes on until it is ended."""
        return self._core.tokens.refresh_token.has_one and cast("RenewableGrant", self._grant).ends

    def _returning(self, token: Token | None, refresh_token: Secret | None) -> Call[Any] | None:
        """The request that ends what the token stands for."""
        if token is None:
            return None
        if refresh_token is None:
            return self._grant.revoke(token.value.reveal())
        return cast("RenewableGrant", self._grant).end(token.value.reveal(), refresh_token.reveal())

    def _timely(self, call: Call[Any], deadline: Deadline) -> Call[Any]:
        """A token request, to be done by the deadline of the call that needs it."""
        options: RequestOptions = {**call.options} if call.options else {}
        left = self._patience(deadline)
        if self._core.tokens.valid is not None:
            # The old token is still good: one try, which leaves time for the call itself.
            options["retry"] = RetryPolicy(max_attempts=1)
        if left is not None:
            options["deadline"] = max(left, 0.001)
        return call._replace(options=options)

    def _spare(self) -> Token | None:
        """The old token where it is still good. The next try to renew it is some seconds off."""
        token = self._core.tokens.valid
        if token is not None:
            self._core.tokens.postpone()
        return token

    def _fallback(self, flight: Flight[Any], error: TandemError) -> Token:
        """The old token where it is still good; the error otherwise, for this caller and for all who wait."""
        token = self._spare()
        if token is not None:
            return token
        if isinstance(error, DeadlineExceededError):  # this caller's own: those who wait may have more time
            raise self._late() from error
        flight.error = error
        raise error

    def _waits_for_itself(self) -> TandemError:
        reason = "A hook cannot call the platform while the token of its client is being fetched."
        return self._core.error(InvalidRequestError, reason)

    def _late(self) -> TandemError:
        return self._core.error(DeadlineExceededError, "No access token within the deadline of the call.")
