"""OAuth 2.0 with the sandbox as the authorization server: a page to agree on, and the exchange of its code.

A code works once; one that comes back ends what it began (RFC 6749, section 4.1.2). Source: CoordinAItor API, OAuth
2.0 (Enterprise).
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from string import Template
from typing import Any
from urllib.parse import urlencode

from tandem._json import is_object
from tandem.sandbox import (
    ApiOperation,
    Context,
    Place,
    Problem,
    RawReply,
    Registry,
    Violation,
    is_way_back,
    web_page,
    with_query,
)

from ._access import digest
from ._accounts import by_email, knows_password, permissions_of
from ._events import home
from ._logs import log
from ._sessions import LIFETIME, renewed, renewing, standing

registry = Registry()
APPLICATION = "application"
CODE_LIFETIME = 600
_CODE = "authorization_code"
_ENDPOINT = "auth.oauth_token"

_FORM = Template("""<p><strong>$name</strong> asks to act for you. It wants:</p>
<ul>$scopes</ul>
<form method="post">
  <p><label>Address <input name="email" type="email" required value="$email"></label></p>
  <p><label>Password <input name="password" type="password" required></label></p>
  <button name="decision" value="approve">Approve</button>
  <button name="decision" value="deny" formnovalidate>Deny</button>
</form>
<p><small>This page belongs to a local sandbox. No account of yours is touched.</small></p>""")


@dataclass(frozen=True, slots=True)
class Application:
    """What an application proves itself with."""

    client_id: str
    client_secret: str = field(repr=False)


def add_application(place: Place, client_id: str, *, redirect_uris: Iterable[str] = ()) -> Application:
    """Register an application. Without redirect URIs its users may be sent back to anywhere."""
    secret = place.ids.new("secret", 32)
    kept = {"id": client_id, "secret": secret, "redirectUris": list(redirect_uris)}
    place.store.put(APPLICATION, client_id, kept, namespace=place.namespace)
    return Application(client_id, secret)


def new_code(
    place: Place, client_id: str, user_id: str, scopes: Iterable[str], *, redirect_uri: str | None = None
) -> str:
    """The code that a user's agreement is worth."""
    code = f"code_{place.ids.new('code', 32).partition('-')[2]}"
    kept: dict[str, Any] = {
        "clientId": client_id,
        "userId": user_id,
        "scopes": list(scopes),
        "redirectUri": redirect_uri,
        "grant": place.ids.new("grant"),
        "used": False,
        "expiresAt": place.clock.now() + CODE_LIFETIME,
    }
    place.store.put(_CODE, digest(code), kept, namespace=place.namespace)
    return code


def answers(operation: ApiOperation | None, status: int) -> bool:
    """Whether an error of this operation looks as RFC 6749 has it."""
    return operation is not None and operation.name == _ENDPOINT and status in (400, 401)


def refusal(problem: Problem) -> dict[str, str]:
    """Such an error."""
    code = problem.code if problem.code.islower() else "invalid_request"
    return {"error": code, "error_description": problem.message}


def unsupported(operation: ApiOperation | None, violations: Sequence[Violation]) -> Problem | None:
    """The error of a grant type that there is not, or None for any other mistake."""
    wrong = any(violation.field == "grant_type" and violation.keyword == "enum" for violation in violations)
    if operation is None or operation.name != _ENDPOINT or not wrong:
        return None
    return Problem(400, "unsupported_grant_type", "The grant type is not supported")


@registry.handles(_ENDPOINT)
def token(ctx: Context) -> object:
    application = ctx.store.get(APPLICATION, ctx.body["client_id"], namespace=ctx.namespace)
    given = ctx.body.get("client_secret", "")
    if application is None or not hmac.compare_digest(application["secret"].encode(), given.encode()):
        raise Problem(401, "invalid_client", "The application is unknown, or its secret is wrong")
    with_code = ctx.body["grant_type"] == "authorization_code"
    needed = "code" if with_code else "refresh_token"
    if needed not in ctx.body:
        raise Problem(400, "invalid_request", f"{needed} is missing")
    granted = _by_code(ctx, application["id"]) if with_code else _by_refresh(ctx, application["id"])
    if granted is None:
        return standing(ctx, Problem(400, "invalid_grant", f"The {needed} is unknown, used or too old"))
    claims = {
        "sub": granted["user"],
        "grant": granted["grant"],
        "client_id": application["id"],
        "scope": " ".join(granted["scopes"]),
    }
    more = {"clientId": application["id"], "scopes": granted["scopes"]}
    return {
        "access_token": home(ctx).tokens.sign(claims, LIFETIME),
        "token_type": "Bearer",
        "expires_in": LIFETIME,
        "refresh_token": renewing(ctx, granted["user"], granted["grant"], **more),
        "scope": claims["scope"],
    }


