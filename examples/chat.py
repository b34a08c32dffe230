"""A chat in the terminal: `python examples/chat.py`. Needs the extras `cli` and `sandbox`.

Text appears as the assistant writes it, tool calls as they happen. Ctrl-C stops an answer and keeps the session, Ctrl-D
ends it. Without INTERACTOR_CLIENT_ID in the environment the chat is with a sandbox of its own. Lines from a pipe are
answered one by one; `--demo` plays a conversation, and `--svg FILE` draws what was said.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import re
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

try:
    import rich  # noqa: F401  # the first of what the extra brings
except ImportError:
    sys.exit("This example draws with rich: pip install 'interactor[cli,sandbox]'")

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markdown import Markdown
from rich.padding import Padding
from rich.spinner import Spinner
from rich.table import Table
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from interactor import (
    FunctionTool,
    InteractorClient,
    InteractorError,
    MessageDelta,
    StreamError,
    ToolCallComplete,
    ToolCallStart,
    tool,
)
from interactor.sandbox import Sandbox, call, say

PROMPT = "you ❯ "  # noqa: RUF001  # it points at what you type
MODEL = os.environ.get("CHAT_MODEL", "gpt-4")
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono'"
NIGHT = TerminalTheme(
    (13, 17, 23),
    (222, 229, 237),
    [
        *((110, 118, 129), (255, 123, 114), (86, 211, 100), (227, 179, 65)),
        *((121, 192, 255), (210, 168, 255), (86, 212, 221), (177, 186, 196)),
    ],
)


@tool
def get_weather(city: str, days: int = 2) -> list[str]:
    """Forecast for a city.

    Args:
        city: Name of the city.
        days: How many days from today.
    """
    seed = zlib.crc32(city.encode())
    skies = ("sun", "clouds", "rain", "snow")
    return [f"{skies[(seed + day) % 4]}, {(seed >> 3) % 12 - 2 - day} °C" for day in range(days)]


@tool
def find_train(start: str, end: str) -> dict[str, str]:
    """The next train between two cities."""
    hour = zlib.crc32(f"{start}{end}".encode()) % 12 + 6
    return {"leaves": f"{hour:02}:25", "arrives": f"{hour + 7:02}:03"}


@tool
def book_cabin(place: str, nights: int = 1) -> str:
    """Books a cabin near a place."""
    raise LookupError(f"no cabin near {place} is free")


TOOLS: list[FunctionTool] = [get_weather, find_train, book_cabin]
DEMO: dict[str, list[Any]] = {
    "Can I hike near Bergen this weekend? I'd need a cabin.": [
        say("Let me look at the forecast, the trains and the cabins."),
        call("get_weather", city="Bergen"),
        call("find_train", start="Oslo", end="Bergen"),
        call("book_cabin", place="Bergen", nights=2),
        say(
            "Yes, if you like it fresh:\n\n"
            "- **Weather**: rain at first, and then snow, around zero.\n"
            "- **Train**: leaves Oslo at **{find_train.leaves}**, and is in Bergen at {find_train.arrives}.\n"
            "- **Cabin**: all of them are taken. The hut on *Fløyen* takes guests without booking."
        ),
    ],
    "Lovely. What do I pack?": [
        say("Wool, a shell against the wind, and a thermos. Leave the umbrella: **it flies away.**")
    ],
}


@dataclass
class CallLine:
    """A tool call on the screen: under way, done, or failed."""

    id: str
    name: str
    arguments: dict[str, Any]
    result: Any = None
    done: bool = False
    spinner: Spinner = field(default_factory=lambda: Spinner("dots", style="yellow"))

    def __rich__(self) -> RenderableType:
        failed = isinstance(self.result, dict) and "error" in self.result
        mark = Text("✗", "red") if failed else Text("✓", "green") if self.done else self.spinner
        told = ", ".join(f"{name}={compact(value)}" for name, value in self.arguments.items())
        said = Text.assemble((self.name, "bold yellow"), (f"({told})", "yellow"))
        if self.done:
            told = self.result["error"] if failed else compact(self.result)
            said.append(f" → {told}", "red" if failed else "bright_black")
        row = Table.grid(padding=(0, 1))
        row.add_row(mark, said)
        return row


@dataclass
class Answer:
    """An answer on the screen, as far as it has come."""

    parts: list[str | CallLine] = field(default_factory=list)
    end: str = ""

    def hear(self, event: object) -> None:
        """Take in an event of the reply."""
        match event:
            case MessageDelta(content=text):
                if self.parts and isinstance(self.parts[-1], str):
                    self.parts[-1] += text
                else:
                    self.parts.append(text)
            case ToolCallStart(tool_call=made):
                self.parts.append(CallLine(made.id, made.tool_name or made.tool_id, made.arguments))
            case ToolCallComplete(tool_call=made):
                for line in self.parts:
                    if isinstance(line, CallLine) and line.id == made.id:
                        line.result, line.done = made.result, True
            case StreamError(error=problem):
                self.end = str(problem)
            case _:
                pass

    def __rich__(self) -> RenderableType:
        rows: list[RenderableType] = []
        for before, part in zip([None, *self.parts], self.parts, strict=False):
            if rows and isinstance(part, str) is not isinstance(before, str):
                rows.append("")
            rows.append(Markdown(part) if isinstance(part, str) else part)
        if self.end:
            rows.append(Text(f"■ {self.end}", "red"))
        return Padding(Group(*rows, ""), (0, 0, 0, 2))


@contextlib.contextmanager
def session(*, demo: bool) -> Iterator[tuple[InteractorClient, str]]:
    """A client, and a room with an assistant that knows the tools. Both go when the chat ends."""
    with contextlib.ExitStack() as stack:
        sandbox = None
        if demo or "INTERACTOR_CLIENT_ID" not in os.environ:
            sandbox = stack.enter_context(Sandbox(pace=0 if demo else 0.04))
        client = stack.enter_context(InteractorClient() if sandbox is None else sandbox.client("chat"))
        if client.namespace is None:
            client = client.for_namespace("chat")
        bot = client.assistants.create(
            name="Guide", model=MODEL, system_prompt="You are a travel guide.", tools=client.tools.sync(TOOLS).ids
        )
        stack.callback(client.assistants.delete, bot.id)
        if sandbox is not None and demo:
            sandbox.script(bot, list(DEMO.values()))
        room = client.rooms.create(assistant_id=bot.id)
        stack.callback(client.rooms.delete, room.id)
        yield client, room.id


def questions(console: Console, *, demo: bool) -> Iterator[str]:
    """What the person writes: in the terminal, in a pipe, or in the demo."""
    if sys.stdin.isatty() and not demo:
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401  # arrow keys and history at the prompt
        with contextlib.suppress(EOFError, KeyboardInterrupt):
            while True:
                yield console.input(f"[bold cyan]{PROMPT}[/]")
        return
    for line in map(str.strip, DEMO if demo else sys.stdin):
        if line:
            console.print(asked(line))
            yield line


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def asked(question: str) -> Text:
    return Text.assemble((PROMPT, "bold cyan"), question)


def answer(client: InteractorClient, room_id: str, question: str, console: Console) -> Answer:
    """Show the answer while it comes. Ctrl-C stops it."""
    shown = Answer()
    with Live(shown, console=console, refresh_per_second=15, vertical_overflow="visible"):
        try:
            client.rooms.run_tools(room_id, question, tools=TOOLS, on_event=shown.hear)
        except KeyboardInterrupt:
            shown.end = "stopped"
        except InteractorError as problem:
            shown.end = shown.end or str(problem)
    if not console.is_terminal:
        console.print()
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description="A chat with an assistant that calls tools.")
    parser.add_argument("--demo", action="store_true", help="play a conversation in a sandbox")
    parser.add_argument("--svg", metavar="FILE", help="draw what was said")
    given = parser.parse_args()
    console = Console()
    picture = Console(record=True, file=io.StringIO(), width=92, force_terminal=True, color_system="truecolor")
    with session(demo=given.demo) as (client, room_id):
        console.print(Text(f"{client!r}. Ctrl-C stops an answer, Ctrl-D ends the chat.\n", "bright_black"))
        for question in questions(console, demo=given.demo):
            if question.strip():
                picture.print(asked(question), "", sep="\n")
                picture.print(answer(client, room_id, question, console))
    if given.svg:
        drawn = picture.export_svg(title="python examples/chat.py", theme=NIGHT, unique_id="chat")
        # No font from the network: a picture in a README may not load any.
        drawn = re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL)
        Path(given.svg).write_text(drawn.replace("font-family: Fira Code", f"font-family: {FONTS}"), encoding="utf-8")


if __name__ == "__main__":
    main()
