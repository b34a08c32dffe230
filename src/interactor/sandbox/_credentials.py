"""Connected accounts. The provider behind them is the sandbox itself: its tokens are made up and run out in an hour."""

from __future__ import annotations

from typing import Any

from tandem.sandbox import Context, Problem, Registry, Reply

from ._errors import not_found

registry = Registry()
LIFETIME = 3600
_REFRESHED_BEFORE = 60  # seconds that a token handed out is good for at least
_HIDDEN = ("access_token", "refresh_token", "refuses_refresh", "expires_at_unix")


@registry.handles("credentials.list")
def list_credentials(ctx: Context) -> object:
    for credential in ctx.store.list("credential", namespace=ctx.namespace, where={"status": "active"}):
        _keep_fresh(ctx, credential, before=0)
    where: dict[str, Any] = {name: ctx.query[name] for name in ("provider", "status") if name in ctx.query}
    return ctx.page(
        ctx.store.query("credential", namespace=ctx.namespace, where=where, newest_first=True), show=show_credential
    )


@registry.handles("credentials.get")
def get(ctx: Context) -> dict[str, Any]:
    return show_credential(_found(ctx))


@registry.handles("credentials.delete")
def delete(ctx: Context) -> None:
    if not ctx.store.delete("credential", ctx.path["credential_id"], namespace=ctx.namespace):
        raise not_found("credential")


@registry.handles("credentials.token")
def token(ctx: Context) -> object:
    credential = _found(ctx)
    _keep_fresh(ctx, credential, before=_REFRESHED_BEFORE)
    if credential["status"] != "active":
        return _refresh_failed(ctx, credential)
    return {
        "access_token": credential["access_token"],
        "token_type": "Bearer",
        "expires_in": max(0, int(credential["expires_at_unix"] - ctx.clock.now())),
        "scope": " ".join(credential["scopes"]),
    }


@registry.handles("credentials.refresh")
def refresh(ctx: Context) -> object:
    credential = _found(ctx)
    _refresh(ctx, credential)
    return show_credential(credential) if credential["status"] == "active" else _refresh_failed(ctx, credential)


def connect(ctx: Context, flow: dict[str, Any]) -> dict[str, Any]:
    """The credential that comes of a consent flow."""
    credential: dict[str, Any] = {
        "id": ctx.ids.new("cred"),
        "provider": flow["provider"],
        "service_id": flow["service_id"],
        "namespace": flow["namespace"],
        "status": "active",
        "scopes": flow["scopes"],
        "metadata": {"account": f"user@{flow['provider']}.example"},
        "created_at": ctx.clock.iso(),
        "refresh_token": ctx.ids.new("provider_refresh"),
        "refuses_refresh": flow["refuses_refresh"],
        **_new_token(ctx),
    }
    return ctx.store.put("credential", credential["id"], credential, namespace=flow["namespace"])


def show_credential(credential: dict[str, Any]) -> dict[str, Any]:
    """A credential as replies have it: without its tokens."""
    return {name: value for name, value in credential.items() if name not in _HIDDEN}


def _keep_fresh(ctx: Context, credential: dict[str, Any], *, before: float) -> None:
    """The platform refreshes by itself; nobody sees when, so that looking is early enough."""
    if credential["expires_at_unix"] - ctx.clock.now() <= before:
        _refresh(ctx, credential)


def _refresh(ctx: Context, credential: dict[str, Any]) -> None:
    """Ask the provider for a new token. Where the user forbade that on the consent page, the credential expires."""
    if credential["status"] != "active":
        return
    if credential["refuses_refresh"]:
        credential |= {"status": "expired", "updated_at": ctx.clock.iso()}
    else:
        credential |= _new_token(ctx)
    ctx.store.put("credential", credential["id"], credential, namespace=ctx.namespace)


def _refresh_failed(ctx: Context, credential: dict[str, Any]) -> Reply:
    # A reply and not a Problem, which would undo what was written: the credential stays expired.
    why = "refused to refresh the token" if credential["status"] == "expired" else "withdrew the credential"
    problem = Problem(409, "REFRESH_FAILED", f"The provider {why}: the user has to connect again")
    return Reply(ctx.platform.problem_body(problem, ctx.request_id), status=problem.status, whole=True)


def _new_token(ctx: Context) -> dict[str, Any]:
    expires = ctx.clock.now() + LIFETIME
    return {
        "access_token": ctx.ids.new("provider_token"),
        "updated_at": ctx.clock.iso(),
        "expires_at": ctx.clock.iso(expires),
        "expires_at_unix": expires,
    }


def _found(ctx: Context) -> dict[str, Any]:
    credential = ctx.store.get("credential", ctx.path["credential_id"], namespace=ctx.namespace)
    if credential is None:
        raise not_found("credential")
    _keep_fresh(ctx, credential, before=0)
    return credential
