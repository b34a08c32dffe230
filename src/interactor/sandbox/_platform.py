"""The Interactor platform: its document, its handlers, and the rules that are the same for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Unpack

from tandem.sandbox import (
    Actions,
    Api,
    ApiOperation,
    Deliverer,
    DeliveringPlatform,
    LimitRule,
    PlatformSettings,
    Poster,
    Principal,
    Problem,
    Registry,
    Request,
    Violation,
)

from . import (
    _assistants,
    _credentials,
    _data_sources,
    _messages,
    _oauth_flow,
    _rooms,
    _tokens,
    _tools,
    _webhooks,
)
from ._announcements import Webhooks
from ._clients import DEFAULT_CLIENT, ClientIdentity, client_of, register
from ._errors import code_for
from ._limits import limits, of_client
from ._streams import Hub, StreamSettings
from ._tokens import TokenDesk, bearer
from ._webhook_controls import controls_of
from .answers._controls import ScriptControls
from .answers._models import Model
from .answers._turns import Turns
from .workflows import _flat_instances, _history, _instances, _workflows
from .workflows._definitions import place_of
from .workflows._engine import Engine, WorkflowSettings
from .workflows._homes import home_of_instance, usual_namespace
from .workflows._runs import noticed

_MODULES = (
    _assistants,
    _credentials,
    _data_sources,
    _flat_instances,
    _history,
    _instances,
    _messages,
    _oauth_flow,
    _rooms,
    _tokens,
    _tools,
    _webhooks,
    _workflows,
)


class InteractorPlatform(DeliveringPlatform):
    """All operations of the Interactor API, stateful, in one process.

    A request that names no namespace is about that of the instance in its path; without one about the namespace that
    its client is bound to, else about `default`.
    """

    all_scopes: ClassVar[str | None] = "admin"
    base_paths: ClassVar[Mapping[str, str]] = {"account": "/account/api/v1", "core": "/core/api/v1"}

    def __init__(
        self,
        *,
        api: Api | None = None,
        webhook_hosts: Iterable[str] = (),
        streams: StreamSettings | None = None,
        workflows: WorkflowSettings | None = None,
        model_url: str | None = None,
        model_key: str | None = None,
        **settings: Unpack[PlatformSettings],
    ) -> None:
        model = None if model_url is None else Model(model_url, model_key)
        super().__init__(api or Api.packed("interactor_api"), handlers(), **settings)
        self.tokens = TokenDesk(self.store, self.clock, self.ids)
        self.hub = Hub(streams or StreamSettings())
        self.turns = Turns(self, pace=self.hub.settings.pace, model=model)
        self.on_close(self.turns.close)
        self.deliverer = Deliverer(self, Webhooks(self), Poster(webhook_hosts))
        _credentials.install(self)
        self.engine = Engine(self, workflows, model)
        self._default_secret: str | None = None

    @property
    def default_client(self) -> ClientIdentity:
        """The client that every sandbox has."""
        self.start()
        client = client_of(self, DEFAULT_CLIENT)
        if client is None:
            return register(self, DEFAULT_CLIENT, secret=self._default_secret)
        return ClientIdentity(client.client_id, client.client_secret)

    # -- who is it, and may they

    def authenticate(self, request: Request) -> Principal:
        name = self._name()
        token = bearer(request)
        try:
            if not token:
                raise ValueError("No access token: send it as Authorization: Bearer …")
            claims = self.tokens.claims(token)
        except ValueError as error:
            challenge = {"WWW-Authenticate": "Bearer"}
            raise Problem(401, code_for(401, name), str(error), headers=challenge) from None
        namespace = super().namespace_for(request)
        if namespace and "namespaces" in claims and namespace not in claims["namespaces"]:
            raise Problem(403, code_for(403, name), f"The token may not act for the namespace {namespace}")
        extra = {**claims, **noticed(request, self.engine)}
        return Principal(claims["client_id"], frozenset(claims["scope"].split()), extra)

    def namespace_for(self, request: Request) -> str:
        given = super().namespace_for(request)
        if given:
            return given
        token = bearer(request)
        claims = self.tokens.claims(token) if token else {}
        return home_of_instance(request, claims, self.store) or usual_namespace(claims)

    def limits_for(
        self, operation: ApiOperation, request: Request, principal: Principal, namespace: str
    ) -> Sequence[LimitRule]:
        return tuple(limits(operation, request, principal, namespace)) if operation.documented else ()

    def limits_elsewhere(self, request: Request, principal: Principal) -> Sequence[LimitRule]:
        # All responses include rate limit information, the guide says.
        return (of_client(request, principal),)

    # -- what goes wrong

    def code_for(self, status: int) -> str:
        return code_for(status, self._name())

    def details_of(self, violations: Sequence[Violation]) -> list[dict[str, str]]:
        return [{"field": place_of(violation.field), "message": violation.message} for violation in violations]

    def problem_for_invalid(self, violations: Sequence[Violation], where: str) -> Problem:
        operation = self.operation
        details = self.details_of(violations)
        if operation is not None and where == "body":
            if operation.name == "workflows.create":
                return _workflows.faulty(details)
            if operation.name == "oauth.token" and _is_unknown_grant(violations):
                return Problem(400, "unsupported_grant_type", "The grant type is not supported", details)
        readable = where == "body" or (where == "query" and all(v.field != "namespace" for v in violations))
        if readable and operation is not None and operation.response(422) is not None:
            return Problem(422, code_for(422), "The request is not valid", details)
        return Problem(400, code_for(400), f"The {where} of the request is not valid", details)

    def problem_for_reused_key(self, key: str) -> Problem:
        return Problem(409, "IDEMPOTENCY_CONFLICT", "The idempotency key was used with another body")

    # -- state

    def seed(self) -> None:
        # A reset must not lock out the clients that are about: the secret stays what it was.
        self._default_secret = register(self, DEFAULT_CLIENT, secret=self._default_secret).client_secret

    def control_actions(self) -> Actions:
        return {
            **super().control_actions(),
            **controls_of(self).actions(),
            **ScriptControls(self).actions(),
        }

    async def settle(self) -> None:
        """Wait until nothing that is due is left: answers, deliveries, the agenda. Call it in the platform's thread."""
        await self.turns.settle()
        await super().settle()

    def on_start(self) -> None:
        self.turns.load()
        self.engine.take_up()

    def on_reset(self) -> None:
        super().on_reset()
        self.thread.loop.call_soon_threadsafe(self.hub.wake_all)
        self.turns.load()
        self.engine.take_up()

    def _name(self) -> str | None:
        operation = self.operation
        return operation.name if operation else None


def handlers() -> Registry:
    """The handlers of all operations."""
    return Registry().include(*(module.registry for module in _MODULES))


def _is_unknown_grant(violations: Sequence[Violation]) -> bool:
    return any(violation.field == "grant_type" and violation.keyword == "enum" for violation in violations)
