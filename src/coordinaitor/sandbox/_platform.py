"""The CoordinAItor platform: its document, its handlers, and the rules that are the same for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, Unpack

from tandem.sandbox import (
    Actions,
    Api,
    ApiOperation,
    Deliverer,
    DeliveringPlatform,
    LimitRule,
    LimitVerdict,
    Paged,
    PlatformSettings,
    Poster,
    Principal,
    Problem,
    Registry,
    Request,
    Scene,
    TokenDesk,
    Violation,
)

from . import (
    _agents,
    _api_keys,
    _comments,
    _controls,
    _envelope,
    _files,
    _limits,
    _members,
    _notifications,
    _oauth,
    _problems,
    _projects,
    _sessions,
    _system,
    _tasks,
    _users,
    _webhooks,
)
from ._access import identify, refuse_way
from ._accounts import DEFAULTS, Account, by_email, register
from ._events import Webhooks
from ._working import Workforce, WorkSettings

_MODULES = (
    _agents,
    _api_keys,
    _comments,
    _files,
    _members,
    _notifications,
    _oauth,
    _projects,
    _sessions,
    _system,
    _tasks,
    _users,
    _webhooks,
)
_VERSIONED, _UNVERSIONED = "/api/v1/auth/", "/api/auth/"


class CoordinaitorPlatform(DeliveringPlatform):
    """All operations of the CoordinAItor API, stateful, in one process. There is one organization."""

    all_scopes: ClassVar[str | None] = "admin"
    base_paths: ClassVar[Mapping[str, str]] = {"api": ""}
    page_parameters: ClassVar[tuple[str, str]] = ("page", "limit")
    id_separator: ClassVar[str] = "-"
    max_body_bytes: ClassVar[int] = 512 * 1024 * 1024  # files are uploaded

    def __init__(
        self,
        *,
        users: Iterable[Account] = DEFAULTS,
        webhook_hosts: Iterable[str] = (),
        work: WorkSettings | None = None,
        api: Api | None = None,
        **settings: Unpack[PlatformSettings],
    ) -> None:
        super().__init__(api or Api.packed("coordinaitor_api"), handlers(), **settings)
        self.accounts = tuple(users)
        self.tokens = TokenDesk(self.store, self.clock, self.ids)
        self.deliverer = Deliverer(self, Webhooks(self), Poster(webhook_hosts))
        self.workforce = Workforce(self, work)
        self.system = _system.Installation(self)

    @cached_property
    def permissions(self) -> tuple[str, ...]:
        """Every permission that the document knows."""
        schemes = self.api.document["components"]["securitySchemes"]
        return tuple(schemes["oauth"]["flows"]["authorizationCode"]["scopes"])

    @property
    def organization(self) -> dict[str, str]:
        """Whom everything belongs to."""
        return {"id": "org-1", "name": "Sandbox"}

    # -- who is it, and may they

    def authenticate(self, request: Request) -> Principal:
        return identify(self, request)

    def problem_for_way(self, operation: ApiOperation, principal: Principal) -> Problem | None:
        return refuse_way(principal, operation.schemes)

    def channel_scopes(self, channel: str) -> frozenset[str]:
        return frozenset({f"{channel}:read"})

    def channel_filters(self, channel: str) -> frozenset[str]:
        kind = channel.removesuffix("s")
        told = self.api.document["components"]["schemas"][f"{kind.capitalize()}EventData"]
        return frozenset({*told["properties"], f"{kind}Id"})

    def namespace_for(self, request: Request) -> str:
        return ""  # one organization, one namespace

    def limits_for(
        self, operation: ApiOperation, request: Request, principal: Principal, namespace: str
    ) -> Sequence[LimitRule]:
        return _limits.limits(operation, request, principal)

    def limit_headers(self, verdict: LimitVerdict) -> dict[str, str]:
        return _limits.headers(verdict)

    # -- what replies look like

    def paths_of(self, operation: ApiOperation) -> Sequence[str]:
        if operation.path.startswith(_VERSIONED):
            return (operation.path, operation.path.replace(_VERSIONED, _UNVERSIONED, 1))
        return (operation.path,)

    def reply_body(self, value: Any, operation: ApiOperation) -> Any:
        # The token endpoint of OAuth 2.0 answers without an envelope.
        return _envelope.success(value, self._meta()) if operation.result else value

    def page_body(self, paged: Paged, operation: ApiOperation) -> Any:
        request = self.request
        if paged.mode != "page" or request is None:
            return _envelope.success(paged.items, self._meta())
        return _envelope.page(paged, request.path, request.query_pairs, self._meta())

    def problem_body(self, problem: Problem, request_id: str) -> Any:
        if _oauth.answers(self.operation, problem.status):
            return _oauth.refusal(problem)
        return _envelope.failure(problem, {**self._meta(), "requestId": request_id})

    # -- what goes wrong

    def code_for(self, status: int) -> str:
        return _problems.code_for(status)

    def problem_for_scopes(self, operation: ApiOperation, principal: Principal) -> Problem:
        return _problems.lacks(*operation.scopes)

    def problem_for_invalid(self, violations: Sequence[Violation], where: str) -> Problem:
        return _oauth.unsupported(self.operation, violations) or super().problem_for_invalid(violations, where)

    def details_of(self, violations: Sequence[Violation]) -> dict[str, list[str]]:
        return _problems.details_of(violations)

    # -- state

    def control_actions(self) -> Actions:
        return {**super().control_actions(), **_controls.controls_of(self).actions()}

    def seed(self) -> None:
        self._admit_all()
        _agents.seed(Scene(self, ""))

    def on_start(self) -> None:
        self._admit_all()
        self.system.begin()

    def on_reset(self) -> None:
        super().on_reset()
        self.system.begin()

    def _admit_all(self) -> None:
        """Everybody who is to have an account has one, also in a file that knows others."""
        place = Scene(self, "")
        with self.store.transaction():
            for account in self.accounts:
                if by_email(place, account.email) is None:
                    register(place, account, self.organization["id"])

    def _meta(self) -> dict[str, str]:
        request = self.request
        return {
            "requestId": request.request_id if request else "",
            "timestamp": self.clock.iso(),
            "version": _envelope.VERSION,
        }


def handlers() -> Registry:
    """The handlers of all operations."""
    return Registry().include(*(module.registry for module in _MODULES))
