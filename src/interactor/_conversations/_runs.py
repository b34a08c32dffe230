"""`rooms.run_tools`: the shells. They listen, call, wait and hand in; what to do is decided in `_errands`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interactor_api.errors import (
    BadRequestError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    ValidationError,
)

from tandem import StreamGap
from tandem._crew import AsyncCrew, Crew

from ._errands import Errands
from ._tool_runs import AnsweredCall, ToolRun

if TYPE_CHECKING:
    from interactor_api.models import Tool
    from interactor_api.resources.tools import AsyncTools, Tools

    from interactor._resources._rooms import AsyncRooms, Rooms
    from tandem import RequestOptions

    from ._chat import AsyncChat, Chat

REPLY = object()  # equal to no id of a call
_UNKNOWN = (BadRequestError, InvalidRequestError, NotFoundError, PermissionDeniedError, ValidationError)


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of an assistant that may call tools."""

    rooms: Rooms
    tools: Tools
    room_id: str
    errands: Errands
    on_event: Callable[[Any], object] | None
    options: RequestOptions | None

    def play(self, chat: Chat, *, begun: bool) -> ToolRun:
        """Listen and answer until the assistant has said its last word. `begun` if it may have asked already."""
        with chat as reply, Crew() as crew:
            if begun:
                self.catch_up(reply, crew)
            crew.follow(REPLY, reply)
            while True:
                for answer in self.errands.due():
                    self.hand_in(answer)
                delivery = crew.next(self.errands.patience())
                if delivery is None:
                    for call_id in self.errands.expire():
                        crew.drop(call_id)
                elif delivery.key != REPLY:
                    self.errands.finish(str(delivery.key), delivery.value, delivery.error)
                elif not delivery.last:
                    self.hear(delivery.value, reply, crew)
                elif delivery.error is not None:
                    raise delivery.error
                else:
                    reply.text()  # raises why there is no answer, where the platform has said so
                    return self.errands.run(reply.message)

    def hear(self, event: Any, reply: Chat, crew: Crew) -> None:
        """Tell whoever listens, and begin what the event asks for."""
        tell(self.on_event, event)
        self.begin(event, crew)
        if isinstance(event, StreamGap):
            self.catch_up(reply, crew)

    def begin(self, event: Any, crew: Crew) -> None:
        """Begin the calls that an event asks for."""
        for tool_id in self.errands.strangers(event):
            self.errands.learn(tool_id, self.look_up(tool_id))
        for errand in self.errands.hear(event):
            if errand.work is not None:
                crew.begin(errand.call.id, errand.work)

    def catch_up(self, reply: Chat, crew: Crew) -> None:
        """Begin the calls that the assistant waits for, though no event has told us."""
        for event in self.errands.missed(reply.said_since(), reply.sent):
            self.begin(event, crew)

    def hand_in(self, answer: AnsweredCall) -> None:
        """Tell the assistant. That somebody else has answered already is none of our business."""
        try:
            self.rooms.submit_tool_result(
                self.room_id, tool_call_id=answer.id, result=answer.result, options=self.options
            )
        except ConflictError:
            return

    def look_up(self, tool_id: str) -> Tool | None:
        """What the platform knows about a tool; None: nothing."""
        try:
            return self.tools.get(tool_id, options=self.options)
        except _UNKNOWN:
            return None


@dataclass(frozen=True, slots=True)
class AsyncTurn:
    """One turn of an assistant that may call tools."""

    rooms: AsyncRooms
    tools: AsyncTools
    room_id: str
    errands: Errands
    on_event: Callable[[Any], object] | None
    options: RequestOptions | None

    async def play(self, chat: AsyncChat, *, begun: bool) -> ToolRun:
        """Listen and answer until the assistant has said its last word. `begun` if it may have asked already."""
        async with chat as reply, AsyncCrew() as crew:
            if begun:
                await self.catch_up(reply, crew)
            crew.follow(REPLY, reply)
            while True:
                for answer in self.errands.due():
                    await self.hand_in(answer)
                delivery = await crew.next(self.errands.patience())
                if delivery is None:
                    for call_id in self.errands.expire():
                        crew.drop(call_id)
                elif delivery.key != REPLY:
                    self.errands.finish(str(delivery.key), delivery.value, delivery.error)
                elif not delivery.last:
                    await self.hear(delivery.value, reply, crew)
                elif delivery.error is not None:
                    raise delivery.error
                else:
                    await reply.text()  # raises why there is no answer, where the platform has said so
                    return self.errands.run(reply.message)

    async def hear(self, event: Any, reply: AsyncChat, crew: AsyncCrew) -> None:
        """Tell whoever listens, and begin what the event asks for."""
        await async_tell(self.on_event, event)
        await self.begin(event, crew)
        if isinstance(event, StreamGap):
            await self.catch_up(reply, crew)

    async def begin(self, event: Any, crew: AsyncCrew) -> None:
        """Begin the calls that an event asks for."""
        for tool_id in self.errands.strangers(event):
            self.errands.learn(tool_id, await self.look_up(tool_id))
        for errand in self.errands.hear(event):
            if errand.work is not None:
                crew.begin(errand.call.id, errand.work)

    async def catch_up(self, reply: AsyncChat, crew: AsyncCrew) -> None:
        """Begin the calls that the assistant waits for, though no event has told us."""
        for event in self.errands.missed(await reply.said_since(), reply.sent):
            await self.begin(event, crew)

    async def hand_in(self, answer: AnsweredCall) -> None:
        """Tell the assistant. That somebody else has answered already is none of our business."""
        try:
            await self.rooms.submit_tool_result(
                self.room_id, tool_call_id=answer.id, result=answer.result, options=self.options
            )
        except ConflictError:
            return

    async def look_up(self, tool_id: str) -> Tool | None:
        """What the platform knows about a tool; None: nothing."""
        try:
            return await self.tools.get(tool_id, options=self.options)
        except _UNKNOWN:
            return None


def tell(listener: Callable[[Any], object] | None, event: Any) -> None:
    """Let whoever listens know."""
    if listener is not None:
        listener(event)


async def async_tell(listener: Callable[[Any], object] | None, event: Any) -> None:
    """Let whoever listens know; an async function is waited for."""
    told = listener(event) if listener is not None else None
    if inspect.isawaitable(told):
        await told
