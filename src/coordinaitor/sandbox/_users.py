"""People: the organization's list for administrators, and everyone's own profile and picture.

Source: CoordinAItor API, User Endpoints.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tandem.sandbox import Context, Place, RawReply, Registry, Upload

from ._access import caller
from ._accounts import DEFAULT_PREFERENCES, KIND, Account, by_email, register, shown
from ._events import announce
from ._logs import log
from ._problems import conflict, invalid, not_found, unauthenticated

registry = Registry()
_AVATARS = "/avatars/"
_OF_NO_KIND = "application/octet-stream"  # bytes that nobody said anything about are taken for what is asked for


@registry.handles("users.list")
def list_users(ctx: Context) -> object:
    wanted = str(ctx.query.get("search") or "").casefold()
    query = ctx.store.query(KIND, namespace=ctx.namespace)
    if not wanted:
        return ctx.page(query, show=shown)
    found = [user for user in query.all() if any(wanted in user[field].casefold() for field in ("name", "email"))]
    return ctx.page(found, show=shown)


@registry.handles("users.me.get")
def get_me(ctx: Context) -> dict[str, Any]:
    return _profile(ctx, _me(ctx))


@registry.handles("users.me.replace")
def replace_me(ctx: Context) -> dict[str, Any]:
    user = _me(ctx)
    email = ctx.body.get("email", user["email"])
    other = by_email(ctx, email)
    if other is not None and other["id"] != user["id"]:
        raise conflict("Another user has this address")
    user |= {
        "name": ctx.body["name"],
        "email": email,
        "preferences": _preferences(ctx.body.get("preferences", {})),
    }
    return _profile(ctx, ctx.store.put(KIND, user["id"], user, namespace=ctx.namespace))


@registry.handles("users.me.upload_avatar")
def upload_avatar(ctx: Context) -> dict[str, Any]:
    user, file = _me(ctx), ctx.body["file"]
    if not isinstance(file, Upload) or not file.content:
        raise invalid("file", "Is empty")
    if not file.media_type.startswith(("image/", _OF_NO_KIND)):
        raise invalid("file", f"Is no picture, but {file.media_type}")
    ctx.store.put_content(_content_name(user["id"]), file.content)
    # A name of its own for each picture: caches must not show the former one.
    user |= {"avatar": f"{ctx.base_url}{_AVATARS}{user['id']}?v={ctx.ids.new('pic', 8)}", "avatarType": file.media_type}
    return _profile(ctx, ctx.store.put(KIND, user["id"], user, namespace=ctx.namespace))


@registry.page("GET", _AVATARS + "{userId}")
def avatar(ctx: Context) -> RawReply:
    user_id = ctx.path["userId"]
    user = ctx.store.get(KIND, user_id, namespace=ctx.namespace)
    content = ctx.store.content(_content_name(user_id))
    if user is None or content is None:
        raise not_found("picture", user_id)
    # A picture that is a page in truth must not run scripts here.
    headers = {"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"}
    return RawReply(content, user["avatarType"], headers=headers)


def joined(place: Place, account: Account, organization: str) -> str:
    """Somebody joins the organization. Returns the user's id."""
    user = register(place, account, organization)
    announce(place, "user.registered", {name: user[name] for name in ("id", "email", "name")})
    log(place, "info", "users", f"{user['email']} joined", {"userId": user["id"]})
    return str(user["id"])


def _me(ctx: Context) -> dict[str, Any]:
    user = ctx.store.get(KIND, caller(ctx), namespace=ctx.namespace)
    if user is None:
        raise unauthenticated("This user is gone")
    return user


def _preferences(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given, and the defaults of all that is not."""
    told = {**DEFAULT_PREFERENCES["notifications"], **given.get("notifications", {})}
    return {**DEFAULT_PREFERENCES, **given, "notifications": told}


def _profile(place: Place, user: dict[str, Any]) -> dict[str, Any]:
    """A user with what only the user sees."""
    store, mine = place.store, {"createdBy": user["id"]}
    projects = store.list("project", namespace=place.namespace, where={"status": "active"})
    stats = {
        "tasksCreated": store.count("task", namespace=place.namespace, where=mine),
        "tasksCompleted": store.count("task", namespace=place.namespace, where={**mine, "status": "completed"}),
        "projectsActive": sum(
            any(member["userId"] == user["id"] for member in project["teamMembers"]) for project in projects
        ),
    }
    return {**shown(user, own=True), "stats": stats}


def _content_name(user_id: str) -> str:
    return f"avatar {user_id}"
