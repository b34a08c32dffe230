"""API keys: made by a session, shown once, and known by their digest afterwards.

Source: CoordinAItor API, API Key Authentication.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tandem.sandbox import Context, Place, Registry

from ._access import API_KEY, caller, digest, key_of
from ._limits import Tier
from ._logs import log
from ._problems import forbidden

registry = Registry()


@registry.handles("auth.create_api_key")
def create(ctx: Context) -> dict[str, Any]:
    wanted = list(dict.fromkeys(ctx.body["permissions"]))
    missing = [name for name in wanted if not ctx.platform.grants(ctx.principal, frozenset({name}))]
    if missing:
        raise forbidden(f"You may not give away what you do not have: {', '.join(missing)}")
    made = new_key(ctx, caller(ctx), wanted, name=ctx.body["name"])
    log(ctx, "info", "auth", f"The API key {made['name']!r} was made", {"keyId": made["id"]})
    return {name: made[name] for name in ("id", "name", "key", "permissions", "createdAt")}


def new_key(
    place: Place,
    user_id: str,
    permissions: Iterable[str],
    *,
    name: str,
    expires_at: float | None = None,
    limit: Tier | None = None,
) -> dict[str, Any]:
    """Make a key; what is returned is the only thing that holds it."""
    # The id is told to others, so the key must not follow from it.
    key = f"ak_{place.ids.new('ak', 40).partition('-')[2]}"
    kept: dict[str, Any] = {
        "id": place.ids.new("key"),
        "name": name,
        "permissions": list(permissions),
        "userId": user_id,
        "digest": digest(key),
        "expiresAt": expires_at,
        "limit": None if limit is None else list(limit),
        "createdAt": place.clock.iso(),
    }
    place.store.put(API_KEY, kept["id"], kept, namespace=place.namespace)
    return {**kept, "key": key}


def revoke(place: Place, key: str) -> bool:
    """Make a key useless. False when it is so already."""
    kept = key_of(place, key)
    return kept is not None and place.store.delete(API_KEY, kept["id"], namespace=place.namespace)
