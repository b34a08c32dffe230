"""The people of the organization, and what each of them may do.

Sources: CoordinAItor API, Authentication and User Endpoints.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any

from tandem.sandbox import Place

from ._limits import TIERS

KIND = "user"
DEFAULT_PREFERENCES: dict[str, Any] = {
    "theme": "light",
    "language": "en",
    "timezone": "UTC",
    "notifications": {"email": True, "push": True, "desktop": False},
}
ROLES = {
    "admin": ("*",),
    "project-manager": ("tasks:*", "agents:*", "projects:*", "users:*", "system:read", "webhooks:write"),
    "developer": ("tasks:*", "agents:read", "projects:read", "users:*", "system:read"),
    "viewer": ("tasks:read", "agents:read", "projects:read", "users:*"),
}
"""What each role may do. Whoever has a role that is not listed may do what a viewer may."""
_HIDDEN = ("password", "plan", "avatarType")
_OWN = ("preferences",)
_ROUNDS = 1000  # the passwords of a sandbox protect nothing; they are still not written down


@dataclass(frozen=True, slots=True)
class Account:
    """A person who can log in to the sandbox.

    `role` decides what the person may do: `admin`, `project-manager`, `developer` or `viewer`; `plan` how often:
    `free`, `pro` or `enterprise`.
    """

    email: str
    password: str = field(repr=False)
    name: str = ""
    role: str = "developer"
    plan: str = "free"

    def __post_init__(self) -> None:
        if "@" not in self.email or not self.password:
            raise ValueError("An account has an address and a password.")
        if self.plan not in TIERS:
            raise ValueError(f"There is no plan {self.plan!r}; there are {', '.join(TIERS)}.")


ADMIN = Account("admin@orchestrator.com", "admin123", "Administrator", "admin", "enterprise")
DEFAULTS = (ADMIN, Account("john@example.com", "password123", "John Doe", "developer"))


def register(place: Place, account: Account, organization: str) -> dict[str, Any]:
    """Make an account, or set it anew: whoever has the address already stays who it was."""
    known = by_email(place, account.email)
    user: dict[str, Any] = {
        "id": place.ids.new("user"),
        "email": account.email,
        "organizationId": organization,
        "avatar": None,
        "preferences": DEFAULT_PREFERENCES,
        "createdAt": place.clock.iso(),
        "lastLoginAt": None,
        **(known or {}),
        "name": account.name or account.email.partition("@")[0],
        "role": account.role,
        "plan": account.plan,
        "password": _hashed(account.password, place.ids.new("salt")),
    }
    return place.store.put(KIND, user["id"], user, namespace=place.namespace)


def by_email(place: Place, email: str) -> dict[str, Any] | None:
    """The user with this address, however it is written."""
    wanted = email.casefold()
    users = place.store.list(KIND, namespace=place.namespace)
    return next((user for user in users if user["email"].casefold() == wanted), None)


def user_of(place: Place, user_id: str) -> dict[str, Any] | None:
    """The user with this id."""
    return place.store.get(KIND, user_id, namespace=place.namespace)


def knows_password(user: dict[str, Any] | None, password: str) -> bool:
    """Whether this is the user's password."""
    # Also for nobody a password is hashed: how long the answer takes tells nothing.
    kept = user["password"] if user else _hashed("", "nobody")
    given = _hashed(password, kept.partition("$")[0])
    return hmac.compare_digest(kept, given) and user is not None


def permissions_of(role: str, known: tuple[str, ...]) -> frozenset[str]:
    """What a role may do, out of all permissions there are.

    >>> sorted(permissions_of("viewer", ("tasks:read", "tasks:write", "users:write", "admin")))
    ['tasks:read', 'users:write']
    """
    granted = ROLES.get(role, ROLES["viewer"])
    return frozenset(name for name in known if any(_covers(one, name) for one in granted))


def shown(user: dict[str, Any], *, own: bool = False) -> dict[str, Any]:
    """A user as others see it, or as it sees itself."""
    hidden = _HIDDEN if own else (*_HIDDEN, *_OWN)
    return {name: value for name, value in user.items() if name not in hidden}


def _covers(granted: str, permission: str) -> bool:
    if granted.endswith("*"):
        return permission.startswith(granted[:-1])
    return granted == permission


def _hashed(password: str, salt: str) -> str:
    return f"{salt}${hashlib.pbkdf2_hmac('sha256', password.encode(), salt.encode(), _ROUNDS).hex()}"
