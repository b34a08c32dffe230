"""`@tool`: a typed function that an assistant may call."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, overload

from interactor_api.errors import ConfigurationError

from tandem._conventions import shorten

from ._annotations import NoShapeError
from ._docstrings import Described, described
from ._signatures import Signature, signature_of

if TYPE_CHECKING:
    from ._shapes import Json

P = ParamSpec("P")
R = TypeVar("R")


class FunctionTool:
    """A function with what a model is told about it. Called like the function itself; made by `tool`."""

    name: str
    """The name by which a model calls it."""
    description: str
    """What it does and when to use it, for the model."""
    parameters: Json
    """JSON Schema of the arguments."""
    timeout: float | None
    """Seconds that a call of it may take; None: what `run_tools` allows."""
    is_async: bool
    """Whether it is an `async def`."""

    def __init__(
        self, function: Callable[..., Any], signature: Signature, name: str, description: str, timeout: float | None
    ) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._signature = signature
        self.name = name
        self.description = description
        self.parameters = signature.schema()
        self.timeout = timeout
        self.is_async = is_async(function)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function(*args, **kwargs)

    def __get__(self, instance: object, owner: type | None = None) -> FunctionTool:
        """As a method of a class: the tool of one object."""
        if instance is None:
            return self
        bound: Callable[..., Any] = self._function.__get__(instance, owner)
        return FunctionTool(bound, self._signature, self.name, self.description, self.timeout)

    def prepared(self, arguments: object) -> Callable[[], Any]:
        """The call with arguments as they came from a model. Raises Mismatch when they do not fit."""
        args, kwargs = self._signature.read(arguments)
        function: Any = self._function
        if self.is_async and not inspect.iscoroutinefunction(function):
            function = function.__call__  # an object with an async `__call__` is not seen to be async itself
        return functools.partial(function, *args, **kwargs)

    def to_dict(self) -> dict[str, Any]:
        """The definition, as `client.tools.create` takes it."""
        return {"name": self.name, "description": self.description, "parameters": self.parameters}

    def __repr__(self) -> str:
        return f"<FunctionTool {self.name}({', '.join(self.parameters['properties'])})>"


class TypedTool(FunctionTool, Generic[P, R]):
    """A tool with the types of its function, as type checkers see it."""

    if TYPE_CHECKING:

        def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R: ...

        @overload
        def __get__(self, instance: None, owner: type | None = None) -> TypedTool[P, R]: ...
        @overload
        def __get__(self, instance: object, owner: type | None = None) -> FunctionTool: ...
        def __get__(self, instance: object, owner: type | None = None) -> Any: ...


@overload
def tool(function: Callable[P, R], /) -> TypedTool[P, R]: ...
@overload
def tool(
    *, name: str | None = None, description: str | None = None, timeout: float | None = None
) -> Callable[[Callable[P, R]], TypedTool[P, R]]: ...
def tool(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    timeout: float | None = None,
) -> Any:
    """Turn a typed function into a tool that assistants may call. It can still be called as before.

        >>> from typing import Annotated, Literal
        >>> @tool
        ... def get_weather(city: str, unit: Annotated[Literal["C", "F"], "Degrees of"] = "C") -> dict[str, float]:
        ...     '''Current weather of a city.
        ...
        ...     Args:
        ...         city: Name of the city, in any language.
        ...     '''
        ...     return {"temperature": -3.0}
        >>> get_weather.name, get_weather.description
        ('get_weather', 'Current weather of a city.')
        >>> get_weather.parameters["properties"]["city"]
        {'type': 'string', 'description': 'Name of the city, in any language.'}
        >>> get_weather("Oslo")
        {'temperature': -3.0}

    What the function takes becomes JSON Schema: str, int, float, bool, None, dates and times, Literal, Enum, lists,
    sets, tuples, dicts, unions, TypedDict, dataclasses, attrs classes, and models with `model_json_schema`. The
    docstring tells the model what the function does (all that stands before `Args:`) and what each parameter means;
    `Annotated[…, "text"]` does so too. A parameter with a default may be left out.

    `name` and `description` take the places of the function's own; `timeout` is seconds that a call may take.
    Raises ConfigurationError, naming the parameter, for what JSON cannot say.
    """
    scope = sys._getframe(1).f_locals  # pyright: ignore[reportPrivateUsage]  # classes defined beside the function have their names there

    def decorate(function: Callable[..., Any]) -> FunctionTool:
        _check_callable(function)
        return _made(function, name, description, timeout, scope)

    return decorate if function is None else decorate(function)


def as_tool(function: FunctionTool | Callable[..., Any]) -> FunctionTool:
    """A tool as it is; a plain function made into one."""
    if isinstance(function, FunctionTool):
        return function
    _check_callable(function)
    return _made(function, None, None, None, {})


def several(tools: object) -> Iterable[Any]:
    """Tools, as they were given. Raises ConfigurationError for a single one, or none at all."""
    if isinstance(tools, Iterable) and not isinstance(tools, Mapping | str | bytes):
        return tools  # pyright: ignore[reportUnknownVariableType]  # each of them is looked at when its turn comes
    given = shorten(tools)  # pyright: ignore[reportUnknownArgumentType]  # anything has a repr
    raise ConfigurationError(f"tools is a list of tools, not {given}. Give a list, also for one: [tool].")


def _check_callable(function: object) -> None:
    if not callable(function):
        raise ConfigurationError(f"A tool is a function, not {shorten(function)}. Decorate a function with @tool.")


def is_async(function: object) -> bool:
    """Whether calling it gives a coroutine."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004  # not whether it can be called


def _made(
    function: Callable[..., Any],
    name: str | None,
    description: str | None,
    timeout: float | None,
    scope: Mapping[str, Any],
) -> FunctionTool:
    title = name if name is not None else getattr(function, "__name__", "")
    if not isinstance(title, str) or not title or title == "<lambda>":
        raise ConfigurationError(f"{shorten(function)} has no name for a tool. Give it one: @tool(name=…).")
    if timeout is not None and not (_is_number(timeout) and timeout > 0):
        raise ConfigurationError(f"Tool {title}: timeout is a number of seconds above 0, not {shorten(timeout)}.")
    told = described(inspect.getdoc(function) if inspect.isroutine(function) else None)
    text = told.text if description is None else description
    if not text:
        raise ConfigurationError(f"Tool {title} has no description. Write a docstring, or give description=….")
    try:
        signature = _signature(function, told, scope)
    except NoShapeError as problem:
        raise ConfigurationError(f"Tool {title}: {problem}.") from None
    return FunctionTool(function, signature, title, text, timeout)


def _signature(function: Callable[..., Any], told: Described, scope: Mapping[str, Any]) -> Signature:
    inner = inspect.unwrap(function)
    names = getattr(inner, "__globals__", {})
    parameters = [*inspect.signature(function).parameters.values()]
    bare = (
        bool(parameters) and parameters[0].name in ("self", "cls") and parameters[0].annotation is parameters[0].empty
    )
    return signature_of(function, told, {**names, **scope}, bound=bare)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
