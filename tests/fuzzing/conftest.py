"""A sandbox of its own for every test, and what fuzzes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis.configuration import set_hypothesis_home_dir

from interactor.sandbox import Sandbox
from tandem.sandbox import ApiOperation, Journal

from .running import Fuzzer
from .world import World, furnish

MakeFuzzer = Callable[[World], Fuzzer]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Not started yet; its journal forgets nothing."""
    made = Sandbox(seed=1)
    made.platform.journal = Journal(size=100_000)
    yield made
    made.close()


@pytest.fixture
def world(sandbox: Sandbox) -> World:
    return furnish(sandbox)


@pytest.fixture
def operations(sandbox: Sandbox) -> tuple[ApiOperation, ...]:
    return sandbox.platform.api.operations


@pytest.fixture
def cache(pytestconfig: pytest.Config, tmp_path: Path) -> Path:
    """Where hypothesis keeps tables of all characters, which it takes seconds to make."""
    kept: pytest.Cache | None = getattr(pytestconfig, "cache", None)  # there is none with -p no:cacheprovider
    return kept.mkdir("hypothesis") if kept else tmp_path


@pytest.fixture
def make_fuzzer(tmp_path: Path, cache: Path) -> MakeFuzzer:
    return lambda world: Fuzzer(world, tmp_path, cache)


@pytest.fixture
def fuzzer(make_fuzzer: MakeFuzzer, world: World) -> Fuzzer:
    return make_fuzzer(world)


@pytest.fixture(autouse=True)
def _home_of_hypothesis(cache: Path) -> None:
    set_hypothesis_home_dir(cache)
