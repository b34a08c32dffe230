"""Lists that come in pages: read from any shape, walked to their end, and always ending."""

from __future__ import annotations

import asyncio
import copy
import pickle
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from typing import Any, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem import Call, NotFoundError, Operation, Page, Request
from tandem._paging._pages import BasePage, call_after, page_info
from tandem.models import Model

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


def brings(items: list[Any]) -> Answer:
    """A page that is known to be the last: it will not be compared with another."""
    return answer({"data": items, "meta": {"page": 1, "total_pages": 1}})


@pytest.mark.parametrize("broken", ["x", None])
def test_an_item_that_was_taken_apart_in_vain_stays_an_error(make: MakeWorld, broken: Any) -> None:
    page = make(brings([{"n": 1}, {"n": broken}])).client.paginate(Call(TAKEN)).first_page()
    told = [TOLD[type(broken)]] * 3

    assert [refusal(page) for _ in told] == told


TOLD = {
    str: "ValueError: invalid literal for int() with base 10: 'x'",
    type(None): "TypeError: int() argument must be a string, a bytes-like object or a real number, not 'NoneType'",
}


def refusal(page: Any) -> str:
    with pytest.raises(AcmeDecodeError) as caught:
        list(page)
    return str(caught.value).partition("The reply cannot be read: ")[2].partition(" (")[0]


@pytest.mark.parametrize("strange", ["x", None, [1], 7])
def test_an_item_that_is_no_object_is_told_of_in_plain_words(make: MakeWorld, strange: Any) -> None:
    call = Call(replace(LIST, decode=Thing.from_fresh))
    page = make(brings([{"id": 1}, strange])).client.paginate(call).first_page()

    assert refusal(page) == f"TypeError: an item of the list is of type {type(strange).__name__}, not an object"


def exclaimed(text: Any) -> Any:
    return text + "!"


def test_what_other_items_have_wrong_with_them_is_told_as_it_is(make: MakeWorld) -> None:
    page = make(brings(["a", None])).client.paginate(Call(replace(LIST, decode=exclaimed))).first_page()

    assert refusal(page).startswith("TypeError: unsupported operand type(s)")


class Thing(Model):
    """A model as generated ones are."""

    id: Any

    @classmethod
    def from_fresh(cls, raw: dict[str, Any]) -> Self:
        made = cls()
        made.id = raw.pop("id", None)
        return made


def test_reading_a_page_after_an_interruption_finds_all_of_it(make: MakeWorld) -> None:
    interruptions: list[type[BaseException]] = [KeyboardInterrupt, ValueError]

    def interrupted(value: Any) -> int:
        found = taken(value)
        if found == 2 and interruptions:
            raise interruptions.pop(0)
        return found

    pager = make(brings([{"n": 1}, {"n": 2}])).client.paginate(Call(replace(TAKEN, decode=interrupted)))
    page = pager.first_page()

    with pytest.raises(KeyboardInterrupt):
        list(page)
    with pytest.raises(AcmeDecodeError):
        list(page)
    assert list(page) == [1, 2]


def test_threads_that_come_upon_a_page_together_find_the_same_items(make: MakeWorld) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(value: Any) -> int:
        begun.set()
        assert go_on.wait(5)
        return taken(value)

    pager = make(brings([{"n": 1}, {"n": 2}])).client.paginate(Call(replace(TAKEN, decode=slow)))
    page = pager.first_page()

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(lambda: page.items)
        assert begun.wait(5)
        second = threads.submit(lambda: page.items)
        go_on.set()
        assert first.result(5) is second.result(5)
    assert page.items == [1, 2]


def test_a_page_is_read_while_another_thread_is_stuck_in_it(make: MakeWorld) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def stuck(value: Any) -> int:
        found = taken(value)
        if threading.current_thread() is not threading.main_thread():
            begun.set()
            assert go_on.wait(5)
        return found

    pager = make(brings([{"n": 1}, {"n": 2}])).client.paginate(Call(replace(TAKEN, decode=stuck)))
    page = pager.first_page()

    with ThreadPoolExecutor(1) as threads:
        other = threads.submit(lambda: page.items)
        assert begun.wait(5)
        mine = page.items
        go_on.set()
        assert other.result(5) is mine
    assert mine == [1, 2]


def test_a_copy_of_a_page_has_its_items() -> None:
    client, *_ = world_of("sync", brings([{"n": 1}]))
    page = client.paginate(Call(TAKEN)).first_page()
    twin = copy.copy(page)

    assert (page.items, twin.items) == ([1], [1])


def test_a_page_that_is_made_by_hand_leaves_its_items_as_they_are() -> None:
    raw: list[Any] = [{"n": 1}, {"n": 2}]
    page: Page[Any] = Page(raw, {"page": 1}, taken)

    assert copy.deepcopy(page).items == pickle.loads(pickle.dumps(page)).items == page.items == [1, 2]
    assert raw == [{"n": 1}, {"n": 2}]


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


def two_pages(request: Request) -> Answer:
    return answer({"data": [1], "meta": {"page": 2 if "page=2" in request.url else 1, "total_pages": 2}})


def test_a_list_is_the_one_that_was_asked_for_whatever_becomes_of_the_options(make: MakeWorld) -> None:
    world = make(two_pages)
    headers, query = {"X-Trace": "a"}, {"q": "a"}
    options: Any = {"namespace": "a", "extra_headers": headers, "extra_query": query}
    pager = world.client.paginate(Call(LIST, options=options))
    options["namespace"] = headers["X-Trace"] = query["q"] = "b"

    assert list(pager) == [1, 1]
    assert (world.server.sent("x-space"), world.server.sent("x-trace")) == (["a"] * 2, ["a"] * 2)
    assert queries(world) == ["q=a", "page=2&q=a"]


def test_a_list_is_the_one_that_was_asked_for_whatever_becomes_of_its_arguments(make: MakeWorld) -> None:
    world = make(two_pages)
    tags = ["a"]
    pager = world.client.paginate(Call(LIST, query={"tags": tags}))
    tags.append("b")

    assert list(pager) == [1, 1]
    assert queries(world) == ["tags=a", "tags=a&page=2"]


def test_headers_that_know_what_they_say_are_asked_for_each_page(make: MakeWorld) -> None:
    class Fresh(Mapping[str, str]):
        def __getitem__(self, name: str) -> str:
            return f"t{len(world.server.requests)}"

        def __iter__(self) -> Iterator[str]:
            return iter(["X-Trace"])

        def __len__(self) -> int:
            return 1

    world = make(numbered)

    list(world.client.paginate(Call(LIST, options={"extra_headers": Fresh()})))
    assert world.server.sent("x-trace") == ["t0", "t1", "t2"]


def test_a_transport_that_adds_headers_does_not_add_them_to_the_next_walk(make: MakeWorld) -> None:
    def adding(request: Request) -> Answer:
        request.headers.append(("X-Trace", "1"))
        return answer({"data": []})

    world = make(adding)
    pager = world.client.paginate(Call(replace(LIST, authenticated=False)))

    pager.first_page()
    pager.first_page()
    assert world.server.sent("x-trace") == ["1", "1"]


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
