"""Measuring in turn: whatever else the machine does falls on all contestants alike."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping

Sample = Mapping[str, float]
"""What one turn gave: quantity → value."""

ROUNDS = 7


def medians(turns: Mapping[str, Callable[[], Sample]], rounds: int = ROUNDS, warm: int = 1) -> dict[str, Sample]:
    """Contestant → the median of each quantity. Each round begins with another contestant."""
    names = list(turns)
    found: dict[str, list[Sample]] = {name: [] for name in names}
    for number in range(warm + rounds):
        begin = number % len(names)
        for name in names[begin:] + names[:begin]:
            sample = turns[name]()
            if number >= warm:
                found[name].append(sample)
    return {name: _median(samples) for name, samples in found.items()}


def _median(samples: list[Sample]) -> Sample:
    return {quantity: statistics.median(sample[quantity] for sample in samples) for quantity in samples[0]}
