"""What was measured, as tables: `benchmarks/results.md`."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from ._contestants import DEFAULT, FAST

PLACE = Path(__file__).with_name("results.md")
_LIBRARIES = "httpx httpx2 httpx-sse aiohttp pyreqwest orjson openai anthropic stripe svix"
_INTRODUCTION = """# Measured

Written by `make bench` in {minutes:.1f} minutes: {where}; {libraries}.

Each contestant has a process of its own. All of them take turns in at least five rounds; a figure is the median of
its rounds, a ratio that of two medians of the same run. Ratios hold from machine to machine, absolute figures do not.
`{default}` is a default installation, `{fast}` one with the `fast` extra.
"""


class Figure(NamedTuple):
    """What one mode of installation reached, beside what it should reach."""

    name: str
    mode: str
    measured: float
    limit: float
    explain: Callable[[], str]
    """Where the time goes: asked when the figure is missed."""
    at_least: bool = False

    @property
    def hit(self) -> bool:
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit

    @property
    def target(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.limit:g}"


class Topic(NamedTuple):
    """One table of everything that was measured for it, and the figures that have targets."""

    title: str
    remark: str
    columns: Sequence[str]
    rows: Mapping[str, Sequence[str]]
    """Contestant → cells."""
    figures: Sequence[Figure] = ()


def number(value: float) -> str:
    """With three digits, or all of those before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def beside(value: float, bare: float) -> str:
    """A figure, and its ratio to that of bare httpx where that got anywhere."""
    return f"**{value / bare:.2f}** · {number(value)}" if bare else number(value)


def targets(topics: Sequence[Topic]) -> str:
    """The figures that have targets, both modes side by side."""
    figures = [figure for topic in topics for figure in topic.figures]
    found = {(figure.name, figure.mode): figure for figure in figures}
    rows = {}
    for name in dict.fromkeys(figure.name for figure in figures):
        rows[name] = [cell for mode in (DEFAULT, FAST) for cell in _cells(found.get((name, mode)))]
    return _table(["default install", "target", "", "with `[fast]`", "target", ""], rows)


def _cells(figure: Figure | None) -> list[str]:
    if figure is None:
        return ["", "", ""]
    return [f"{figure.measured:.2f}", figure.target, "hit" if figure.hit else "**missed**"]


def told(topic: Topic) -> str:
    """A topic's table."""
    return f"## {topic.title}\n\n{topic.remark}\n\n{_table(topic.columns, topic.rows)}"


def explained(topics: Sequence[Topic]) -> str:
    """For each figure that was missed, where the time goes."""
    missed = [figure for topic in topics for figure in topic.figures if not figure.hit]
    if not missed:
        return "Every target was hit."
    return "\n\n".join(
        f"### {figure.name} ({figure.mode}: {figure.measured:.2f}, target {figure.target})\n\n"
        f"```\n{figure.explain()}\n```"
        for figure in missed
    )


def document(topics: Sequence[Topic], seconds: float, load: float) -> str:
    """All of it."""
    where = f"Python {platform.python_version()}, {os.cpu_count()} cores, load average {load:.1f} at the beginning"
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES.split())
    introduction = _INTRODUCTION.format(
        minutes=seconds / 60, where=where, libraries=libraries, default=DEFAULT, fast=FAST
    )
    parts = [introduction.rstrip(), "## Targets", targets(topics), *map(told, topics)]
    parts += ["## Where the time goes in what was missed", explained(topics)]
    return "\n\n".join(parts) + "\n"


def _table(columns: Sequence[str], rows: Mapping[str, Sequence[str]]) -> str:
    lines = [["", *columns], ["---"] * (len(columns) + 1), *([name, *cells] for name, cells in rows.items())]
    return "\n".join(re.sub(" +", " ", f"| {' | '.join(line)} |") for line in lines)
