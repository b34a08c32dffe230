"""Which handlers an event goes to."""

from __future__ import annotations

import fnmatch
import functools
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tandem._conventions import shorten
from tandem._errors import ConfigurationError, ErrorFamily

from ._events import WebhookEvent

Handle = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Handler:
    """A function of the user's."""

    function: Handle
    is_async: bool
    is_generator: bool = False

    @classmethod
    def of(cls, function: Handle) -> Handler:
        """The handler that a function, a method, a partial or an object with `__call__` is."""
        inner: Any = function
        while isinstance(inner, functools.partial):
            inner = inner.func  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # a partial of anything
        called = getattr(inner, "__call__", None)  # noqa: B004  # not whether it can be called, but what is called
        both = (inner, called)
        return cls(
            function,
            is_async=any(inspect.iscoroutinefunction(each) for each in both),
            is_generator=any(inspect.isgeneratorfunction(each) or inspect.isasyncgenfunction(each) for each in both),
        )

    @property
    def name(self) -> str:
        """What to call it in a log."""
        return getattr(self.function, "__qualname__", type(self.function).__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The events of some classes, or whose names match some patterns; all where there is neither."""

    classes: tuple[type, ...]
    patterns: tuple[re.Pattern[str], ...]

    def __contains__(self, event: Any) -> bool:
        if not self.classes and not self.patterns:
            return True
        return isinstance(event, self.classes) or any(pattern.fullmatch(event.type) for pattern in self.patterns)


@dataclass(slots=True)
class Routes:
    """Which events go to which handlers, in the order in which these were registered."""

    errors: ErrorFamily
    events: tuple[type, ...]
    """The classes that events have."""
    routes: list[tuple[Wanted, Handler]] = field(default_factory=list[tuple[Wanted, Handler]])

    def wanted(self, given: tuple[type | str, ...]) -> Wanted:
        """The events that a user asks for. Raises ConfigurationError on what can be none."""
        given = tuple("*" if each is WebhookEvent else each for each in given)
        classes = tuple(each for each in given if isinstance(each, type))
        names = tuple(each for each in given if not isinstance(each, type))
        for cls in classes:
            if not any(issubclass(event, cls) for event in self.events):
                raise self._error(f"No event is a {cls.__name__}: a handler of it would never run.")
        for name in names:
            if not isinstance(name, str) or not name:  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
                hint = " For all events write @router.on() with parentheses." if callable(name) else ""
                raise self._error(
                    f"An event is given by class or by a pattern such as 'room.*', not {shorten(name)}.{hint}"
                )
        return Wanted(classes, tuple(re.compile(fnmatch.translate(name)) for name in names))

    def add(self, wanted: Wanted, function: Handle) -> None:
        """Send these events to this function as well."""
        if not callable(function):
            raise self._error(f"A handler is a function of one event, not {shorten(function)}.")
        handler = Handler.of(function)
        if handler.is_generator:
            raise self._error(f"{handler.name} is a generator: to call it runs nothing of it. Write it without yield.")
        self.routes.append((wanted, handler))

    def handlers_of(self, event: Any) -> tuple[Handler, ...]:
        """The handlers that an event goes to, in the order in which they were registered."""
        return tuple(handler for wanted, handler in self.routes if event in wanted)

    @property
    def any_async(self) -> bool:
        """Whether one of the handlers is asynchronous."""
        return any(handler.is_async for _, handler in self.routes)

    def _error(self, message: str) -> ConfigurationError:
        return self.errors[ConfigurationError](message)
