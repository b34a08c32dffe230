"""Made-up replies by the thousand: none may end in an exception that is not ours.

    python -m tests.conformance.fuzz 1000000

Most replies are true ones of the sandbox that chance has changed; the rest are bytes without sense. Every twentieth
goes through the HTTP parser, head and all, and about every tenth to an asynchronous client. A run with the same seed
makes the same replies.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import pickle
import random
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Self

import coordinaitor.sandbox
import interactor.sandbox
from tandem import Headers, Request, Response, RetryPolicy, TandemError
from tests.blocking import Blocking
from tests.tandem.fakes import Answer

from .conftest import core_of
from .mutation import Mutator
from .products import COORDINAITOR, INTERACTOR, Product
from .scripted import AsyncScripted, Scripted, Wire, async_parsing, parsing

Play = Callable[[Any], Any]
ONCE = RetryPolicy(max_attempts=1)
THROUGH_THE_PARSER = 20  # every so many replies
ASYNCHRONOUS = 0.1  # of all calls
PICKLED = 50
STATE = {"type": "halting", "transitions": [{"key": "go", "target": "end"}]}
DEFINITION: dict[str, Any] = {"initial_state": "ask", "states": {"ask": STATE, "end": {"type": "terminal"}}}


def renew(client: Any) -> Any:
    """A token of the client's own."""
    held = core_of(client).tokens.valid
    if held is not None:
        core_of(client).tokens.drop(held)
    return client.auth.token()


def watch(client: Any) -> Any:
    with client.rooms.stream("room_1") as events:
        return list(events)


PLAYS: dict[str, Play] = {
    "assistants.create": lambda c: c.assistants.create(name="A", model="gpt-4", system_prompt="Be brief."),
    "assistants.list": lambda c: c.assistants.list().first_page(),
    "tools.create": lambda c: c.tools.create(name="t", description="d", parameters={"type": "object"}),
    "workflows.create": lambda c: c.workflows.create(name="w", **DEFINITION),
    "workflows.validate": lambda c: c.workflows.validate(name="w", **DEFINITION),
    "workflows.list": lambda c: c.workflows.list().first_page(),
    "webhooks.create": lambda c: c.webhooks.create(url="https://a.example/h", events=["room.message.created"]),
    "oauth.initiate": lambda c: c.oauth.initiate(provider="google", redirect_uri="https://a.example/c"),
    "oauth.jwks": lambda c: c.oauth.jwks(),
    "token": renew,
    "missing": lambda c: c.assistants.get("asst_none"),
    "invalid": lambda c: c.request("POST", "/assistants", body={"name": 7}),
    "raw": lambda c: c.request("GET", "/tools"),
}
TASKS: dict[str, Play] = {
    "tasks.create": lambda c: c.tasks.create(title="Build it", tags=["a"]),
    "tasks.list": lambda c: c.tasks.list().first_page(),
    "agents.create": lambda c: c.agents.create(name="Bot", type="coding", model="m", provider="p"),
    "agents.list": lambda c: c.agents.list().first_page(),
    "projects.create": lambda c: c.projects.create(name="Shop"),
    "users.me": lambda c: c.users.me.get(),
    "system.health": lambda c: c.system.health(),
    "system.metrics": lambda c: c.system.metrics(),
    "webhooks.create": lambda c: c.webhooks.create(url="https://a.example/h", events=["task.created"]),
    "auth.login": lambda c: c.auth.login(email="john@example.com", password="x"),
    "token": renew,
    "missing": lambda c: c.tasks.get("task-none"),
    "invalid": lambda c: c.request("POST", "/api/v1/tasks", body={"title": 7}),
    "raw": lambda c: c.request("GET", "/api/v1/tasks"),
}
EVENTS = b'id: 1\nevent: message.delta\ndata: {"type": "message.delta", "content": "Hi"}\n\n: beat\n\nretry: 5\n\n'


@dataclass(frozen=True)
class Target:
    """The client of one platform, and how its true replies come about."""

    product: Product
    plays: Mapping[str, Play]
    anonymous: Play
    """A call that needs no token."""
    sandbox: Callable[[], Any]
    replies: Mapping[str, Answer]
    """What the sandbox is not asked for."""

    def settings(self, transport: Any) -> dict[str, Any]:
        return {**self.product.settings("http://127.0.0.1"), "transport": transport, "retry": ONCE}

    def client(self, transport: Any) -> Any:
        return self.product.client(**self.settings(transport))


TARGETS = (
    Target(
        INTERACTOR,
        PLAYS,
        lambda c: c.oauth.jwks(),
        interactor.sandbox.Sandbox,
        {"stream": Answer(200, [("content-type", "text/event-stream")], [EVENTS])},
    ),
    Target(COORDINAITOR, TASKS, TASKS["auth.login"], lambda: coordinaitor.sandbox.Sandbox(pace=None), {}),
)


@dataclass
class Recorder:
    """Passes requests on, and keeps the last reply."""

    inner: Any
    last: Response = field(default_factory=lambda: Response(0, Headers(), b""))

    def send(self, request: Request) -> Response:
        self.last = self.inner.send(request)
        return self.last

    def open(self, request: Request) -> Any:
        return self.inner.open(request)

    def close(self) -> None:
        self.inner.close()


