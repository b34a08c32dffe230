"""Fault rules: what goes wrong on purpose, for which requests, and how often."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

Cut = Literal["before", "headers", "body"]
Then = Literal["cut", "silence", "garbage", "broken"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule. It applies to the requests that match `method`, `path`, `operation` and `when_header` (None: to all).

    What happens, all of it optional:

    - `delay`: seconds of real time before anything else.
    - `status` (with `headers`, `body`): this is answered, and the handler is not called. Without a body the
      product's own error envelope is used. `after_handler=True`: the handler acts first, and its reply is lost.
    - `cut`: the connection drops "before" a byte of the reply, after the "headers", or in the middle of the "body".
      "before" keeps the handler from acting unless `after_handler`; the other two cut the handler's own reply,
      or the one made of `status`.
    - `truncate`: the connection drops after this many bytes of the body, though `Content-Length` promised all.
    - `events`: this many events of a stream are written, and `then` the connection drops ("cut"), stays open without
      a byte ("silence"), carries bytes that are no event in the place of the next one and goes on ("garbage"), or
      ends in a chunk that is none ("broken").
    - `drip`: the body comes in single bytes, with so many seconds of real time between two of them.

    `path` is a glob over the path without its host prefix (`/books/*`), or over the whole path. `when_header` is the
    name of a header that a request has to carry: with "Last-Event-ID" only readers who come back are meant. `times`
    counts down, None is for ever; `probability` is drawn from the platform's seeded generator.
    """

    method: str | None = None
    path: str | None = None
    operation: str | None = None
    when_header: str | None = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Any = None
    delay: float = 0.0
    cut: Cut | None = None
    after_handler: bool = False
    truncate: int | None = None
    events: int | None = None
    then: Then = "cut"
    drip: float = 0.0
    times: int | None = 1
    probability: float = 1.0

    def __post_init__(self) -> None:
        problem = self._problem()
        if problem:
            raise ValueError(problem)

    def matches(
        self, method: str, paths: tuple[str, ...], operation: str | None, headers: Collection[str] = ()
    ) -> bool:
        """Whether a request with this method, under one of these paths, for this operation, with these is meant."""
        return (
            (self.method is None or self.method.upper() == method)
            and (self.operation is None or self.operation == operation)
            and (self.path is None or any(fnmatchcase(path, self.path) for path in paths))
            and (self.when_header is None or self.when_header.lower() in {name.lower() for name in headers})
        )

    @property
    def spares_handler(self) -> bool:
        """Whether the handler is not called at all."""
        return not self.after_handler and (self.status is not None or self.cut == "before")

    def _problem(self) -> str | None:
        if self.status is not None and not 200 <= self.status <= 599:
            return f"status must be 200 to 599, not {self.status}"
        if self.cut not in (None, "before", "headers", "body"):
            return f"cut must be before, headers or body, not {self.cut!r}"
        if self.then not in ("cut", "silence", "garbage", "broken"):
            return f"then must be cut, silence, garbage or broken, not {self.then!r}"
        if self.then != "cut" and self.events is None:
            return f"then={self.then!r} needs events: how many come before"
        for name in ("delay", "drip"):
            if not 0 <= getattr(self, name) < float("inf"):
                return f"{name} must be a number of seconds, not {getattr(self, name)}"
        if not 0 <= self.probability <= 1:
            return f"probability must be between 0 and 1, not {self.probability}"
        for name in ("times", "truncate", "events"):
            value = getattr(self, name)
            if value is not None and value < (1 if name == "times" else 0):
                return f"{name} must not be {value}"
        return None


class _Rule:
    __slots__ = ("fault", "hits", "left", "number")

    def __init__(self, number: int, fault: Fault) -> None:
        self.number = number
        self.fault = fault
        self.left = fault.times
        self.hits = 0


class FaultBook:
    """The rules in force, oldest first. The first that matches a request applies, and only that one."""

    def __init__(self, rng: random.Random | None = None) -> None:
        self._rng = rng or random.Random()  # noqa: S311  # chance in tests, not in locks
        self._rules: list[_Rule] = []
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> int:
        """Put a rule in force; the number it returns is for `remove`."""
        with self._lock:
            rule = _Rule(next(self._numbers), fault)
            self._rules.append(rule)
            return rule.number

    def remove(self, number: int) -> bool:
        """Take one rule out of force. False when it is not there, or already used up."""
        with self._lock:
            before = len(self._rules)
            self._rules = [rule for rule in self._rules if rule.number != number]
            return len(self._rules) < before

    def clear(self) -> None:
        """No rule is in force."""
        with self._lock:
            self._rules.clear()

    def describe(self) -> list[dict[str, Any]]:
        """The rules in force as plain values, with how often each applied and what is left of it."""
        with self._lock:
            rules = list(self._rules)
        return [
            {"id": rule.number, "hits": rule.hits, "left": rule.left, **describe_fault(rule.fault)} for rule in rules
        ]

    def take(
        self, method: str, paths: tuple[str, ...], operation: str | None, headers: Collection[str] = ()
    ) -> Fault | None:
        """The rule that applies to this request, counted down; None when nothing goes wrong."""
        with self._lock:
            for rule in self._rules:
                if not rule.fault.matches(method, paths, operation, headers):
                    continue
                if rule.fault.probability < 1 and self._rng.random() >= rule.fault.probability:
                    continue
                rule.hits += 1
                if rule.left is not None:
                    rule.left -= 1
                self._rules = [kept for kept in self._rules if kept.left != 0]
                return rule.fault
        return None


def describe_fault(fault: Fault) -> dict[str, Any]:
    """A rule as plain values."""
    values = {name: getattr(fault, name) for name in Fault.__dataclass_fields__}
    values["headers"] = dict(fault.headers)
    return values
