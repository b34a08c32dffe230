"""What both colours of a client have in common: settings, views of one core, checks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, Self, TypeVar

from ._calls import Call, RequestOptions
from ._core import Core
from ._deadline import Deadline
from ._errors import ErrorFamily, InvalidRequestError
from ._exchange import Exchange
from ._meta import RateLimit
from ._paging._pages import BasePage, call_after
from ._secrets import Secret, SecretUrl
from ._settings import CallSettings, apply_options, change_settings, offered
from ._tokens import Grant

ReplyT = TypeVar("ReplyT")
_LEAST = 0.001  # seconds; a deadline is above 0
_VIEWED = frozenset({"timeout", "deadline", "retry", "namespace"})


class BaseClient:
    """What both colours of a client have in common: settings, views, checks."""

    _core: Core[Any, Any]
    _settings: CallSettings
    _owner = True

    @property
    def errors(self) -> ErrorFamily:
        """The product's own error classes."""
        return self._core.conventions.errors

    @property
    def namespace(self) -> str | None:
        """The namespace that this client's calls go to."""
        return self._settings.namespace

    @property
    def grant(self) -> Grant | None:
        """How this client gets its tokens."""
        return self._core.grant

    @property
    def rate_limit(self) -> dict[str, RateLimit]:
        """The rate limits as the server last told them, by scope. All views of a client know the same."""
        return self._core.limits.known()

    def for_namespace(self, namespace: str) -> Self:
        """A view of this client with another namespace: same connections, same token. Costs microseconds."""
        return self._view({"namespace": namespace})

    def with_options(self, **settings: Any) -> Self:
        """A view of this client with other settings: `timeout`, `deadline`, `retry`, `namespace`."""
        unknown = settings.keys() - _VIEWED
        if unknown:
            names = ", ".join(offered(_VIEWED, self._core.conventions))
            raise self._core.error(InvalidRequestError, f"with_options takes {names}, not {min(unknown)}.")
        return self._view(settings)

    def as_one(self, options: RequestOptions | None) -> Callable[[], RequestOptions]:
        """The options for each of several calls that keep to the deadline of one, from now on."""
        settings = apply_options(self._settings, options, self._core.conventions)
        deadline = Deadline.after(settings.deadline, self._core.monotonic)

        def left() -> RequestOptions:
            seconds, given = deadline.remaining(), options or {}
            return {**given} if seconds is None else {**given, "deadline": max(seconds, _LEAST)}

        return left

    def call_after(self, call: Call[Any], page: BasePage[Any], step: int = 1) -> Call[Any] | None:
        """The call for the page after this one, or `step` pages on."""
        conventions = self._core.conventions
        return call_after(call, page, step, page_param=conventions.page_param, cursor_param=conventions.cursor_param)

    def opened(self, reply: ReplyT | None) -> ReplyT:
        """The reply of a stream. Raises InvalidRequestError when the stream is read before its `with` block."""
        if reply is None:
            raise self._core.error(InvalidRequestError, "Open the stream first: `with ….stream(…) as events:`.")
        return reply

    def prepared(self, call: Call[Any]) -> tuple[Core[Any, Any], CallSettings]:
        """What a stream of this client works with. Checks the call now; sends nothing yet."""
        Exchange(self._core, call, self._settings)
        return self._core, self._settings

    def follows(self, walk: object) -> None:
        """This stream, or list with pages ahead, ends with the client."""
        self._core.remember(walk)

    def _view(self, changes: dict[str, Any]) -> Self:
        view = object.__new__(type(self))
        view._core = self._core
        view._settings = change_settings(self._settings, changes, self._core.conventions)
        view._owner = False
        return view

    def _url_call(self, call: Call[Any], token: Secret) -> SecretUrl:
        options = call.options or RequestOptions()
        namespace = apply_options(self._settings, call.options, self._core.conventions).namespace
        token_param, namespace_param = call.operation.url_query
        query = {**call.query, token_param: token, namespace_param: namespace}
        return SecretUrl(self._core.url(call._replace(query=query), options.get("extra_query")))

    def __repr__(self) -> str:
        core: Core[Any, Any] | None = getattr(self, "_core", None)
        if core is None:  # whoever shows the locals of a failed constructor asks
            return f"<{type(self).__name__}, not made>"
        conventions, hosts = core.conventions, core.hosts
        where = f"namespace={self._settings.namespace!r}" if conventions.namespace_header else ", ".join(hosts.values())
        return f"<{type(self).__name__} {where}>"

    def __getstate__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} holds connections and cannot be pickled. Make one in each process.")
