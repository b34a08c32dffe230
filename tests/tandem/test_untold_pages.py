"""Lists whose platform hardly says whether there is more: none ends early, none goes on for ever."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest

from tandem import Call, Request
from tandem._paging._pages import BasePage

from .acme import HISTORY, LIST
from .conftest import MakeWorld, World
from .fakes import Answer, answer

Pages = Callable[[Request], Answer]
ITEMS = [[10, 11], [20, 21], [30]]


def asked(request: Request) -> int:
    return int(dict(part.split("=") for part in request.url.partition("?")[2].split("&") if part).get("page", 1))


def serving(tell: Callable[[int], dict[str, Any]], items: list[list[int]] | None = None) -> Pages:
    """Pages of which a reply tells this, beside its items; nothing but the items after the last."""

    def step(request: Request) -> Answer:
        number, pages = asked(request), items or ITEMS
        found = pages[number - 1] if number <= len(pages) else []
        return answer({"data": found, **tell(number)})

    return step


def walked(world: World, **query: Any) -> tuple[list[int], int]:
    """The items of a walk, and the requests that it took."""
    found = list(world.client.paginate(Call(LIST, query=query)))
    return found, len(world.server.requests)


def links(number: int) -> dict[str, Any]:
    return {"links": {"next": f"/things?page={number + 1}" if number < 3 else None}}


def numbers_as_text(number: int) -> dict[str, Any]:
    return {"pagination": {"page": str(number), "limit": "2", "total": "5", "pages": "3"}}


def words_as_text(number: int) -> dict[str, Any]:
    return {"pagination": {"hasNext": "true" if number < 3 else "False"}}


@pytest.mark.parametrize("tell", [links, numbers_as_text, words_as_text])
def test_a_list_goes_on_whichever_way_it_says_so(make: MakeWorld, tell: Callable[[int], dict[str, Any]]) -> None:
    assert walked(make(serving(tell))) == ([10, 11, 20, 21, 30], 3)


def test_numbers_as_text_are_numbers() -> None:
    page = BasePage([1, 2], {"page": "1", "limit": "2", "total": "5", "pages": "3"})

    assert (page.page, page.per_page, page.total, page.total_pages) == (1, 2, 5, 3)


@pytest.mark.parametrize("text", ["", "-1", "1.5", "9" * 5000, "x"])
def test_another_text_is_no_number(text: str) -> None:
    assert BasePage([1], {"total": text}).total is None


@pytest.mark.parametrize("ahead", [0, 3])
def test_after_a_full_page_another_is_asked_for(make: MakeWorld, ahead: int) -> None:
    world = make(serving(lambda _: {}))

    found = world.client.paginate(Call(LIST, query={"limit": 2}, options={"prefetch": ahead}))

    assert list(found) == [10, 11, 20, 21, 30]
    assert len(world.server.requests) == 3


def test_an_empty_page_ends_a_list_of_full_ones(make: MakeWorld) -> None:
    assert walked(make(serving(lambda _: {}, ITEMS[:2])), per_page=2) == ([10, 11, 20, 21], 3)


@pytest.mark.parametrize("ahead", [0, 3])
def test_a_platform_that_knows_no_pages_shows_each_item_once(make: MakeWorld, ahead: int) -> None:
    world = make(answer({"data": [1, 2]}))
    pager = world.client.paginate(Call(LIST, query={"limit": 2}, options={"prefetch": ahead}))

    assert list(islice(pager, 9)) == [1, 2]
    assert len(world.server.requests) == 2


def test_a_page_that_turned_out_to_be_the_last_says_so(make: MakeWorld) -> None:
    page = make(answer({"data": [1, 2]})).client.paginate(Call(LIST, query={"limit": 2})).first_page()
    assert page.has_more

    assert page.next_page() is None
    assert not page.has_more


@pytest.mark.parametrize(
    ("told", "query"),
    [
        ({}, {}),
        ({}, {"limit": 3}),
        ({}, {"limit": 0}),
        ({"meta": {"total": 2}}, {"limit": 2}),
        ({"meta": {"total_pages": 1}}, {"limit": 2}),
        ({"meta": {"has_more": False}}, {"limit": 2}),
        ({"links": {"next": None}}, {"limit": 2}),
        ({"links": {"next": ""}}, {"limit": 2}),
    ],
)
def test_nothing_is_asked_for_after_a_page_that_ends_the_list(
    make: MakeWorld, told: dict[str, Any], query: dict[str, Any]
) -> None:
    assert walked(make(answer({"data": [1, 2], **told})), **query) == ([1, 2], 1)


def test_a_full_page_without_a_cursor_ends_a_list_by_cursor(make: MakeWorld) -> None:
    world = make(answer({"data": {"events": [1, 2]}}))

    assert list(world.client.paginate(Call(HISTORY, ("t1",), query={"limit": 2}))) == [1, 2]
    assert len(world.server.requests) == 1


def test_an_empty_list_shows_its_numbers() -> None:
    page: BasePage[Any] = BasePage([], {"page": 1, "total": 0, "total_pages": 0})

    assert repr(page) == "<BasePage 1 of 0, 0 items>"
