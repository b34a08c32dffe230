"""Each asynchronous class and function is its synchronous twin's text with `await`."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import coordinaitor
import interactor
import tandem

from .washing import DIFFERENT, SPELLINGS, modules, twins

MODULES = [
    path for package in (tandem, interactor, coordinaitor) for path in modules(Path(str(package.__file__)).parent)
]
PAIRS = [(f"{path.name}:{name}", washed, twin) for path in MODULES for name, washed, twin in twins(path.read_text())]
SAMPLE = '''
class Auth:
    """One docstring."""
    def fetch(self, key):
        with closing(self.open(key)) as reply:
            for chunk in reply.iter_bytes():
                yield from self.read(chunk)
        return next(self.walk)

class AsyncAuth:
    """Another docstring."""
    async def fetch(self, key):
        async with aclosing(await self.open(key)) as reply:
            async for chunk in reply.iter_bytes():
                for event in self.read(chunk):
                    yield event
        return await anext(self.walk)
'''
DRIFTS = [
    ("async def fetch(self, key)", "async def fetch(self, key, extra=None)"),
    ("return await anext(self.walk)", "return await anext(self.run)"),
    ("return await anext(self.walk)", "await anext(self.walk)"),
    ("aclosing(await self.open(key))", "aclosing(await self.open(None))"),
    ("                    yield event", "                    yield event, 1"),
    ("class AsyncAuth:", "class AsyncAuth(Base):"),
    ("    async def fetch", "    retries = 3\n    async def fetch"),
    ("        async with aclosing", "        if key:\n            return\n        async with aclosing"),
]


@pytest.mark.parametrize(("name", "washed", "twin"), PAIRS, ids=[name for name, _, _ in PAIRS])
def test_an_asynchronous_definition_is_its_twin_with_await(name: str, washed: str, twin: str | None) -> None:
    if name in DIFFERENT:
        assert washed != twin, "it is the same by now: take it off the list"
        return
    assert twin is not None, "it has no synchronous twin"
    assert washed == twin


def test_the_pairs_are_the_ones_that_there_are() -> None:
    names = {name.partition(":")[2] for name, _, _ in PAIRS}

    assert {
        "AsyncAuth",
        "AsyncClient",
        "AsyncHttpxReply",
        "AsyncHttpxTransport",
        "AsyncInstances",
        "AsyncInteractorClient",
        "AsyncItemWalk",
        "AsyncNothing",
        "AsyncOrchestratorClient",
        "AsyncPage",
        "AsyncPageWalk",
        "AsyncPager",
        "AsyncReplyStream",
        "AsyncResource",
        "AsyncStream",
        "AsyncTokenStore",
        "AsyncTransport",
        "AsyncWorkflows",
        "async_read_whole",
    } <= names


def test_every_exception_to_the_rule_exists_and_has_a_reason() -> None:
    assert set(DIFFERENT) <= {name for name, _, _ in PAIRS}
    assert all(len(reason) > 20 for reason in DIFFERENT.values())


def test_every_spelling_is_needed() -> None:
    source = "".join(path.read_text() for path in MODULES)

    assert [name for name in SPELLINGS if name not in source] == []


def test_the_sample_has_no_drift() -> None:
    ((name, washed, twin),) = twins(SAMPLE)

    assert name == "AsyncAuth"
    assert washed == twin


@pytest.mark.parametrize(("text", "drifted"), DRIFTS)
def test_a_drift_is_found(text: str, drifted: str) -> None:
    assert SAMPLE.count(text) == 1

    ((_, washed, twin),) = twins(SAMPLE.replace(text, drifted))

    assert washed != twin


@pytest.mark.parametrize("text", ["class AsyncAuth:", "class Auth:"])
def test_a_definition_without_a_twin_is_found(text: str) -> None:
    found = list(twins(SAMPLE.replace(text, text.replace("Auth", "Other"))))

    assert [twin for _, _, twin in found] == [None]


@pytest.mark.parametrize("name", [name for name in tandem.__all__ if name.startswith("Async")])
def test_both_colours_have_the_same_methods_with_the_same_parameters(name: str) -> None:
    other, one = getattr(tandem, name), getattr(tandem, name.removeprefix("Async"), None)
    assert one is not None

    def signatures(cls: type) -> dict[str, list[str]]:
        methods = inspect.getmembers(cls, inspect.isfunction)
        return {SPELLINGS.get(key, key): list(inspect.signature(method).parameters) for key, method in methods}

    assert signatures(other) == signatures(one)
