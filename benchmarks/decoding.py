"""A reply of a hundred objects, from a dictionary to models: beside the parsing of its text."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from ._contestants import DEFAULT, FAST
from ._crew import Crew
from ._fixtures import page_of
from ._results import Figure, Topic, beside
from ._rounds import Sample, medians

ROUNDS = 15
TURNS = 20
CALLS = 5
LIMIT = 0.8


def taken(name: str) -> Sample:
    """Microseconds for a page of a hundred models, and for `json.loads` of its text.

    Both in one process by turns of some milliseconds: another tenant of the machine slows both down or neither.
    """
    text = json.dumps(page_of(1, 1, items=100), separators=(",", ":")).encode()
    work: dict[str, Callable[[Any], object]] = {"models": _models(), "json.loads": lambda _: json.loads(text)}
    spent = dict.fromkeys(work, 0.0)
    for _ in range(TURNS):
        for quantity, run in work.items():
            run(json.loads(text))  # what the other one has pushed out of the caches comes back
            for _ in range(CALLS):
                reply = json.loads(text)  # a new one each time, as in a client: its items are taken apart
                started = time.process_time()
                run(reply)
                spent[quantity] += time.process_time() - started
    return {quantity: seconds / (TURNS * CALLS) * 1e6 for quantity, seconds in spent.items()}


def _models() -> Callable[[Any], object]:
    """What a client does with a reply that has been parsed, when the items of its page are read."""
    from interactor_api.resources.assistants import LIST

    from tandem import Call, Headers, Page
    from tandem._meta import ResponseMeta
    from tandem._paging._pages import page_call

    decode = page_call(Call(LIST), Page).operation.decode
    meta = ResponseMeta(200, Headers())

    def read(reply: Any) -> object:
        page = decode(reply)
        page.comes_from(meta, refused, partial(decode, reply))
        if page.items[-1].updated_at is None:
            raise AssertionError("there was nothing to decode")
        return page

    def refused(problem: Exception) -> Any:
        raise problem

    return read


def measured(crew: Crew, url: str) -> list[Topic]:
    found = medians({name: partial(crew[name].run, taken) for name in (DEFAULT, FAST)}, ROUNDS)
    figures = [
        Figure(
            "100 models from a dictionary: CPU ÷ json.loads of its text",
            mode,
            found[mode]["models"] / found[mode]["json.loads"],
            LIMIT,
            partial(crew[mode].profile, taken),
        )
        for mode in (DEFAULT, FAST)
    ]
    rows = {
        name: [beside(found[name][quantity], found[name]["json.loads"]) for quantity in ("json.loads", "models")]
        for name in (DEFAULT, FAST)
    }
    remark = "Ten fields each, two of them times: **ratio to `json.loads`**, of the same process · microseconds of CPU."
    return [Topic("Decoding", remark, ["json.loads of the text", "a page of 100 models"], rows, figures)]
