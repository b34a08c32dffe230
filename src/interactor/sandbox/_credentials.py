"""Connected accounts. The provider behind them is the sandbox itself: its tokens are made up and run out in an hour.

A token is refreshed when it has run out, whether somebody looks or not, so that webhooks hear of it in time.
"""

from __future__ import annotations

from typing import Any

from tandem.sandbox import Context, Place, Platform, Problem, Registry, Reply, Scene

from ._announcements import announce
from ._errors import not_found

registry = Registry()
LIFETIME = 3600
_REFRESHED_BEFORE = 60  # seconds that a token handed out is good for at least
_JOB = "refresh a credential"
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
    credential = ctx.store.get("credential", ctx.path["credential_id"], namespace=ctx.namespace)
    if credential is None:
        raise not_found("credential")
    ctx.store.delete("credential", credential["id"], namespace=ctx.namespace)
    _tell(ctx, "revoked", credential)


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
    place = Scene(ctx.platform, flow["namespace"])  # a page for browsers names no namespace
    _put_down(place, credential)
    _tell(place, "connected", credential, scopes=credential["scopes"], metadata=credential["metadata"])
    return ctx.store.put("credential", credential["id"], credential, namespace=place.namespace)


def install(platform: Platform) -> None:
    """Let a platform refresh by itself."""
    platform.agenda.on(_JOB, _refresh_by_itself)


def show_credential(credential: dict[str, Any]) -> dict[str, Any]:
    """A credential as replies have it: without its tokens."""
    return {name: value for name, value in credential.items() if name not in _HIDDEN}


async def _refresh_by_itself(scene: Scene, data: dict[str, Any]) -> None:
    async with scene.platform.transaction():
        credential = scene.store.get("credential", data["credential_id"], namespace=scene.namespace)
        if credential is None or credential["status"] != "active":
            return
        _keep_fresh(scene, credential, before=0)
        if credential["status"] == "active":
            _put_down(scene, credential)


def _put_down(place: Place, credential: dict[str, Any]) -> None:
    place.platform.agenda.add(place, _JOB, due=credential["expires_at_unix"], data={"credential_id": credential["id"]})


def _keep_fresh(place: Place, credential: dict[str, Any], *, before: float) -> None:
    if credential["expires_at_unix"] - place.clock.now() <= before:
        _refresh(place, credential)


def _refresh(place: Place, credential: dict[str, Any]) -> None:
    """Ask the provider for a new token. Where the user forbade that on the consent page, the credential expires."""
    if credential["status"] != "active":
        return
    if credential["refuses_refresh"]:
        credential |= {"status": "expired", "updated_at": place.clock.iso()}
        _tell(place, "error", credential, code="REFRESH_FAILED", message="The provider refused to refresh the token")
        _tell(place, "expired", credential, namespace=place.namespace)
    else:
        credential |= _new_token(place)
        _tell(place, "refreshed", credential, expires_at=credential["expires_at"])
    place.store.put("credential", credential["id"], credential, namespace=place.namespace)


def _tell(place: Place, what: str, credential: dict[str, Any], **more: Any) -> None:
    about = {"credential_id": credential["id"], "provider": credential["provider"]}
    announce(place, f"credential.{what}", {**about, "service_id": credential["service_id"], **more})


def _refresh_failed(ctx: Context, credential: dict[str, Any]) -> Reply:
    # A reply and not a Problem, which would undo what was written: the credential stays expired.
    why = "refused to refresh the token" if credential["status"] == "expired" else "withdrew the credential"
    problem = Problem(409, "REFRESH_FAILED", f"The provider {why}: the user has to connect again")
    return Reply(ctx.platform.problem_body(problem, ctx.request_id), status=problem.status, whole=True)


def _new_token(place: Place) -> dict[str, Any]:
    expires = place.clock.now() + LIFETIME
    return {
        "access_token": place.ids.new("provider_token"),
        "updated_at": place.clock.iso(),
        "expires_at": place.clock.iso(expires),
        "expires_at_unix": expires,
    }


def _found(ctx: Context) -> dict[str, Any]:
    credential = ctx.store.get("credential", ctx.path["credential_id"], namespace=ctx.namespace)
    if credential is None:
        raise not_found("credential")
    _keep_fresh(ctx, credential, before=0)
    return credential
