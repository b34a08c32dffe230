"""Times as platforms write them."""

from __future__ import annotations

import datetime
import subprocess
import sys

import pytest

from tandem.models import day, timestamp

MOMENT = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-02T03:04:05Z",
        "2026-01-02T03:04:05z",
        "2026-01-02T03:04:05",
        "2026-01-02T03:04:05.000+00:00",
        "2026-01-02T05:04:05+02:00",
        "20260102T030405Z",
    ],
)
def test_every_spelling_of_a_moment_reads_the_same(text: str) -> None:
    assert timestamp(text) == MOMENT


def test_a_moment_is_always_aware() -> None:
    assert timestamp("2026-01-02T24:00:00").tzinfo is not None


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01T00:00:00Z", "2026-01-02T03:04:60Z", "9" * 5000])
def test_a_text_that_is_no_time_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="not an ISO 8601 time"):
        timestamp(text)


@pytest.mark.parametrize("value", [None, 5, 1.5, {"a": 1}, ["2026"]])
def test_what_is_no_text_is_returned_as_it_came(value: object) -> None:
    assert timestamp(value) == value
    assert day(value) == value


def test_a_day_is_a_date() -> None:
    assert day("2026-01-02") == datetime.date(2026, 1, 2)
    assert day("2026-01-02T03:04:05z") == datetime.date(2026, 1, 2)


def test_usual_times_do_not_load_dateutil() -> None:
    read = "from tandem.models import timestamp; timestamp('2026-01-02T03:04:05Z')"
    code = f"import sys; {read}; print('dateutil' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
