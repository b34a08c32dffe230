"""A small product on top of the engine: conventions, errors, a grant and a few operations."""

from __future__ import annotations

import re
from typing import Any

import tandem
from tandem import Call, Conventions, ErrorFamily, Granted, Operation
from tandem.models import Model


class AcmeError(tandem.TandemError):
    """The root of what Acme's client raises."""


class AcmeInvalidRequestError(AcmeError, tandem.InvalidRequestError):
    """Refused before sending."""


class AcmeConnectionError(AcmeError, tandem.APIConnectionError):
    """No reply."""


class AcmeTimeoutError(AcmeConnectionError, tandem.APITimeoutError):
    """No reply in time."""


class AcmeDeadlineError(AcmeTimeoutError, tandem.DeadlineExceededError):
    """The whole call took too long."""


class AcmeDecodeError(AcmeError, tandem.ResponseDecodeError):
    """Not what was promised."""


class AcmeStreamError(AcmeError, tandem.StreamInterruptedError):
    """A stream broke off."""


class AcmeStatusError(AcmeError, tandem.APIStatusError):
    """A 4xx or 5xx."""


class AcmeNotFoundError(AcmeStatusError, tandem.NotFoundError):
    """404."""


FAMILY = ErrorFamily(
    {
        tandem.TandemError: AcmeError,
        tandem.InvalidRequestError: AcmeInvalidRequestError,
        tandem.APIConnectionError: AcmeConnectionError,
        tandem.APITimeoutError: AcmeTimeoutError,
        tandem.DeadlineExceededError: AcmeDeadlineError,
        tandem.ResponseDecodeError: AcmeDecodeError,
        tandem.StreamInterruptedError: AcmeStreamError,
        tandem.APIStatusError: AcmeStatusError,
        tandem.NotFoundError: AcmeNotFoundError,
    }
)

CONVENTIONS = Conventions(
    name="acme",
    user_agent="acme-python/1",
    errors=FAMILY,
    namespace_header="X-Space",
    namespace_pattern=re.compile(r"[a-z0-9_]{1,16}"),
    namespace_rule="1 to 16 lower-case letters, digits and _",
)
HOSTS = {"core": "https://core.test/v1", "account": "https://account.test/v1/"}


def unchanged(value: Any) -> Any:
    return value


GET: Operation[Model] = Operation(
    name="things.get", method="GET", path="/things/{id}", host="core", decode=Model.from_dict, result=("data",)
)
PUT: Operation[Model] = Operation(
    name="things.put", method="PUT", path="/things/{id}", host="core", decode=Model.from_dict, body="json"
)
CREATE: Operation[Model] = Operation(
    name="things.create",
    method="POST",
    path="/things",
    host="core",
    decode=Model.from_dict,
    result=("data",),
    idempotent=True,
    body="json",
)
UPLOAD: Operation[Any] = Operation(
    name="things.upload",
    method="POST",
    path="/upload",
    host="core",
    decode=unchanged,
    authenticated=False,
    body="multipart",
    reply="any",
)
LIST: Operation[Any] = Operation(
    name="things.list",
    method="GET",
    path="/things",
    host="core",
    decode=unchanged,
    result=("data",),
    paginate="page",
)
HISTORY: Operation[Any] = Operation(
    name="things.history",
    method="GET",
    path="/things/{id}/history",
    host="core",
    decode=unchanged,
    result=("data", "events"),
    paginate="cursor",
)
WATCH: Operation[Model] = Operation(
    name="things.watch",
    method="GET",
    path="/things/{id}/events",
    host="core",
    decode=Model.from_dict,
    reply="sse",
    url_query=("token", "space"),
)
TOKEN: Operation[Any] = Operation(
    name="oauth.token",
    method="POST",
    path="/oauth/token",
    host="account",
    decode=unchanged,
    namespace=False,
    authenticated=False,
    body="json",
)
REVOKE: Operation[Any] = Operation(
    name="oauth.revoke",
    method="POST",
    path="/oauth/revoke",
    host="account",
    decode=unchanged,
    namespace=False,
    authenticated=False,
    body="json",
    reply="none",
)


class AcmeGrant:
    """Client credentials. Reads token replies carelessly: the engine has to guard itself."""

    key = "acme client_1"

    def fetch(self) -> Call[Any]:
        return Call(TOKEN, body={"client_id": "client_1", "client_secret": "canary-secret"})

    def read(self, result: Any) -> Granted:
        return Granted(result["access_token"], result["expires_in"])

    def revoke(self, token: str) -> Call[Any]:
        return Call(REVOKE, body={"token": token})


def get(thing: str | int = "t1", **options: Any) -> Call[Model]:
    return Call(GET, (thing,), options=options or None)  # type: ignore[arg-type]  # tests pass wrong options on purpose


def create(**options: Any) -> Call[Model]:
    return Call(CREATE, body={"name": "x"}, options=options or None)  # type: ignore[arg-type]  # likewise


def put(**options: Any) -> Call[Model]:
    return Call(PUT, ("t1",), body={"name": "x"}, options=options or None)  # type: ignore[arg-type]  # likewise
