"""What generated models do with what they know and what they do not."""

from __future__ import annotations

import copy
import datetime
import pickle
import typing
from types import ModuleType
from typing import Any

import pytest

from tandem import Headers, ResponseMeta
from tandem.models import Empty, attach_meta

BOOK: dict[str, Any] = {"title": "Solaris", "bookCode": 7, "format": "hardcover"}


def test_unknown_fields_are_kept_and_written_back_in_order(models: ModuleType) -> None:
    raw = {"name": "a", "zeta": {"x": None}, "alpha": [1]}

    section = models.Section.from_dict(raw)

    assert section.additional_properties == {"zeta": {"x": None}, "alpha": [1]}
    assert list(section.to_dict().items()) == list(raw.items())


def test_an_unknown_enum_value_stays_its_string(models: ModuleType) -> None:
    assert models.Book.from_dict({**BOOK, "format": "scroll"}).format == "scroll"


def test_an_unknown_member_of_a_union_stays_a_dict(models: ModuleType) -> None:
    assert models.decode_event({"type": "burnt", "by": "fire"}) == {"type": "burnt", "by": "fire"}
    assert models.decode_holding({"microfilm": True}) == {"microfilm": True}


@pytest.mark.parametrize("raw", [{"type": 1}, {"type": ["lent"]}, {"type": None}, {}, "lent", 7, None, ["lent"]])
def test_what_is_no_member_of_a_union_is_returned_as_it_came(models: ModuleType, raw: Any) -> None:
    assert models.decode_event(raw) == raw


def test_a_union_without_a_tag_is_told_apart_by_its_fields(models: ModuleType) -> None:
    book = models.Book.from_dict({**BOOK, "holdings": [{"url": "https://e.org"}, {"shelfCode": "A1"}]})

    assert [type(holding).__name__ for holding in book.holdings] == ["DigitalHolding", "PrintedHolding"]


def test_a_union_is_told_apart_by_a_constant_that_no_discriminator_names(models: ModuleType) -> None:
    assert models.decode_implicit({"kind": "square", "side": 2}).side == 2


def test_a_union_of_an_object_an_array_and_text_decodes_each(models: ModuleType) -> None:
    author = {"name": "Lem", "died": None}

    assert models.decode_book_related(author).name == "Lem"
    assert models.decode_book_related([author])[0].name == "Lem"
    assert models.decode_book_related("Lem") == "Lem"


def test_a_missing_field_reads_none_even_where_it_is_required(models: ModuleType) -> None:
    book = models.Book.from_dict({})

    assert (book.title, book.book_code, book.holdings) == (None, None, None)
    assert book.to_dict() == {}


def test_none_is_written_only_where_the_field_is_required_and_may_be_null(models: ModuleType) -> None:
    assert models.Author(name="Lem", died=None).to_dict() == {"name": "Lem", "died": None}
    assert models.Book.from_dict({**BOOK, "price": None}).to_dict() == BOOK


def test_a_required_field_of_any_type_keeps_its_null(models: ModuleType) -> None:
    raw = {"field": "a", "equals": None}

    assert models.Comparison.from_dict(raw).to_dict() == raw


def test_a_constant_need_not_be_given(models: ModuleType) -> None:
    assert models.Implicit1(radius=1.5).to_dict() == {"kind": "round", "radius": 1.5}


def test_containers_are_decoded_to_any_depth(models: ModuleType) -> None:
    raw = {
        **BOOK,
        "bySection": {"one": {"name": "a"}},
        "grid": [[{"name": "b"}], []],
        "history": ["2026-01-02T03:04:05Z"],
    }

    book = models.Book.from_dict(raw)

    assert book.by_section["one"].name == "a"
    assert book.grid[0][0].name == "b"
    assert book.history == [datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)]
    assert models.Book.from_dict(book.to_dict()) == book


def test_values_of_another_type_than_documented_are_kept_as_they_came(models: ModuleType) -> None:
    raw = {**BOOK, "holdings": "none", "bySection": [1], "author": 5, "grid": [7], "details": {"a": 1}}

    book = models.Book.from_dict(raw)

    assert book.to_dict() == raw


def test_awkward_names_get_an_underscore_and_keep_their_wire_names(models: ModuleType) -> None:
    raw = {
        "class": "a",
        "list": ["b"],
        "d": 1,
        "from_dict": "c",
        "to_dict": ["d"],
        "self": "e",
        "cls": "f",
        "dict": {"g": 1},
        "additional_properties": {"h": 1},
        "response_meta": "i",
        "@odd name!": "j",
        "1st": "k",
    }

    awkward = models.Awkward.from_dict(raw)

    assert (awkward.class_, awkward.list, awkward.d_, awkward.self_, awkward.odd_name) == ("a", ["b"], 1, "e", "j")
    assert (awkward.additional_properties_, awkward.additional_properties) == ({"h": 1}, {})
    assert awkward.to_dict() == raw


def test_a_password_is_masked_in_the_repr_and_plain_as_a_value(models: ModuleType) -> None:
    slip = models.Slip(slip_id="s1", pin="1234")

    assert slip.pin == "1234"
    assert repr(slip) == "Slip(slip_id='s1', pin=***)"


def test_the_repr_leaves_out_what_is_not_there(models: ModuleType) -> None:
    assert repr(models.Section(name="a")) == "Section(name='a')"
    assert repr(models.Section.from_dict({"name": "a", "b": 1})) == "Section(additional_properties={'b': 1}, name='a')"


def test_the_meta_of_a_reply_is_on_the_result_and_on_no_part_of_it(models: ModuleType) -> None:
    section = models.Section.from_dict({"name": "a", "children": [{"name": "b"}]})
    meta = ResponseMeta(200, Headers([("x-request-id", "req_1")]))

    attach_meta(section, meta)

    assert section.response_meta.request_id == "req_1"
    assert section == models.Section.from_dict(section.to_dict())
    assert "req_1" not in repr(section)
    with pytest.raises(AttributeError, match="a part of a result"):
        _ = section.children[0].response_meta


def test_meta_is_not_forced_on_values_that_cannot_carry_it() -> None:
    value = {"a": 1}

    attach_meta(value, ResponseMeta(200, Headers([])))

    assert value == {"a": 1}


def test_models_survive_pickling_and_copying_with_their_meta(models: ModuleType) -> None:
    section = models.Section.from_dict({"name": "a", "children": [{"name": "b"}], "extra": 1})
    attach_meta(section, ResponseMeta(201, Headers([])))

    for twin in (pickle.loads(pickle.dumps(section)), copy.copy(section), copy.deepcopy(section)):
        assert twin == section
        assert twin.response_meta.status_code == 201


def test_models_have_slots_and_refuse_misspelled_attributes(models: ModuleType) -> None:
    section = models.Section(name="a")

    with pytest.raises(AttributeError):
        section.nmae = "b"


def test_an_empty_result_says_so() -> None:
    assert repr(Empty.from_dict(None)) == "<Empty>"
    assert Empty.from_dict({"some": "thing"}) == Empty()


def test_aliases_of_unions_and_literals_are_types_at_run_time_too(models: ModuleType) -> None:
    for alias in (models.Event, models.Genre):
        assert type(None) in typing.get_args(alias | None)