def true_replies(target: Target) -> dict[str, Answer]:
    """What the sandbox answers to each of the plays."""
    from tandem.sandbox import InProcessTransport

    found = dict(target.replies)
    with target.sandbox() as sandbox:
        recorder = Recorder(InProcessTransport(sandbox.platform))
        client = sandbox.client(in_process=True, transport=recorder, retry=ONCE)
        for name, play in target.plays.items():
            with contextlib.suppress(TandemError):  # a refusal is a true reply too
                play(client)
            last = recorder.last
            found[name] = Answer(last.status_code, list(last.headers.items()), [last.content])
    return found


class Fuzzer:
    """Feeds changed replies to a client, and counts how its calls end. `foreign` tells of those that must not be."""

    def __init__(self, seed: int, target: Target = TARGETS[0]) -> None:
        self.target = target
        self.rng = random.Random(seed)
        self.outcomes: Counter[str] = Counter()
        self.foreign: list[str] = []
        self._true = true_replies(target)
        self._names = sorted(self._true)
        self._mutator = Mutator(self.rng, [b"".join(map(_as_bytes, a.chunks)) for a in self._true.values()])
        self._scripted = Scripted()
        self._wire = Wire()
        self._runner = asyncio.Runner()
        self._fast = target.client(self._scripted), self._driven(AsyncScripted(self._scripted))
        self._parsed = target.client(parsing(self._wire)), self._driven(async_parsing(self._wire))
        for client in self._parsed:
            core_of(client).grant = None  # only its unauthenticated call is used

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._runner.close()

    def run(self, count: int) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # a reply may well announce one
            for number in range(count):
                self._round(self.rng.choice(self._names), through_the_parser=number % THROUGH_THE_PARSER == 0)

    def raw_reply(self) -> bytes:
        """A whole reply as bytes, for a socket."""
        return self._raw(self._true[self.rng.choice(self._names)])

    def _round(self, name: str, *, through_the_parser: bool) -> None:
        colour = self.rng.random() < ASYNCHRONOUS
        if through_the_parser:
            self.one(name, self.target.anonymous, self._parsed[colour], self._raw(self._true[name]))
        else:
            self.one(name, self.target.plays.get(name, watch), self._fast[colour], self._answer(name))

    def _driven(self, transport: Any) -> Any:
        return Blocking(self.target.product.async_client(**self.target.settings(transport)), self._runner)

    def one(self, name: str, play: Play, client: Any, made: object) -> None:
        """One call; what it ends in is shown, as a user would."""
        try:
            value = play(client)
            _ = repr(value)
            to_dict = getattr(value, "to_dict", None)
            if to_dict is not None:
                to_dict()
            self.outcomes["values"] += 1
        except self.target.product.root as error:
            _ = str(error), repr(error)
            self.outcomes[type(error).__name__] += 1
            if self.outcomes[type(error).__name__] % PICKLED == 0:
                _ = pickle.loads(pickle.dumps(error))
        except Exception as problem:  # what must not be
            self.outcomes["foreign"] += 1
            self.foreign.append(f"{name}: {type(problem).__name__}: {problem!s:.200} from {made!r:.600}")

    def _answer(self, name: str) -> Answer:
        true = self._true[name]
        body = self._mutator.body(b"".join(map(_as_bytes, true.chunks)))
        cut = int(self.rng.random() * len(body))
        answer = Answer(
            self._mutator.status(true.status), self._mutator.headers(true.headers), [body[:cut], body[cut:]]
        )
        self._scripted.answer = answer
        self._scripted.own_tokens = name != "token"
        return answer

    def _raw(self, true: Answer) -> bytes:
        body = self._mutator.body(b"".join(map(_as_bytes, true.chunks)))
        lines = b"".join(
            b"%s: %s\r\n" % (key.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
            for key, value in self._mutator.headers([])
        )
        whole = b"HTTP/1.1 %d OK\r\n%sContent-Length: %d\r\n\r\n%s" % (true.status, lines, len(body), body)
        self._wire.raw = whole if self.rng.random() < 0.2 else self._mutator.damage(whole)
        return self._wire.raw


def _as_bytes(chunk: object) -> bytes:
    return chunk if isinstance(chunk, bytes) else b""


def share(count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """How the calls of one process end. The first platform gets three replies in four."""
    outcomes, foreign = Counter[str](), list[str]()
    for target, part in zip(TARGETS, (count - count // 4, count // 4), strict=True):
        with Fuzzer(seed, target) as fuzzer:
            fuzzer.run(part)
            outcomes.update(fuzzer.outcomes)
            foreign += fuzzer.foreign
    return outcomes, foreign


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 20260120
    processes, started = os.cpu_count() or 1, time.perf_counter()
    counts = [count // processes + (number < count % processes) for number in range(processes)]
    with ProcessPoolExecutor(processes) as pool:
        shares = list(pool.map(share, counts, range(seed, seed + processes)))
    seconds = time.perf_counter() - started
    outcomes, foreign = Counter[str](), list(itertools.chain.from_iterable(found for _, found in shares))
    for ends, _ in shares:
        outcomes.update(ends)
    print("\n".join(foreign[:20]), end="\n" if foreign else "")
    print(json.dumps(dict(outcomes.most_common())))
    print(f"{outcomes.total():,} replies in {seconds:.0f} s (seed {seed}): {len(foreign)} foreign exceptions")
    return 1 if foreign else 0


if __name__ == "__main__":
    sys.exit(main())
