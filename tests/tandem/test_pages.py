"""Lists that come in pages: read from any shape, walked to their end, and always ending."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem import Call, NotFoundError, Operation, Page, Request
from tandem._paging._pages import BasePage, call_after, page_info

from .acme import HISTORY, LIST, AcmeDecodeError, AcmeInvalidRequestError, unchanged
from .conftest import MakeWorld, World, world_of
from .fakes import Answer, answer


def listing(**query: Any) -> Call[Any]:
    return Call(LIST, query=query)


def history(**query: Any) -> Call[Any]:
    return Call(HISTORY, ("t1",), query=query)


def queries(world: World) -> list[str]:
    return [request.url.partition("?")[2] for request in world.server.requests]


def numbered(request: Request) -> Answer:
    """Three pages of two items each."""
    page = int(request.url.partition("page=")[2] or 1)
    meta = {"page": page, "per_page": 2, "total": 6, "total_pages": 3, "has_more": page < 3}
    return answer({"data": [page * 10, page * 10 + 1], "meta": meta})


def test_iterating_goes_through_every_item_of_every_page(make: MakeWorld) -> None:
    world = make(numbered)

    assert list(world.client.paginate(listing())) == [10, 11, 20, 21, 30, 31]
    assert queries(world) == ["", "page=2", "page=3"]


def test_each_walk_starts_anew(make: MakeWorld) -> None:
    pager = make(numbered).client.paginate(listing())

    assert list(pager) == list(pager)


def test_pages_are_fetched_only_when_they_are_needed(make: MakeWorld) -> None:
    world = make(numbered)
    pager = world.client.paginate(listing())
    assert world.server.requests == []

    assert list(islice(pager, 3)) == [10, 11, 20]
    assert len(world.server.requests) == 2


def test_pages_go_one_by_one(make: MakeWorld) -> None:
    world = make(numbered)

    assert [page.items for page in world.client.paginate(listing()).pages()] == [[10, 11], [20, 21], [30, 31]]


def test_a_walk_that_met_an_error_goes_on_with_the_same_page(colour: str) -> None:
    client, server, *_ = world_of(colour, numbered, answer(b"", 404), numbered)
    pager = client.paginate(listing())

    with asyncio.Runner() as runner:
        if colour == "sync":
            walk = iter(pager)
            found = [next(walk), next(walk)]
            with pytest.raises(NotFoundError):
                next(walk)
            found.append(next(walk))
        else:
            tasks = aiter(pager)

            async def step() -> Any:
                return await anext(tasks)

            found = [runner.run(step()), runner.run(step())]
            with pytest.raises(NotFoundError):
                runner.run(step())
            found.append(runner.run(step()))

    assert found == [10, 11, 20]
    assert len(server.requests) == 3


def test_the_first_page_leads_to_the_next(make: MakeWorld) -> None:
    first = make(numbered).client.paginate(listing()).first_page()
    assert (first.page, first.per_page, first.total, first.total_pages, first.has_more) == (1, 2, 6, 3, True)

    second = first.next_page()
    assert second is not None
    third = second.next_page()
    assert third is not None
    assert (second.items, third.items, third.next_page()) == ([20, 21], [30, 31], None)


def test_a_walk_may_begin_in_the_middle(make: MakeWorld) -> None:
    world = make(numbered)

    assert list(world.client.paginate(listing(page=2))) == [20, 21, 30, 31]


def test_a_page_tells_how_it_came_about(make: MakeWorld) -> None:
    page = make(answer({"data": [1]}, 200, {"X-Request-Id": "r2"})).client.paginate(listing()).first_page()

    assert page.response_meta.request_id == "r2"
    assert list(page) == [1]
    assert repr(page).endswith("Page ? of ?, 1 thing>")


def test_options_hold_for_every_page(make: MakeWorld) -> None:
    world = make(numbered)
    call = Call(LIST, options={"extra_headers": {"X-Trace": "t"}, "namespace": "n1"})

    list(world.client.paginate(call))

    assert world.server.sent("x-trace") == ["t"] * 3
    assert world.server.sent("x-space") == ["n1"] * 3


def doubled(value: Any) -> int:
    """The decoder of an item: raises what decoders raise on nonsense."""
    return int(value) * 2


DOUBLED: Operation[int] = Operation(
    name="numbers.list", method="GET", path="/numbers", host="core", decode=doubled, result=("data",), paginate="page"
)


def test_items_are_decoded_when_they_are_first_asked_for(make: MakeWorld) -> None:
    seen: list[Any] = []
    meta = {"page": 1, "total_pages": 1, "total": 2}
    page = make(answer({"data": [1, 2], "meta": meta})).client.paginate(Call(replace(LIST, decode=seen.append)))
    first = page.first_page()

    assert (first.total, first.has_more) == (2, False)
    assert repr(first).endswith("Page 1 of 1, 2 things>")
    assert seen == []

    assert first.items is first.items
    assert seen == [1, 2]


def test_an_item_that_cannot_be_read_is_an_error_of_ours_each_time(make: MakeWorld) -> None:
    reply = answer({"data": [1, "x"]}, 200, {"X-Request-Id": "r9"})
    page = make(reply).client.paginate(Call(DOUBLED)).first_page()

    for _ in range(2):
        with pytest.raises(AcmeDecodeError, match="ValueError: invalid literal") as caught:
            list(page)
        assert caught.value.request_id == "r9"


def taken(value: Any) -> int:
    """The decoder of an item that takes it apart, as those of generated lists do."""
    return int(value.pop("n"))


TAKEN: Operation[int] = replace(DOUBLED, decode=taken)


@pytest.mark.parametrize("broken", ["x", None])
def test_an_item_that_was_taken_apart_in_vain_stays_an_error(make: MakeWorld, broken: Any) -> None:
    page = make(answer({"data": [{"n": 1}, {"n": broken}]})).client.paginate(Call(TAKEN)).first_page()

    with pytest.raises(AcmeDecodeError) as first:
        list(page)
    with pytest.raises(AcmeDecodeError) as second:
        list(page)
    assert second.value is first.value


@pytest.mark.parametrize("strange", ["x", None, [1], 7])
def test_an_item_that_is_no_object_is_told_of(make: MakeWorld, strange: Any) -> None:
    page = make(answer({"data": [{"n": 1}, strange]})).client.paginate(Call(TAKEN)).first_page()

    with pytest.raises(AcmeDecodeError, match=f"an item of the list is of type {type(strange).__name__}, not an obj"):
        list(page)


def test_a_page_whose_reading_was_interrupted_says_so(make: MakeWorld) -> None:
    def interrupted(value: Any) -> int:
        if value.pop("n") == 2:
            raise KeyboardInterrupt
        return 1

    pager = make(answer({"data": [{"n": 1}, {"n": 2}]})).client.paginate(Call(replace(TAKEN, decode=interrupted)))
    page = pager.first_page()

    with pytest.raises(KeyboardInterrupt):
        list(page)
    with pytest.raises(AcmeDecodeError, match="interrupted while its items were read"):
        list(page)


def test_threads_that_come_upon_a_page_together_find_the_same_items(make: MakeWorld) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(value: Any) -> int:
        begun.set()
        assert go_on.wait(5)
        return int(value.pop("n"))

    pager = make(answer({"data": [{"n": 1}, {"n": 2}]})).client.paginate(Call(replace(TAKEN, decode=slow)))
    page = pager.first_page()

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(lambda: page.items)
        assert begun.wait(5)
        second = threads.submit(lambda: page.items)
        with pytest.raises(TimeoutError):
            second.result(0.05)
        go_on.set()
        assert first.result(5) is second.result(5)
    assert page.items == [1, 2]


def test_pages_are_compared_as_they_came_even_when_their_items_were_taken_apart(make: MakeWorld) -> None:
    bodies = [{"data": [{"n": 1}, {"n": 2}]}, {"data": [{"n": 3}, {"n": 4}]}, {"data": [{"n": 3}, {"n": 4}]}]
    pager = make(*map(answer, bodies)).client.paginate(Call(TAKEN, query={"per_page": 2}))

    assert list(pager) == [1, 2, 3, 4]


def test_a_list_that_is_walked_again_sends_the_same(make: MakeWorld) -> None:
    world = make(answer({"data": [], "meta": {"page": 1, "total_pages": 1}}))
    pager = world.client.paginate(Call(LIST, query={"tag": "a b"}, options={"extra_headers": {"X-Trace": "t"}}))

    for deadline in (5.0, 6.0):
        world.clock.advance(deadline)
        pager.first_page()

    assert queries(world) == ["tag=a+b"] * 2
    assert world.server.sent("x-trace") == ["t"] * 2
    assert world.server.sent("authorization") == ["Bearer token-1"] * 2


def test_each_page_has_the_whole_deadline_of_the_options(make: MakeWorld) -> None:
    world = make(numbered)
    pager = world.client.paginate(Call(LIST, options={"deadline": 10.0}))

    for _ in pager.pages():
        assert world.server.requests[-1].deadline.remaining() == 10.0
        world.clock.advance(9.0)
    assert len(world.server.requests) == 3


def test_a_list_that_writes_has_a_key_of_its_own_each_time(make: MakeWorld) -> None:
    world = make(answer({"data": []}))
    pager = world.client.paginate(Call(replace(LIST, method="POST", idempotent=True)))

    pager.first_page()
    pager.first_page()

    first, second = world.server.sent("idempotency-key")
    assert first
    assert first != second


def test_a_walk_does_not_pass_over_a_page_that_cannot_be_read(colour: str) -> None:
    client, server, *_ = world_of(colour, answer({"data": ["x"], "meta": {"page": 1, "total_pages": 2}}))
    pager = client.paginate(Call(DOUBLED))

    with asyncio.Runner() as runner:
        walk: Any = iter(pager) if colour == "sync" else aiter(pager)

        async def step() -> Any:
            return await anext(walk)

        for _ in range(2):
            with pytest.raises(AcmeDecodeError):
                next(walk) if colour == "sync" else runner.run(step())

    assert len(server.requests) == 1


META_A = {"page": 1, "per_page": 2, "total": 5, "total_pages": 3}
META_B = {"current_page": 1, "per_page": 2, "total_count": 5, "total_pages": 3}
META_C = {"page": 1, "limit": 2, "total": 5, "pages": 3}


@pytest.mark.parametrize("meta", [META_A, META_B, META_C])
def test_each_spelling_of_page_numbers_is_read(meta: dict[str, int]) -> None:
    page = BasePage([1, 2], meta)

    assert (page.page, page.per_page, page.total, page.total_pages, page.has_more) == (1, 2, 5, 3, True)


@pytest.mark.parametrize(
    ("info", "items", "more"),
    [
        ({}, [1], False),
        ({"has_more": True}, [1], True),
        ({"hasNext": True}, [1], True),
        ({"has_more": False, "page": 1, "total_pages": 9}, [1], False),
        ({"has_more": "yes", "page": 1, "total_pages": 2}, [1], True),
        ({"has_more": True}, [], False),
        ({"has_more": True, "next_cursor": "c"}, [], True),
        ({"page": 3, "total_pages": 3}, [1], False),
        ({"page": 1, "total_pages": 10**400}, [], False),
        ({"page": 2, "per_page": 2, "total": 4}, [1], False),
        ({"page": 2, "per_page": 2, "total": 5}, [1], True),
        ({"page": "2", "total_pages": [3]}, [1], False),
        ({"next_cursor": "c"}, [1], True),
        ({"next_cursor": "c", "has_more": False}, [1], False),
        ({"next_cursor": None}, [1], False),
        ({"next_cursor": ""}, [1], False),
        ({"next_cursor": 7}, [1], False),
    ],
)
def test_whether_there_is_more_is_stated_or_derived(info: dict[str, Any], items: list[int], more: bool) -> None:
    assert BasePage(items, info).has_more is more


@pytest.mark.parametrize(
    "reply",
    [
        {"data": {"events": [1], "pagination": {"next_cursor": "c"}}},
        {"data": {"events": [1], "meta": {"next_cursor": "c"}}},
        {"data": {"events": [1]}, "pagination": {"next_cursor": "c"}},
        {"data": {"events": [1]}, "meta": {"next_cursor": "c"}},
        {"data": {"events": [1], "pagination": {"next_cursor": "c"}}, "meta": {"request_id": "r"}},
        {"data": {"events": [1]}, "meta": {"request_id": "r"}, "pagination": {"next_cursor": "c"}},
        {"events": [1], "pagination": {"next_cursor": "c"}},
    ],
)
def test_what_is_told_of_a_page_is_found_wherever_it_stands(reply: Any) -> None:
    assert page_info(reply, ("data", "events"))["next_cursor"] == "c"


@pytest.mark.parametrize("reply", [[1, 2], {"data": [1, 2]}, {"data": {"data": [1, 2]}}])
def test_a_bare_list_is_one_page(make: MakeWorld, reply: Any) -> None:
    operation: Operation[Any] = Operation(
        name="l", method="GET", path="/l", host="core", decode=unchanged, result=("data", "data"), paginate="page"
    )

    assert list(make(answer(reply)).client.paginate(Call(operation))) == [1, 2]


@pytest.mark.parametrize("reply", [{}, {"data": {}}, {"data": None}, "text", 7, {"data": {"events": "no"}}])
def test_a_list_without_a_list_is_an_error_of_ours(make: MakeWorld, reply: Any) -> None:
    with pytest.raises(AcmeDecodeError, match="a list was due at data"):
        make(answer(reply)).client.paginate(listing()).first_page()


def test_a_list_by_cursor_is_walked_to_its_end(make: MakeWorld) -> None:
    def steps(cursor: str | None, item: int) -> Answer:
        return answer(
            {"data": {"events": [item], "pagination": {"has_more": cursor is not None, "next_cursor": cursor}}}
        )

    world = make(steps("c1", 1), steps("c2", 2), steps(None, 3))

    assert list(world.client.paginate(history(limit=1))) == [1, 2, 3]
    assert queries(world) == ["limit=1", "limit=1&cursor=c1", "limit=1&cursor=c2"]


def test_a_cursor_that_repeats_ends_the_list(make: MakeWorld) -> None:
    world = make(answer({"data": {"events": [1], "pagination": {"has_more": True, "next_cursor": "same"}}}))

    assert list(world.client.paginate(history())) == [1, 1]


def test_a_server_that_sends_the_first_page_for_ever_ends_the_list(make: MakeWorld) -> None:
    world = make(answer({"data": [1], "meta": {"page": 1, "has_more": True}}))

    assert list(world.client.paginate(listing())) == [1, 1]


def test_a_list_that_comes_in_one_piece_has_no_second_page(make: MakeWorld) -> None:
    operation: Operation[Any] = Operation(
        name="l", method="GET", path="/l", host="core", decode=unchanged, result=("data",)
    )
    world = make(answer({"data": [1], "meta": {"has_more": True}}))

    assert list(world.client.paginate(Call(operation))) == [1]


def test_a_call_is_checked_when_the_list_is_asked_for(make: MakeWorld) -> None:
    client = make(numbered).client

    for bad in (
        Call(HISTORY, ("..",)),
        Call(LIST, options={"namespace": "NOT VALID"}),
        Call(LIST, options={"timeout": -1}),
        Call(LIST, query={"q": object()}),
    ):
        with pytest.raises(AcmeInvalidRequestError):
            client.paginate(bad)


JUNK = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)
)
KEYS = ["page", "current_page", "per_page", "limit", "total", "total_pages", "pages", "has_more", "next_cursor"]


@given(st.dictionaries(st.sampled_from(KEYS), JUNK), st.lists(st.integers(), max_size=2), st.booleans())
def test_any_page_info_leads_to_a_page_and_a_next_call_or_none(
    info: dict[str, Any], items: list[int], by_cursor: bool
) -> None:
    call = history() if by_cursor else listing()
    page: Page[int] = Page(items, info)

    repr(page)
    after = call_after(call, page, page_param="page", cursor_param="cursor")

    assert after is None or after.query != call.query
