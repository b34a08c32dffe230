"""Every model of the generated Interactor package goes to JSON and back without loss, whatever is in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from interactor_api import models

from tandem.models import Model
from tests.scale import scaled

from .strategies import JSON, models_of, objects_like

NAMES = sorted(name for name in models.__all__ if isinstance(getattr(models, name), type))
pytestmark = pytest.mark.proof
TRIED = settings(
    max_examples=scaled(25, 4),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def class_of(name: str) -> type[Model]:
    found: type[Model] = getattr(models, name)
    return found


def test_every_model_is_tried() -> None:
    assert len(NAMES) > 100
    assert all(issubclass(class_of(name), Model) for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_model_goes_to_json_and_back(name: str) -> None:
    @TRIED
    @given(models_of(class_of(name)))
    def check(model: Model) -> None:
        raw = json.loads(json.dumps(model.to_dict()))

        assert class_of(name).from_dict(raw) == model

    check()


@pytest.mark.parametrize("name", NAMES)
def test_unknown_fields_are_kept_and_written_back(name: str) -> None:
    @TRIED
    @given(models_of(class_of(name)), st.dictionaries(st.text(max_size=5).map("x-".__add__), JSON, min_size=1))
    def check(model: Model, extra: dict[str, Any]) -> None:
        raw = {**model.to_dict(), **extra}
        again = class_of(name).from_dict(raw)

        assert {key: again.additional_properties[key] for key in extra} == extra
        assert again.to_dict() == raw

    check()


@pytest.mark.parametrize("name", NAMES)
def test_nonsense_in_known_fields_ends_in_a_value_or_a_value_error(name: str) -> None:
    @TRIED
    @given(objects_like(class_of(name)))
    def check(raw: dict[str, Any]) -> None:
        try:
            model = class_of(name).from_dict(raw)
        except ValueError:
            return
        json.dumps(model.to_dict())
        repr(model)

    check()