@registry.page("GET", "/oauth/authorize")
def authorize(ctx: Context) -> RawReply:
    return _checked(ctx) or _consent(ctx, 200)


@registry.page("POST", "/oauth/authorize")
def decide(ctx: Context) -> RawReply:
    refused = _checked(ctx)
    if refused:
        return refused
    form = ctx.body if is_object(ctx.body) else {}
    if form.get("decision") == "deny":
        return _back(ctx, {"error": "access_denied"})
    user = by_email(ctx, str(form.get("email", "")))
    if user is None or not knows_password(user, str(form.get("password", ""))):
        return _consent(ctx, 401, "<p>Address or password is wrong.</p>")
    allowed = permissions_of(user["role"], home(ctx).permissions)
    scopes = [scope for scope in _scopes(ctx) if scope in allowed]
    if not scopes:
        return _back(ctx, {"error": "invalid_scope"})
    log(ctx, "info", "auth", f"{user['email']} lets {ctx.query['client_id']} act", {"userId": user["id"]})
    code = new_code(ctx, ctx.query["client_id"], user["id"], scopes, redirect_uri=ctx.query.get("redirect_uri"))
    return _back(ctx, {"code": code})


def _by_code(ctx: Context, client_id: str) -> dict[str, Any] | None:
    """What a code stands for, which is used up now."""
    kept = ctx.store.get(_CODE, digest(ctx.body["code"]), namespace=ctx.namespace)
    if kept is None or kept["clientId"] != client_id:
        return None
    if kept["used"]:
        home(ctx).tokens.end(kept["grant"])
        return None
    same_way_back = kept["redirectUri"] in (None, ctx.body.get("redirect_uri"))
    if kept["expiresAt"] <= ctx.clock.now() or not same_way_back:
        return None
    ctx.store.put(_CODE, digest(ctx.body["code"]), {**kept, "used": True}, namespace=ctx.namespace)
    return {"user": kept["userId"], "grant": kept["grant"], "scopes": kept["scopes"]}


def _by_refresh(ctx: Context, client_id: str) -> dict[str, Any] | None:
    return renewed(ctx, ctx.body["refresh_token"], client_id=client_id)


def _checked(ctx: Context) -> RawReply | None:
    """The page that says why this cannot be agreed to, or None. Such a user must not be sent to an unproven address."""
    application = ctx.store.get(APPLICATION, ctx.query.get("client_id", ""), namespace=ctx.namespace)
    if application is None:
        return web_page(400, "Unknown application", "<p>No application has this client id.</p>")
    back, allowed = ctx.query.get("redirect_uri"), application["redirectUris"]
    if back is not None and (back not in allowed if allowed else not is_way_back(back)):
        return web_page(400, "Unknown address", "<p>The application did not register this redirect URI.</p>")
    if ctx.query.get("response_type") != "code":
        return _back(ctx, {"error": "unsupported_response_type"})
    return None


def _consent(ctx: Context, status: int, note: str = "") -> RawReply:
    wanted = "".join(f"<li>{escape(scope)}</li>" for scope in _scopes(ctx))
    first = next(iter(home(ctx).accounts), None)
    form = _FORM.substitute(
        name=escape(ctx.query["client_id"]), scopes=wanted, email=escape(first.email if first else "")
    )
    return web_page(status, "Let it act for you?", note + form)


def _scopes(ctx: Context) -> list[str]:
    known = home(ctx).permissions
    asked = ctx.query.get("scope", "").split() or known
    return [scope for scope in known if scope in asked]


def _back(ctx: Context, answer: dict[str, str]) -> RawReply:
    state = {"state": ctx.query["state"]} if "state" in ctx.query else {}
    to = ctx.query.get("redirect_uri")
    if to is None:
        # As for programs without a server: whoever agreed carries the answer over by hand.
        return web_page(200, "Done", f"<p><code>{escape(urlencode({**answer, **state}))}</code></p>")
    return RawReply(b"", status=303, headers={"Location": with_query(to, {**answer, **state})})
