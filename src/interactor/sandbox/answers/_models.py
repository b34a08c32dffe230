"""Real models: an endpoint that speaks the OpenAI protocol answers in the place of the sandbox's own assistants."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from tandem import Secret
from tandem._streaming._sse import EventDecoder, EventTooLargeError
from tandem._wire._tls import tls_context

from ._acts import AnswerFailedError, Steps
from ._completions import Completion
from ._prompts import prompt_of
from ._situations import Situation, history_of

if TYPE_CHECKING:
    import httpx

_PATH = "/chat/completions"
_CONNECT = 10.0  # seconds
_SILENCE = 120.0  # seconds in which a model, which may be slow to begin, has to say something
_LARGEST = 16 * 1024 * 1024  # bytes of a completion that comes in one piece


class Model:
    """A model by its base URL, like `http://localhost:11434/v1`. `key` is sent as a bearer token."""

    def __init__(self, url: str, key: str | None = None) -> None:
        self.url = _completions_url(url)
        self._key = Secret(key) if key else None
        self._client: httpx.AsyncClient | None = None

    def __repr__(self) -> str:
        return f"<Model at {self._host}>"

    async def answer(self, situation: Situation) -> Steps:
        """What the model says, as it says it. Whatever goes wrong ends in AnswerFailedError."""
        if situation.turn["said"]:
            raise AnswerFailedError("The sandbox was stopped while the model was answering.")
        async with aclosing(self.complete(prompt_of(situation, await history_of(situation)))) as steps:
            async for step in steps:
                yield step

    async def complete(self, prompt: Mapping[str, Any]) -> Steps:
        """The same for the body of a request for a chat completion."""
        import httpx

        completion = Completion()
        try:
            async with self._opened().stream("POST", self.url, json=prompt, headers=self._proof()) as reply:
                if reply.status_code != 200:
                    # Not a word of its reply: endpoints quote the key that they refuse.
                    raise AnswerFailedError(f"The model at {self._host} answered with status {reply.status_code}.")
                async with aclosing(_data_of(reply)) as parts:
                    async for data in parts:
                        for step in completion.chunk(data):
                            yield step
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise AnswerFailedError(f"The model at {self._host} is out of reach: {type(error).__name__}.") from None
        except EventTooLargeError:
            raise AnswerFailedError("The model sent too much at once.") from None
        if not completion.finished:
            raise AnswerFailedError("The model broke off in the middle of its answer.")
        for call in completion.calls():
            yield call

    @property
    def _host(self) -> str:
        return urlsplit(self.url).netloc.rpartition("@")[2]

    def _proof(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key.reveal()}"} if self._key else {}

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            import httpx

            # A connection for each answer: nothing is left open that would have to be closed.
            limits = httpx.Limits(max_keepalive_connections=0)
            self._client = httpx.AsyncClient(
                verify=tls_context(), limits=limits, timeout=httpx.Timeout(_SILENCE, connect=_CONNECT)
            )
        return self._client


async def _data_of(reply: httpx.Response) -> AsyncGenerator[str]:
    """The data of each event; of an endpoint that does not stream, its whole reply."""
    whole = reply.headers.get("content-type", "").startswith("application/json")
    decoder, content = EventDecoder(_LARGEST), bytearray()
    async with aclosing(cast("AsyncGenerator[bytes]", reply.aiter_bytes())) as chunks:
        async for chunk in chunks:
            if not whole:
                for event in decoder.feed(chunk):
                    yield event.data
                continue
            content += chunk
            if len(content) > _LARGEST:
                raise EventTooLargeError
    if whole:
        yield content.decode(errors="replace")


def _completions_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("The model's URL has to be like http://localhost:11434/v1.")
    base = url.rstrip("/")
    return base if base.endswith(_PATH) else base + _PATH
