"""Rate limits. Sources: Interactor SDK guide, Rate Limit Tiers; Interactor workflows guide, Rate Limits."""

from __future__ import annotations

from collections.abc import Iterator

from tandem.sandbox import ApiOperation, LimitRule, Principal, Request

from ._errors import of_workflows

_STARTS = ("workflows.instances.create", "workflow_instances.start")


def limits(operation: ApiOperation, request: Request, principal: Principal, namespace: str) -> Iterator[LimitRule]:
    """Every limit that a request counts against."""
    who = _caller(request, principal)
    if operation.name in ("oauth.token", "oauth.revoke"):
        yield LimitRule("oauth", who, 20, burst=5)
        return
    yield of_client(request, principal)
    if namespace:
        yield LimitRule("namespace", namespace, 300, burst=50)
    if operation.stream:
        yield LimitRule("streaming", who, 60, burst=10)
    if of_workflows(operation.name):
        yield from _of_workflows(operation, who)


def of_client(request: Request, principal: Principal) -> LimitRule:
    """The limit that every request counts against."""
    return LimitRule("client", _caller(request, principal), 600, burst=100)


def _caller(request: Request, principal: Principal) -> str:
    """Whoever has no client id is told apart by address."""
    return principal.client_id or request.client or "anonymous"


def _of_workflows(operation: ApiOperation, who: str) -> Iterator[LimitRule]:
    # They count per client too, each under a key of its own.
    if operation.method == "GET" or operation.name == "workflows.validate":
        yield LimitRule("client", f"{who} reads workflows", 1000)
        return
    yield LimitRule("client", f"{who} writes workflows", 100)
    if operation.name in _STARTS:
        yield LimitRule("client", f"{who} starts instances", 50)
