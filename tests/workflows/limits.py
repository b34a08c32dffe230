"""Definitions that reach a documented limit exactly, or pass it by one."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from .definitions import APPROVAL, EVERYTHING, Json, changed


def states(count: int) -> Json:
    names = [f"s{number}" for number in range(count)]
    chain = {one: {"type": "action", "transitions": [{"target": two}]} for one, two in pairwise(names)}
    return {"name": "n", "initial_state": "s0", "states": {**chain, names[-1]: {"type": "terminal"}}}


def transitions(count: int) -> Json:
    ways = [{"target": "approved", "condition": {"field": "n", "equals": number}} for number in range(count)]
    return changed(APPROVAL, "states.await_approval.transitions", [*ways[:-1], {"target": "rejected"}])


def fields(count: int) -> Json:
    asked = [{"name": f"f{number}", "type": "boolean"} for number in range(count)]
    return changed(APPROVAL, "states.await_approval.presentation.fields", asked)


def name(length: int) -> Json:
    return changed(APPROVAL, "name", "n" * length)


def code(size: int) -> Json:
    return changed(APPROVAL, "states.request.logic.code", "é" * (size // 2) + "x" * (size % 2))


def threads(count: int) -> Json:
    return changed(APPROVAL, "states.request.threads", {f"t{number}": "await_approval" for number in range(count)})


def largest_file(size: int) -> Json:
    return changed(EVERYTHING, "states.ask.presentation.fields.5.maxSize", size)


def size(count: int) -> Json:
    empty = changed(APPROVAL, "ai_guidance", "")
    there = len(json.dumps(empty, separators=(",", ":")))
    return changed(APPROVAL, "ai_guidance", "x" * (count - there))


LIMITS: list[tuple[Any, int, str, str]] = [
    (states, 100, "states", "too_many"),
    (transitions, 20, "states.await_approval.transitions", "too_many"),
    (fields, 50, "states.await_approval.presentation.fields", "too_many"),
    (threads, 9, "states.request.threads", "too_many"),
    (name, 64, "name", "too_long"),
    (code, 64 * 1024, "states.request.logic.code", "too_long"),
    (largest_file, 10 * 1024 * 1024, "states.ask.presentation.fields[5].maxSize", "too_large"),
    (size, 1024 * 1024, "", "too_large"),
]
