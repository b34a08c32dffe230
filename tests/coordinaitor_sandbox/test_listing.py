"""Which tasks a list shows, and in which order."""

from __future__ import annotations

from typing import Any

import pytest

from coordinaitor.sandbox._tasks_listing import is_plain, moment, selected, waiting_order


def task(name: str, **fields: Any) -> dict[str, Any]:
    return {
        "title": name,
        "description": None,
        "tags": [],
        "priority": "medium",
        "dueDate": None,
        "createdAt": "2026-01-15T10:30:00.000Z",
        **fields,
    }


def names(tasks: list[dict[str, Any]], **query: Any) -> list[str]:
    return [found["title"] for found in selected(tasks, query)]


def test_all_words_have_to_be_found_in_title_or_description_in_any_case() -> None:
    tasks = [task("Sign-up form", description="With E-MAIL"), task("Form"), task("Straße")]

    assert names(tasks, search="e-mail FORM") == ["Sign-up form"]
    assert names(tasks, search="STRASSE") == ["Straße"]


def test_all_tags_have_to_be_there() -> None:
    tasks = [task("both", tags=["a", "b"]), task("one", tags=["a"])]

    assert names(tasks, tags=["b", "a"]) == ["both"]


def test_moments_are_compared_as_moments_whatever_their_offset() -> None:
    tasks = [task("early", createdAt="2026-01-15T10:00:00.000Z"), task("late", createdAt="2026-01-15T12:00:00.000Z")]

    assert names(tasks, createdAfter="2026-01-15T13:00:00+02:00") == ["late"]
    assert names(tasks, createdBefore="2026-01-15T13:00:00+02:00") == ["early"]
    assert names(tasks, createdAfter="2026-01-15T12:00:00Z") == []


@pytest.mark.parametrize(
    ("order", "sorted_names"), [("asc", ["low", "high", "high too"]), ("desc", ["high", "high too", "low"])]
)
def test_priorities_are_sorted_by_what_they_mean(order: str, sorted_names: list[str]) -> None:
    tasks = [task("low", priority="low"), task("high", priority="high"), task("high too", priority="high")]

    assert names(tasks, sortBy="priority", sortOrder=order) == sorted_names


@pytest.mark.parametrize(
    ("order", "sorted_names"), [("asc", ["soon", "later", "never"]), ("desc", ["later", "soon", "never"])]
)
def test_what_is_never_due_comes_last_in_either_order(order: str, sorted_names: list[str]) -> None:
    tasks = [
        task("never"),
        task("later", dueDate="2026-02-15T23:00:00-02:00"),
        task("soon", dueDate="2026-02-16T00:30:00Z"),
    ]

    assert names(tasks, sortBy="dueDate", sortOrder=order) == sorted_names


@pytest.mark.parametrize(
    ("query", "plain"),
    [
        ({}, True),
        ({"status": "active", "sortBy": "createdAt", "sortOrder": "asc"}, True),
        ({"sortBy": "priority"}, False),
        ({"search": "a"}, False),
        ({"tags": ["a"]}, False),
        ({"createdAfter": "2026-01-15T10:30:00Z"}, False),
    ],
)
def test_only_what_the_store_can_do_is_left_to_it(query: dict[str, Any], plain: bool) -> None:
    assert is_plain(query) is plain


def test_the_most_urgent_is_taken_up_first_and_of_those_the_oldest() -> None:
    tasks = [
        task("new", createdAt="2026-01-17T10:30:00.000Z"),
        task("old", createdAt="2026-01-16T10:30:00.000Z"),
        task("urgent", priority="high", createdAt="2026-01-18T10:30:00.000Z"),
    ]

    assert [found["title"] for found in waiting_order(tasks)] == ["urgent", "old", "new"]


@pytest.mark.parametrize("text", ["2026-12-31T23:59:60Z", "0000-01-01T00:00:00Z", "soon"])
def test_a_moment_that_no_calendar_has_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an ISO 8601 time"):
        moment(text)
