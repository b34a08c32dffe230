"""Where instances are when a request does not say so.

The workflows guide names a namespace when it starts an instance, and none in the requests that follow: an instance is
found by its id alone wherever the token may act. A request that names a namespace sees nothing beyond it.
Source: Interactor workflows guide, Workflow Instances, Namespace Authorization.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from interactor.sandbox._triggers import DEFAULT_NAMESPACE
from tandem.sandbox import Context, Query, Request, Store

_INSTANCE = re.compile(r"/(?:workflows/instances|workflow-instances)/([^/]+)")


def named_namespace(request: Request) -> str:
    """The namespace that a request names, "" for none."""
    return request.headers.get("x-namespace") or request.query.get("namespace", "")


def usual_namespace(claims: Mapping[str, Any]) -> str:
    """What a request is about that names no namespace: the first one that its token is bound to, else `default`."""
    bound = claims.get("namespaces") or ()
    return str(bound[0]) if bound else DEFAULT_NAMESPACE


def home_of_instance(request: Request, claims: Mapping[str, Any], store: Store) -> str | None:
    """The namespace of the instance in the path. None when there is none that the token may act for."""
    operation = request.operation
    found = _INSTANCE.search(request.path) if operation is not None and "{instance_id}" in operation.path else None
    instance = store.get("instance", unquote(found[1]), namespace=None) if found else None
    if instance is None or instance["namespace"] not in claims.get("namespaces", (instance["namespace"],)):
        return None
    return str(instance["namespace"])


def all_in_reach(ctx: Context, kind: str, where: Mapping[str, Any], *, newest_first: bool = False) -> Query:
    """What a list is of: the namespace that it names, or every one that its token may act for.

    The documents hold their namespace as a field of that name.
    """
    if named_namespace(ctx.request):
        return ctx.store.query(kind, namespace=ctx.namespace, where=where, newest_first=newest_first)
    bound = ctx.principal.extra.get("namespaces")
    within = {} if bound is None else {"namespace": [ctx.namespace, *bound]}
    return ctx.store.query(kind, namespace=None, where={**where, **within}, newest_first=newest_first)
