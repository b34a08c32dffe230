"""What the platform will take away is told once, where the user's own line stands."""

from __future__ import annotations

import inspect
import uuid
import warnings
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem import Call, Headers
from tandem._deprecation import read_notice

from .acme import GET
from .conftest import MakeWorld
from .fakes import answer

SUNSET = {"Sunset": "Sat, 31 Dec 2033 23:59:59 GMT"}
LINK = {"Link": '<https://docs.test/a>; rel="help", <https://docs.test/gone>; rel="deprecation"; type="text/html"'}


def here() -> int:
    """The line of the caller."""
    return inspect.stack()[1].lineno


def fresh() -> Call[Any]:
    """A call of an operation that no test has called before."""
    return Call(replace(GET, path=f"/{uuid.uuid4().hex}/{{id}}"), ("t1",))


def notice(*headers: dict[str, str]) -> str | None:
    return read_notice(Headers([pair for each in headers for pair in each.items()]))


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ([{"Deprecation": "@1688169599"}], "is deprecated since 2023-06-30."),
        ([{"Deprecation": "Sun, 11 Nov 2018 23:59:59 GMT"}], "is deprecated since 2018-11-11."),
        ([{"Deprecation": "true"}], "is deprecated."),
        ([SUNSET], "is deprecated and goes away on 2033-12-31."),
        ([{"Sunset": "soon"}], "is deprecated and goes away."),
        ([LINK], "is deprecated. See https://docs.test/gone."),
        (
            [{"Deprecation": "@1688169599"}, SUNSET, LINK],
            "is deprecated since 2023-06-30 and goes away on 2033-12-31. See https://docs.test/gone.",
        ),
        ([SUNSET, {"Link": "<https://docs.test/s>;rel=sunset"}], "goes away on 2033-12-31. See https://docs.test/s."),
    ],
)
def test_headers_are_read_as_a_notice(headers: list[dict[str, str]], text: str) -> None:
    assert (notice(*headers) or "").endswith(text)


@pytest.mark.parametrize("headers", [{}, {"Link": '<https://x.test/2>; rel="next"'}, {"Link": "deprecation"}])
def test_headers_that_say_nothing_of_the_kind_are_no_notice(headers: dict[str, str]) -> None:
    assert notice(headers) is None


@given(st.text(max_size=80), st.text(max_size=40), st.text(max_size=40))
def test_any_text_in_the_headers_reads_as_a_notice_or_none(link: str, since: str, until: str) -> None:
    found = notice({"Link": f"<{link}>; rel=deprecation", "Deprecation": f"@{since}", "Sunset": until})

    assert found is not None
    assert found.isprintable()


def test_each_operation_warns_once_and_names_date_and_link(make: MakeWorld) -> None:
    client = make(answer({"data": {}}, 200, {**SUNSET, **LINK})).client
    one, other = fresh(), fresh()

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for call in (one, one, other, one):
            client.call(call)

    assert [warning.category for warning in seen] == [DeprecationWarning, DeprecationWarning]
    assert f"GET {one.operation.path} (things.get)" in str(seen[0].message)
    assert "2033-12-31" in str(seen[0].message)
    assert "https://docs.test/gone" in str(seen[0].message)


def test_the_warning_points_at_the_users_own_line(colour: str) -> None:
    import asyncio

    from .conftest import world_of

    client, _, _, _ = world_of(colour, answer({"data": {}}, 200, SUNSET))
    call = fresh()

    async def use() -> int:
        await client.call(call)
        return here() - 1

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        if colour == "async":
            line = asyncio.run(use())
        else:
            client.call(call)
            line = here() - 1

    assert (seen[0].filename, seen[0].lineno) == (__file__, line)


def test_a_reply_without_such_headers_warns_of_nothing(make: MakeWorld) -> None:
    make(answer({"data": {}})).client.call(fresh())
