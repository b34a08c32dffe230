"""Sessions: address and password in, an access token and the refresh token that renews it out.

A refresh token is good for one use. One that comes back after it was used is in the wrong hands, or was: its session
ends. Source: CoordinAItor API, JWT Bearer Token and Authentication Endpoints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tandem.sandbox import Context, Problem, Registry, Reply

from ._access import caller
from ._accounts import KIND, by_email, knows_password, user_of
from ._events import home
from ._logs import log
from ._problems import forbidden, unauthenticated

if TYPE_CHECKING:
    from ._platform import CoordinaitorPlatform

registry = Registry()
LIFETIME = 3600
REFRESH_LIFETIME = 30 * 24 * 3600


@registry.handles("auth.login")
def login(ctx: Context) -> object:
    user = by_email(ctx, ctx.body["email"])
    if user is None or not knows_password(user, ctx.body["password"]):
        log(ctx, "warn", "auth", "A login was refused", {"email": ctx.body["email"]})
        return standing(ctx, unauthenticated("Address or password is wrong"))
    user["lastLoginAt"] = ctx.clock.iso()
    ctx.store.put(KIND, user["id"], user, namespace=ctx.namespace)
    log(ctx, "info", "auth", f"{user['email']} logged in", {"userId": user["id"]})
    return _session(ctx, user, ctx.ids.new("session"))


@registry.handles("auth.refresh")
def refresh(ctx: Context) -> object:
    kept = renewed(ctx, ctx.body["refreshToken"], client_id=None)
    user = user_of(ctx, kept["user"]) if kept else None
    if kept is None or user is None:
        return standing(ctx, unauthenticated("The refresh token is unknown, used or too old: log in again"))
    return _session(ctx, user, kept["grant"])


@registry.handles("auth.logout")
def logout(ctx: Context) -> None:
    tokens, given = home(ctx).tokens, ctx.body["refreshToken"]
    kept = tokens.kept(given)
    if kept is not None and kept["user"] != caller(ctx):
        raise forbidden("The refresh token belongs to somebody else")
    # With an unknown token as well: who wants out gets out.
    for grant in {ctx.principal.extra["grant"], *([kept["grant"]] if kept else ())}:
        tokens.end(grant)
    tokens.forget(given)


def renewed(ctx: Context, token: str, *, client_id: str | None) -> dict[str, Any] | None:
    """What a refresh token stands for, which is used up now. None when it, or this application, may not."""
    tokens = home(ctx).tokens
    kept = tokens.kept(token)
    if kept is None or kept["clientId"] != client_id:
        return None
    if kept["used"]:
        tokens.end(kept["grant"])
        log(ctx, "warn", "auth", "A refresh token came back after it was used: its session is over")
        return None
    if tokens.is_over(kept["grant"]):
        return None
    tokens.keep(token, {**kept, "used": True})
    return kept


def renewing(ctx: Context, user_id: str, grant: str, **more: Any) -> str:
    """A new refresh token of a grant."""
    kept = {"user": user_id, "grant": grant, "used": False, "clientId": None, **more}
    return home(ctx).tokens.refreshing(kept, REFRESH_LIFETIME)


def standing(ctx: Context, problem: Problem) -> Reply:
    """An error that does not undo what was written on the way to it."""
    platform: CoordinaitorPlatform = home(ctx)
    return Reply(platform.problem_body(problem, ctx.request_id), problem.status, problem.headers, whole=True)


def _session(ctx: Context, user: dict[str, Any], grant: str) -> dict[str, Any]:
    return {
        "accessToken": home(ctx).tokens.sign({"sub": user["id"], "grant": grant}, LIFETIME),
        "refreshToken": renewing(ctx, user["id"], grant),
        "expiresIn": LIFETIME,
        "user": {name: user[name] for name in ("id", "email", "name", "organizationId")},
    }
