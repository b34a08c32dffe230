"""Answers to halted instances: who gives them, whether they fit, and who was first."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from interactor_api.errors import BadRequestError, ConflictError

from interactor.workflows._errors import ConcurrentModificationError, InvalidInputError
from interactor.workflows._inputs import input_faults

if TYPE_CHECKING:
    from interactor_api.models import Instance, InstanceThread

    OnHalt = Callable[[Instance], "Answer"]
    AsyncOnHalt = Callable[[Instance], "Answer | Awaitable[Answer]"]

Answer = Mapping[str, Any] | None


def ask(on_halt: OnHalt, instance: Instance) -> Answer:
    """What a callback answers."""
    return on_halt(instance)


async def async_ask(on_halt: AsyncOnHalt, instance: Instance) -> Answer:
    """What a callback answers, be it asynchronous or not."""
    answer = on_halt(instance)
    return await answer if inspect.isawaitable(answer) else answer


def refuse(waiting: Instance | InstanceThread | None, input: Mapping[str, Any]) -> None:
    """Raise InvalidInputError when the input is not what a halted instance, or a thread of it, asks for."""
    if not isinstance(input, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  # callbacks answer what they like
        raise InvalidInputError(f"An input maps field names to answers; {type(input).__name__} does not.")
    if waiting is None or waiting.status != "halted":
        return
    if faults := input_faults(waiting, input):
        told = "; ".join(f"{name} {fault}" for name, fault in faults.items())
        raise InvalidInputError(f"The input does not fit {waiting.current_state}: {told}.", fields=faults)


def told(error: ConflictError) -> ConflictError:
    """The refusal with both states at hand, where it is about that."""
    return ConcurrentModificationError.of(error) if str(error.code).lower() == "concurrent_modification" else error


def somebody_was_first(error: BadRequestError) -> bool:
    """Whether a resume was refused because nothing waits there any longer."""
    return str(error.code).lower() == "instance_not_halted"
