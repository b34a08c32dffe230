"""Keys that make a repeated call the same call."""

from __future__ import annotations

import datetime
import decimal
import enum
import subprocess
import sys
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem import Secret, idempotency_key
from tandem._conventions import refuse_header
from tandem._idempotency import new_key


class Kind(enum.Enum):
    ORDER = "order"


PARTS = st.lists(
    st.none() | st.booleans() | st.integers() | st.text() | st.dictionaries(st.text(), st.integers()), min_size=1
)


def test_a_new_key_is_never_the_same() -> None:
    assert len({new_key() for _ in range(1000)}) == 1000


@given(PARTS)
def test_a_key_can_always_be_sent(parts: list[Any]) -> None:
    key = idempotency_key(*parts)

    assert refuse_header("Idempotency-Key", key) is None
    assert key == idempotency_key(*parts)
    assert len(key) < 64


@given(st.lists(st.text(), min_size=1), st.lists(st.text(), min_size=1))
def test_different_parts_give_different_keys(one: list[str], other: list[str]) -> None:
    assert (idempotency_key(*one) == idempotency_key(*other)) == (one == other)


def test_values_of_different_types_are_different_parts() -> None:
    assert len({idempotency_key(part) for part in (1, "1", True, None, [1], 1.5)}) == 6


def test_the_order_of_an_object_does_not_matter() -> None:
    assert idempotency_key({"a": 1, "b": 2}) == idempotency_key({"b": 2, "a": 1})
    assert idempotency_key("a", "b") != idempotency_key("b", "a")


def test_a_key_is_the_same_in_every_process() -> None:
    code = "from tandem import idempotency_key; print(idempotency_key('order_1', 7, {'b': 1, 'a': None}))"
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()

    assert seen == idempotency_key("order_1", 7, {"a": None, "b": 1})


def test_a_key_does_not_show_its_parts() -> None:
    assert "4711" not in idempotency_key("card 4711")
    assert idempotency_key(Secret("a")) == idempotency_key("a"), "not of the mask, which would be the same for all"


def test_dates_ids_amounts_and_members_are_parts() -> None:
    keys = {
        idempotency_key(datetime.date(2026, 1, 2)),
        idempotency_key(datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)),
        idempotency_key(uuid.UUID(int=1)),
        idempotency_key(decimal.Decimal("1.50")),
        idempotency_key(Kind.ORDER),
    }

    assert len(keys) == 5


def test_a_part_whose_text_changes_from_process_to_process_is_refused() -> None:
    with pytest.raises(TypeError, match="cannot be made from object"):
        idempotency_key("order", object())


def test_no_part_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one value"):
        idempotency_key()
