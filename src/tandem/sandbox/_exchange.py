"""One request through the platform, step by step, up to its reply."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from ._bodies import MalformedBodyError, WrongMediaTypeError, parse_body, parse_freely, schema_for
from ._context import Context, Principal
from ._idempotency import KeyedWrite, earlier_reply, keep_reply
from ._journal import JournalEntry
from ._parameters import read_parameters
from ._replies import BrokenReplyError, Replies
from ._reply import EventStream, Later, Problem, WireReply
from ._router import Match
from ._schemas import Violation
from ._uploads import plain_form

if TYPE_CHECKING:
    from ._api import ApiOperation
    from ._limits import LimitRule, LimitVerdict
    from ._platform import Platform
    from ._request import Request


class Endpoint(NamedTuple):
    """What a route leads to."""

    operation: ApiOperation
    handler: Callable[[Context], Any]


@dataclass(slots=True, eq=False, repr=False, match_args=False)
class Exchange:
    """The steps share what earlier ones found out."""

    platform: Platform
    replies: Replies
    request: Request
    entry: JournalEntry
    match: Match[Endpoint] | None
    too_large: bool = False
    principal: Principal = field(default_factory=Principal)
    namespace: str = ""
    verdict: LimitVerdict | None = None

    async def reply(self) -> WireReply | EventStream:
        """The reply to the request, whatever happens on the way to it."""
        operation = self.request.operation
        try:
            return await self._steps()
        except Problem as problem:
            return self.problem(problem)
        except BrokenReplyError as broken:
            return self._broken(operation, broken.violations)
        except Exception as error:  # a handler's mistake must end in a reply, not in a dead connection
            return self._crashed(operation, error)

    def problem(self, problem: Problem) -> WireReply:
        """A Problem as a reply; one that the document does not know becomes a 500 that says so."""
        operation = self.request.operation
        try:
            return self._with_headers(self.replies.problem(operation, problem, self.request.request_id))
        except BrokenReplyError as broken:
            return self._broken(operation, broken.violations)

    async def _steps(self) -> WireReply | EventStream:
        endpoint = self._endpoint()
        self._admit(endpoint.operation)
        ctx = self._context(endpoint.operation)
        write = self._keyed_write(ctx)
        if write is None:
            return await self._handled(endpoint, ctx, None)
        async with self.platform.turnstile.one(write.record_id):
            return await self._handled(endpoint, ctx, write)

    async def _handled(self, endpoint: Endpoint, ctx: Context, write: KeyedWrite | None) -> WireReply | EventStream:
        async with self.platform.transaction():
            earlier = earlier_reply(self.platform, write) if write is not None else None
            if earlier is not None:
                self.entry.replayed = True
                return self._with_headers(earlier)
            result = endpoint.handler(ctx)
            if inspect.isawaitable(result):
                result = await result
            if not isinstance(result, Later):
                return self._finished(endpoint.operation, result, write)
        try:
            result = await result.result
        except Problem as problem:
            if problem.done and write is not None:
                async with self.platform.transaction():
                    keep_reply(self.platform, write, self.problem(problem), done=True)
            raise
        async with self.platform.transaction():
            return self._finished(endpoint.operation, result, write)

    def _finished(self, operation: ApiOperation, result: Any, write: KeyedWrite | None) -> WireReply | EventStream:
        reply = self.replies.shape(operation, result)
        if not isinstance(reply, WireReply):
            return reply
        if write is not None:
            keep_reply(self.platform, write, reply)
        return self._with_headers(reply)

    def _endpoint(self) -> Endpoint:
        if self.match is None:
            self._count_elsewhere()
            raise self._nowhere()
        target = self.match.targets.get(self.request.method)
        if target is None:
            self._count_elsewhere()
            allowed = self.match.allowed
            problem = self.platform.problem_for_method(self.request.method, self.request.path, allowed)
            problem.headers = {**problem.headers, "Allow": ", ".join(allowed)}
            raise problem
        return target.value

    def _nowhere(self) -> Problem:
        platform, request = self.platform, self.request
        if request.method == "GET" and request.path == platform.app.door.path and "upgrade" not in request.headers:
            return platform.problem_for_upgrade()
        return platform.problem_for_path(request.path)

    def _admit(self, operation: ApiOperation) -> None:
        """Who is it, may they, for whom, and not too often."""
        platform, request = self.platform, self.request
        if operation.scopes:
            try:
                self.principal = platform.authenticate(request)
            except Problem:
                self._count(platform.limits_for(operation, request, self.principal, ""))
                raise
            self.entry.client_id = self.principal.client_id
        refusal = self._refusal(operation)
        if refusal is None and (operation.namespace or not operation.documented):
            self.namespace = platform.namespace_for(request)
            self.entry.namespace = self.namespace
        self._count(platform.limits_for(operation, request, self.principal, self.namespace))
        if refusal is not None:
            raise refusal  # not before: what is refused counts as well, and is told what is left

    def _count_elsewhere(self) -> None:
        """A request that no operation is there for counts too, for whoever sends it."""
        with suppress(Problem):
            self.principal = self.platform.authenticate(self.request)
        self._count(self.platform.limits_elsewhere(self.request, self.principal))

    def _count(self, rules: Sequence[LimitRule]) -> None:
        self.verdict = self.platform.limiter.take(rules, self.platform.clock.now())
        if self.verdict is not None and not self.verdict.allowed:
            raise self.platform.problem_for_limit(self.verdict)

    def _refusal(self, operation: ApiOperation) -> Problem | None:
        """Why the caller, who is known, may not do this."""
        platform = self.platform
        if not operation.scopes:
            return None
        if refusal := platform.problem_for_way(operation, self.principal):
            return refusal
        if not any(platform.grants(self.principal, way) for way in operation.scopes):
            return platform.problem_for_scopes(operation, self.principal)
        return None

    def _context(self, operation: ApiOperation) -> Context:
        """Everything a handler may rely on. Raises the product's Problem for a request that breaks the document."""
        platform, request = self.platform, self.request
        path = self.match.parameters(request.method) if self.match else {}
        body = self._body(operation)
        self.entry.body = platform.redaction.body(plain_form(body), schema_for(operation, request.media_type))
        if operation.documented:
            read = read_parameters(operation, request, path, platform.values, platform.schemas)
            query = read.query
            self._refuse(read.violations or self._body_violations(operation, body))
        else:
            query = dict(request.query)
        return Context(request, operation, path, query, body, self.namespace, self.principal, platform)

    def _body(self, operation: ApiOperation) -> Any:
        platform, request = self.platform, self.request
        if self.too_large:
            raise platform.problem_for_size(platform.max_body_bytes)
        try:
            if operation.documented:
                return parse_body(operation, request, platform.api.document)
            return parse_freely(request.media_type, request.body)
        except WrongMediaTypeError as error:
            raise platform.problem_for_media_type(error.media_type, error.accepted) from None
        except MalformedBodyError as error:
            raise platform.problem_for_malformed_body(str(error)) from None

    def _body_violations(self, operation: ApiOperation, body: Any) -> list[Violation]:
        if body is None and not self.request.body:
            return [Violation("", "is required", "required", "body")] if operation.body.required else []
        pointer = schema_for(operation, self.request.media_type)
        return self.platform.schemas.check(pointer, plain_form(body)) if pointer and not isinstance(body, bytes) else []

    def _refuse(self, violations: list[Violation]) -> None:
        if violations:
            self.entry.violations += [f"request {said(violation)}" for violation in violations]
            raise self.platform.problem_for_invalid(violations, violations[0].where)

    def _keyed_write(self, ctx: Context) -> KeyedWrite | None:
        key = self.request.headers.get(self.platform.idempotency_header)
        if not key or not ctx.operation.idempotent:
            return None
        self.entry.attempt = self.platform.journal.attempts_of(self.principal.client_id, self.namespace, key)
        return KeyedWrite.of(self.request, key, self.principal.client_id, self.namespace, ctx.body)

    def _with_headers(self, reply: WireReply) -> WireReply:
        """The reply with the platform's own headers. Raises BrokenReplyError when one of them breaks the document."""
        reply.headers = {**self.headers(), **reply.headers}
        operation = self.request.operation
        if operation is not None and operation.documented:
            violations = self.replies.check_headers(operation, reply.status, reply.headers)
            if violations:
                raise BrokenReplyError(violations)
        return reply

    def headers(self) -> dict[str, str]:
        """What every reply to this request carries."""
        platform = self.platform
        limits = platform.limit_headers(self.verdict) if self.verdict is not None else {}
        own = {platform.request_id_header: self.request.request_id}
        return {**own, **limits, **platform.reply_headers(self.request)}

    def _broken(self, operation: ApiOperation | None, violations: list[Violation]) -> WireReply:
        self.entry.violations += [f"reply {said(violation)}" for violation in violations]
        if operation is None:
            return self._last_words(Problem(500, "internal_error", said(violations[0])))
        return self._last_words(self.platform.problem_for_broken_reply(operation, violations))

    def _crashed(self, operation: ApiOperation | None, error: Exception) -> WireReply:
        self.entry.error = where_it_broke(error)
        if operation is None:
            return self._last_words(Problem(500, "internal_error", self.entry.error))
        return self._last_words(self.platform.problem_for_crash(operation, self.entry.error))

    def _last_words(self, problem: Problem) -> WireReply:
        """Said without being checked: this is what a failed check leads to."""
        reply = self.replies.problem(None, problem, self.request.request_id)
        reply.headers = {**self.headers(), **reply.headers}
        return reply


def said(violation: Violation) -> str:
    """A violation in one line."""
    return f"{violation.where} {violation.field}: {violation.message}".replace(" : ", ": ")


def where_it_broke(error: Exception) -> str:
    """The kind of an error and its place. Not its message, which may quote what must not be written down."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    last = frames[-1]
    own = next((frame for frame in reversed(frames) if "/tandem/sandbox/" not in frame.filename), last)
    return f"{type(error).__name__} in {own.name} ({own.filename.rpartition('/')[2]}:{own.lineno})"
