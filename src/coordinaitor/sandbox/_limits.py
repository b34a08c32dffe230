"""Rate limits, by the plan of whoever is calling. Source: CoordinAItor API, Rate Limiting."""

from __future__ import annotations

from typing import NamedTuple

from tandem.sandbox import ApiOperation, LimitRule, LimitVerdict, Principal, Request

WINDOW = 3600.0


class Tier(NamedTuple):
    """Requests an hour, and at once."""

    requests: int
    burst: int


TIERS = {"free": Tier(1_000, 50), "pro": Tier(10_000, 200), "enterprise": Tier(100_000, 1_000)}


def tier(requests: int, burst: int | None = None) -> Tier:
    """A limit of one's own; without a burst all of it may come at once. Raises ValueError when nothing would pass."""
    made = Tier(requests, requests if burst is None else burst)
    if min(made) < 1:
        raise ValueError("A rate limit lets one request through, or more.")
    return made


def limits(operation: ApiOperation, request: Request, principal: Principal) -> tuple[LimitRule, ...]:
    """The one limit that a request counts against. Whoever is not known yet is told apart by address."""
    if not operation.documented:
        return ()
    plan, own = principal.extra.get("plan", "free"), principal.extra.get("limit")
    allowed = Tier(*own) if own else TIERS[plan]
    # All sessions of a user count together, and each API key for itself.
    key = principal.client_id if own or principal.extra.get("way") == "apiKey" else principal.extra.get("user")
    return (
        LimitRule(
            "the limit of the key" if own else plan,
            key or request.client or "anonymous",
            allowed.requests,
            WINDOW,
            allowed.burst,
        ),
    )


def headers(verdict: LimitVerdict) -> dict[str, str]:
    """How a reply tells where its sender stands."""
    return {
        "X-RateLimit-Limit": str(verdict.rule.limit),
        "X-RateLimit-Remaining": str(verdict.remaining),
        "X-RateLimit-Reset": str(int(verdict.reset)),
        "X-RateLimit-Window": str(int(verdict.rule.window)),
    }
