"""Properties that come under other names too: what is read, and what is written back."""

from __future__ import annotations

import copy
import datetime
import pickle
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tandem.codegen.__main__ import main

from .documents import SMALL, Node, changed, schemas, written


@pytest.mark.parametrize("raw", [{"open": True}, {"active": True}, {"class": True}, {"active": True, "class": False}])
def test_what_came_under_an_alias_is_read_and_written_under_the_main_name(models: ModuleType, raw: Node) -> None:
    loan = models.Loan.from_dict(raw)

    assert loan.open is True
    assert loan.to_dict()["open"] is True
    assert "active" not in loan.to_dict()
    assert models.Loan.from_dict(loan.to_dict()) == loan


def test_where_the_main_name_came_an_alias_beside_it_is_an_unknown_field(models: ModuleType) -> None:
    raw = {"open": None, "active": True}

    loan = models.Loan.from_dict(raw)

    assert loan.open is None
    assert loan.to_dict() == {"active": True}


def test_an_alias_is_decoded_like_its_property(models: ModuleType) -> None:
    loan = models.Loan.from_dict({"dueAt": "2026-01-02T03:04:05Z", "borrowed": {"name": "a"}, "term": "long"})

    assert loan.due == datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
    assert loan.book == models.Section(name="a")
    assert loan.kind == "long"


def test_an_alias_that_is_a_property_itself_keeps_what_came(models: ModuleType) -> None:
    loan = models.Loan.from_dict({"label": "back"})

    assert (loan.mark, loan.label) == ("back", "back")
    assert loan.to_dict() == {"label": "back"}
    assert loan == models.Loan.from_dict(loan.to_dict())
    assert repr(loan) == "Loan(label='back')"


def test_each_of_two_such_properties_can_be_changed_alone(models: ModuleType) -> None:
    loan = models.Loan.from_dict({"label": "back"})

    loan.label = "front"
    assert (loan.mark, loan.to_dict()) == ("front", {"label": "front"})
    loan.mark = "spine"
    assert (loan.mark, loan.label) == ("spine", "front")


def test_such_a_property_is_given_and_shown_under_its_own_name(models: ModuleType) -> None:
    loan = models.Loan(open=True, due=None, mark="spine")

    assert loan.to_dict() == {"open": True, "mark": "spine"}
    assert repr(loan) == "Loan(open=True, mark='spine')"
    assert models.Loan.from_dict({"sticker": "spine"}).to_dict() == {"mark": "spine"}
    for twin in (pickle.loads(pickle.dumps(loan)), copy.deepcopy(loan)):
        assert (twin, twin.mark) == (loan, "spine")


def test_a_member_of_a_union_is_known_by_its_aliases_too(models: ModuleType) -> None:
    assert isinstance(models.decode_mention({"active": True, "dueAt": "2026-01-02T03:04:05Z"}), models.Loan)
    assert isinstance(models.decode_mention({"name": "a"}), models.Section)


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        ({"a": {"type": "string", "x-also": "b"}}, "a list of names, not 'b'"),
        ({"a": {"type": "string", "x-also": [""]}}, "a list of names"),
        ({"a": {"type": "string", "x-also": ["a"]}}, "'a' cannot stand for 'a' as well"),
        ({"a": {"x-also": ["c"]}, "b": {"x-also": ["c"]}}, "'c' cannot stand for 'b' as well"),
        ({"a": {"type": "string", "x-also": ["b"]}, "b": {"type": "integer"}}, "'b' is a property itself"),
        ({"id": {"type": "string", "x-also": ["b"]}, "b": {"type": "string"}}, "'b' is a property itself"),
    ],
)
def test_an_alias_that_cannot_be_one_is_refused(
    properties: dict[str, Any], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = changed(lambda small: schemas(small)["Thing"].update(properties=properties), SMALL)

    code = main(["generate", str(written(document, tmp_path)), str(tmp_path / "out")])

    assert code == 2
    assert told in capsys.readouterr().err
