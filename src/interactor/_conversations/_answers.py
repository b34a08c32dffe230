"""Which events of a room belong to the answer to one message. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from interactor_api.errors import StreamInterruptedError
from interactor_api.models import Message, MessageComplete, MessageDelta, StreamError

from tandem.models import is_object

if TYPE_CHECKING:
    from tandem import RequestOptions

_OF_THE_BODY = frozenset({"extra_body", "extra_query"})


class Answer:
    """Hears what happens in a room, and keeps what belongs to the answer to one message.

    Platforms that tell do so in `in_reply_to`. Where there is none, the messages of a room are written one after the
    other, in the order of the questions: what comes before the question was asked is somebody else's, and the first
    message that the assistant ends after that is ours.
    """

    __slots__ = ("_ids", "_pieces", "_told", "error", "message", "over", "sent")

    def __init__(self) -> None:
        self.sent: Message | None = None
        """The question, once the platform has it."""
        self.message: Message | None = None
        """The assistant's last word, once it is complete."""
        self.error: StreamError | None = None
        """Why there is no answer, where the platform said so."""
        self.over = False
        self._ids = frozenset[str]()
        self._pieces: list[str] = []
        self._told = False

    def ask(self, sent: Message) -> None:
        """The platform has the question. Where it does not stream, what it replies is the answer itself."""
        self.sent = sent
        self._ids = frozenset(each for each in (sent.id, sent.in_reply_to) if isinstance(each, str))

    def takes(self, event: object) -> bool:
        """Whether the event belongs to the answer, which may be over with it."""
        tag = _tag(event)
        self._told = self._told or tag is not None
        if not (self._is_ours(event) if tag is None else tag in self._ids):
            return False
        if isinstance(event, MessageDelta):
            self._pieces.append(str(event.content))
        elif isinstance(event, StreamError):
            self.error, self.over = event, True
        elif isinstance(event, MessageComplete) and is_last_word(event.message):
            self.message, self.over = event.message, True
        return True

    def found_in(self, newest_first: Iterable[Message]) -> MessageComplete | None:
        """The end of the answer among the messages of the room, as an event; None while there is none."""
        found = None if self.sent is None else self._last_word_in(newest_first, self.sent.id)
        if found is None:
            return None
        self.message, self.over = found, True
        return MessageComplete(message=found, in_reply_to=found.in_reply_to)

    def _last_word_in(self, newest_first: Iterable[Message], question_id: str) -> Message | None:
        answers: list[tuple[Message, bool]] = []
        results = asked = False  # results of tools, and the question, among what was looked at so far
        for message in newest_first:
            if message.id == question_id:
                asked = True
                break
            results = results or message.role == "tool"
            if message.role == "assistant":
                answers.append((message, _is_said(message, results)))
        if any(message.in_reply_to is not None for message, _ in answers):
            ours = (each for each in answers if each[0].in_reply_to == question_id)
            return next((message if said else None for message, said in ours), None)
        return next((message for message, said in reversed(answers) if said), None) if asked else None

    @property
    def state(self) -> str:
        """How far the answer has come."""
        return "failed" if self.error is not None else "complete" if self.over else "under way"

    def text(self) -> str:
        """The text of the assistant's last word, or as much of it as came. Raises StreamInterruptedError."""
        if self.error is not None:
            code = f" ({self.error.code})" if self.error.code else ""
            raise StreamInterruptedError(f"The assistant did not finish its answer: {self.error.error}{code}")
        return "".join(self._pieces) if self.message is None else self.message.content

    def _is_ours(self, event: object) -> bool:
        """For an event that does not say."""
        message = getattr(event, "message", None)
        if isinstance(message, Message):
            return message.id in self._ids or (not self._told and is_last_word(message) and not self._is_older(message))
        return not self._told or getattr(event, "message_id", None) in self._ids

    def _is_older(self, message: Message) -> bool:
        moments = (message.created_at, None if self.sent is None else self.sent.created_at)
        match moments:
            case (datetime.datetime() as one, datetime.datetime() as other):
                return one < other
            case _:
                return False


def is_last_word(message: object) -> bool:
    """Whether an assistant has said all with this message: it waits for no tool."""
    if not isinstance(message, Message) or message.role != "assistant":
        return False
    return not any(getattr(call, "status", None) == "pending" for call in message.tool_calls or ())


def _is_said(message: Message, results: bool) -> bool:
    """Whether a message of a room is a last word. `results`: whether newer messages bring results of tools.

    Calls that are completed say little. With their results behind it a message has asked for them, and the assistant
    goes on in another one, which need not be there yet; without, it may name what was called before it was said.
    """
    return bool(message.content) and is_last_word(message) and not (message.tool_calls and results)


def stream_options(options: RequestOptions | None) -> RequestOptions | None:
    """The options of a chat as far as its stream is concerned: a body goes with the message alone."""
    if options is None:
        return None
    return {name: value for name, value in options.items() if name not in _OF_THE_BODY}  # type: ignore[return-value]  # a part of one


def _tag(event: object) -> str | None:
    """The message that an event says it answers."""
    places: tuple[Any, ...] = (event, getattr(event, "message", None), getattr(event, "data", None))
    for place in places:
        tag = place.get("in_reply_to") if is_object(place) else getattr(place, "in_reply_to", None)
        if isinstance(tag, str):
            return tag
    return None
