"""The consent flow of a credential, with the sandbox as the provider: a page with two buttons.

Approving connects the account at once, so that asking for the status sees it; `oauth.callback` then hands the
credential over, once. Posting the form by hand works as well: `decision=approve` or `decision=deny`.
"""

from __future__ import annotations

from html import escape
from string import Template
from typing import Any
from urllib.parse import urlencode

from tandem.sandbox import Context, RawReply, Registry, is_way_back, web_page, with_query

from ._credentials import connect, show_credential
from ._errors import invalid, not_found
from ._json import is_object

registry = Registry()
LIFETIME = 600  # seconds that a user has to answer
CODE_LIFETIME = 600
_DECISIONS = ("approve", "deny")

_FORM = Template("""<p>Your application asks for your account at <strong>$provider</strong> (<em>$namespace</em>).</p>
<ul>$scopes</ul>
<form method="post">
  <p><label><input type="checkbox" name="refuse_refresh" value="on"> Let every refresh of the token fail</label></p>
  <button name="decision" value="approve">Approve</button>
  <button name="decision" value="deny">Deny</button>
</form>
<p><small>This page belongs to a local sandbox. No account of yours is touched.</small></p>""")


@registry.handles("oauth.initiate")
def initiate(ctx: Context) -> dict[str, Any]:
    service_id = ctx.body.get("service_id")
    provider = ctx.body.get("provider") or _provider_of(service_id)
    if provider is None:
        raise invalid("provider", "Give provider or service_id")
    flow: dict[str, Any] = {
        "id": ctx.ids.new("flow"),
        "state": ctx.ids.new("st", 32),
        "provider": provider,
        "service_id": service_id,
        "scopes": ctx.body.get("scopes", []),
        "redirect_uri": _checked(ctx.body["redirect_uri"]),
        "namespace": ctx.namespace,
        "status": "pending",
        "error": None,
        "credential_id": None,
        "code": None,
        "refuses_refresh": False,
        "expires_at": ctx.clock.now() + LIFETIME,
    }
    ctx.store.put("flow", flow["id"], flow, namespace=ctx.namespace)
    return {
        "authorization_url": f"{ctx.base_url}/consent/{flow['id']}?{urlencode({'state': flow['state']})}",
        "state": flow["state"],
        "flow_id": flow["id"],
        "expires_at": ctx.clock.iso(flow["expires_at"]),
    }


@registry.handles("oauth.callback")
def callback(ctx: Context) -> dict[str, Any]:
    flow = ctx.store.query("flow", namespace=ctx.namespace, where={"state": ctx.body["state"]}).first()
    if flow is None or ctx.body.get("provider", flow["provider"]) != flow["provider"]:
        raise invalid("state", "No consent flow has this state")
    if flow["code"] != ctx.body["code"] or flow["code_expires_at"] <= ctx.clock.now():
        raise invalid("code", "The code is wrong, used or too old")
    ctx.store.update("flow", flow["id"], {"code": None}, namespace=ctx.namespace)
    credential = ctx.store.get("credential", flow["credential_id"], namespace=ctx.namespace)
    if credential is None:
        raise invalid("code", "The credential of this flow is deleted")
    return show_credential(credential)


@registry.handles("oauth.status")
def status(ctx: Context) -> dict[str, Any]:
    flow = ctx.store.get("flow", ctx.path["flow_id"], namespace=ctx.namespace)
    if flow is None:
        raise not_found("flow")
    return {
        "flow_id": flow["id"],
        "status": "expired" if _expired(ctx, flow) else flow["status"],
        **{name: flow[name] for name in ("provider", "service_id", "credential_id", "error")},
        "expires_at": ctx.clock.iso(flow["expires_at"]),
    }


@registry.page("GET", "/consent/{flow_id}")
def consent(ctx: Context) -> RawReply:
    flow = _open(ctx)
    if isinstance(flow, RawReply):
        return flow
    scopes = "".join(f"<li>{escape(scope)}</li>" for scope in flow["scopes"]) or "<li>Basic access</li>"
    form = _FORM.substitute(provider=escape(flow["provider"]), namespace=escape(flow["namespace"]), scopes=scopes)
    return web_page(200, f"Connect {flow['provider']}", form)


@registry.page("POST", "/consent/{flow_id}")
def decide(ctx: Context) -> RawReply:
    flow = _open(ctx)
    if isinstance(flow, RawReply):
        return flow
    form = ctx.body if is_object(ctx.body) else ctx.query
    decision = form.get("decision")
    if decision not in _DECISIONS:
        return web_page(
            400, "Nothing decided", "<p>Send <code>decision=approve</code> or <code>decision=deny</code>.</p>"
        )
    if decision == "deny":
        flow |= {"status": "failed", "error": "access_denied"}
        answer = {"error": "access_denied", "state": flow["state"]}
    else:
        flow["refuses_refresh"] = form.get("refuse_refresh") in ("on", "true", True)
        flow |= {"status": "completed", "code": ctx.ids.new("code", 32), "credential_id": connect(ctx, flow)["id"]}
        flow["code_expires_at"] = ctx.clock.now() + CODE_LIFETIME
        answer = {"code": flow["code"], "state": flow["state"]}
    ctx.store.put("flow", flow["id"], flow, namespace=flow["namespace"])
    return RawReply(b"", status=303, headers={"Location": with_query(flow["redirect_uri"], answer)})


def _open(ctx: Context) -> dict[str, Any] | RawReply:
    """The flow that waits for an answer, or the page that says why none does."""
    flow = ctx.store.get("flow", ctx.path["flow_id"], namespace=None)
    state = ctx.query.get("state")
    if flow is None or (state is not None and state != flow["state"]):
        return web_page(404, "Unknown request", "<p>There is no such request for consent.</p>")
    if _expired(ctx, flow):
        return web_page(410, "Too late", "<p>This request has expired. Begin again in your application.</p>")
    if flow["status"] != "pending":
        return web_page(409, "Answered already", "<p>This request was answered before.</p>")
    return flow


def _expired(ctx: Context, flow: dict[str, Any]) -> bool:
    return bool(flow["status"] == "pending" and flow["expires_at"] <= ctx.clock.now())


def _provider_of(service_id: str | None) -> str | None:
    # svc_google_calendar is a service of google.
    return service_id.removeprefix("svc_").split("_")[0] or service_id if service_id else None


def _checked(uri: str) -> str:
    if not is_way_back(uri):
        raise invalid("redirect_uri", "is not an absolute URL that a browser can return to")
    return uri
