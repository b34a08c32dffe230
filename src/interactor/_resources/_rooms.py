"""`client.rooms`, and what it can do beyond its endpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from interactor_api.resources import rooms as generated

if TYPE_CHECKING:
    from interactor._conversations._chat import AsyncChat, Chat
    from interactor._conversations._tool_runs import ToolRun
    from interactor._functions._tool import FunctionTool
    from tandem import RequestOptions


class Rooms(generated.Rooms):
    """`client.rooms`: Conversations with an assistant, their event streams and the results of tool calls."""

    def chat(
        self,
        room_id: str,
        content: str,
        *,
        idempotency_key: str | None = None,
        options: RequestOptions | None = None,
    ) -> Chat:
        """Say something in a room, and follow the answer as it is written.

            for event in client.rooms.chat(room.id, "Hello"):
                print(event)
            text = client.rooms.chat(room.id, "Hello").text()

        The event stream is opened before the message is sent, so that nothing is missed, and carried on when its
        connection breaks. Events of other people's messages are left out. Nothing is sent before you iterate, enter
        the `with` block or ask for `text()`. `options` hold for the stream and for the message; `deadline` bounds
        each of the two. Raises StreamInterruptedError when the stream cannot be carried on to the end of the answer.
        """
        from interactor._conversations._chat import Chat

        return Chat(self, room_id, content, idempotency_key, options)

    def run_tools(
        self,
        room_id: str,
        content: str,
        *,
        tools: Iterable[FunctionTool | Callable[..., Any]],
        max_rounds: int = 10,
        timeout: float | None = 60.0,
        on_event: Callable[[Any], object] | None = None,
        idempotency_key: str | None = None,
        options: RequestOptions | None = None,
    ) -> ToolRun:
        """Send a message, answer the assistant's tool calls, and give its last word.

            @tool
            def get_weather(city: str) -> str:
                '''Current weather of a city.'''
                return "-3 °C"

            tools = client.tools.sync([get_weather])
            bot = client.assistants.create(…, tools=tools.ids)
            room = client.rooms.create(assistant_id=bot.id)
            run = client.rooms.run_tools(room.id, "Is it cold in Oslo?", tools=[get_weather])
            print(run.text, run.calls)

        Calls that the assistant makes at once run side by side, in threads. Whatever goes wrong with one is a result
        too, `{"error": …}`, which the assistant reads: an exception (its type and text, never its traceback),
        arguments that do not fit, a tool that is not among `tools`, more than `timeout` seconds (a tool's own
        `timeout` comes first). A thread cannot be stopped: what takes longer works on in vain. Calls of tools with a
        `callback_url` are left to the platform.

        `on_event` is called with each event of the reply as it comes: text to show, calls that begin and end. Raises
        ToolRoundsExceededError when the assistant asks for tools more often than `max_rounds`, ConfigurationError for
        tools that this client cannot call, and what sending and streaming raise.
        """
        from interactor._conversations._answers import stream_options
        from interactor._conversations._errands import errands
        from interactor._conversations._runs import Turn

        from ._tools import Tools

        work = errands(tools, max_rounds=max_rounds, timeout=timeout, client=self._client)
        chat = self.chat(room_id, content, idempotency_key=idempotency_key, options=options)
        turn = Turn(self, Tools(self._client), room_id, work, on_event, stream_options(options))
        return turn.play(chat, begun=idempotency_key is not None)


class AsyncRooms(generated.AsyncRooms):
    """`client.rooms`: Conversations with an assistant, their event streams and the results of tool calls."""

    def chat(
        self,
        room_id: str,
        content: str,
        *,
        idempotency_key: str | None = None,
        options: RequestOptions | None = None,
    ) -> AsyncChat:
        """Say something in a room, and follow the answer as it is written.

            async for event in client.rooms.chat(room.id, "Hello"):
                print(event)
            text = await client.rooms.chat(room.id, "Hello").text()

        The event stream is opened before the message is sent, so that nothing is missed, and carried on when its
        connection breaks. Events of other people's messages are left out. Nothing is sent before you iterate, enter
        the `async with` block or ask for `text()`. `options` hold for the stream and for the message; `deadline` bounds
        each of the two. Raises StreamInterruptedError when the stream cannot be carried on to the end of the answer.
        """
        from interactor._conversations._chat import AsyncChat

        return AsyncChat(self, room_id, content, idempotency_key, options)

    async def run_tools(
        self,
        room_id: str,
        content: str,
        *,
        tools: Iterable[FunctionTool | Callable[..., Any]],
        max_rounds: int = 10,
        timeout: float | None = 60.0,
        on_event: Callable[[Any], object] | None = None,
        idempotency_key: str | None = None,
        options: RequestOptions | None = None,
    ) -> ToolRun:
        """Send a message, answer the assistant's tool calls, and give its last word.

            @tool
            def get_weather(city: str) -> str:
                '''Current weather of a city.'''
                return "-3 °C"

            tools = await client.tools.sync([get_weather])
            bot = await client.assistants.create(…, tools=tools.ids)
            room = await client.rooms.create(assistant_id=bot.id)
            run = await client.rooms.run_tools(room.id, "Is it cold in Oslo?", tools=[get_weather])
            print(run.text, run.calls)

        Calls that the assistant makes at once run side by side: async functions as tasks, others in threads. Whatever
        goes wrong with one is a result too, `{"error": …}`, which the assistant reads: an exception (its type and
        text, never its traceback), arguments that do not fit, a tool that is not among `tools`, more than `timeout`
        seconds (a tool's own `timeout` comes first). What takes longer is cancelled, where it is async. Calls of tools
        with a `callback_url` are left to the platform.

        `on_event` is called with each event of the reply as it comes: text to show, calls that begin and end; it may
        be async. Raises ToolRoundsExceededError when the assistant asks for tools more often than `max_rounds`,
        ConfigurationError for tools that this client cannot call, and what sending and streaming raise.
        """
        from interactor._conversations._answers import stream_options
        from interactor._conversations._errands import errands
        from interactor._conversations._runs import AsyncTurn

        from ._tools import AsyncTools

        work = errands(tools, max_rounds=max_rounds, timeout=timeout, client=self._client)
        chat = self.chat(room_id, content, idempotency_key=idempotency_key, options=options)
        turn = AsyncTurn(self, AsyncTools(self._client), room_id, work, on_event, stream_options(options))
        return await turn.play(chat, begun=idempotency_key is not None)
