"""Every model of the generated packages goes to JSON and back without loss, whatever is in it."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tandem.models import Model
from tests.scale import scaled

from .strategies import JSON, models_of, objects_like

PACKAGES = {name: import_module(f"{name}.models") for name in ("interactor_api", "coordinaitor_api")}
CLASSES: list[type[Model]] = [
    getattr(models, name)
    for models in PACKAGES.values()
    for name in models.__all__
    if isinstance(getattr(models, name), type)
]
each_model = pytest.mark.parametrize(
    "cls", CLASSES, ids=lambda cls: f"{cls.__module__.partition('.')[0]}.{cls.__name__}"
)
pytestmark = pytest.mark.proof
TRIED = settings(
    max_examples=scaled(25, 4),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def test_every_model_is_tried() -> None:
    assert len(CLASSES) > 180
    assert all(issubclass(cls, Model) for cls in CLASSES)


@each_model
def test_a_model_goes_to_json_and_back(cls: type[Model]) -> None:
    @TRIED
    @given(models_of(cls))
    def check(model: Model) -> None:
        raw = json.loads(json.dumps(model.to_dict()))

        assert cls.from_dict(raw) == model

    check()


@each_model
def test_unknown_fields_are_kept_and_written_back(cls: type[Model]) -> None:
    @TRIED
    @given(models_of(cls), st.dictionaries(st.text(max_size=5).map("x-".__add__), JSON, min_size=1))
    def check(model: Model, extra: dict[str, Any]) -> None:
        raw = {**model.to_dict(), **extra}
        again = cls.from_dict(raw)

        assert {key: again.additional_properties[key] for key in extra} == extra
        assert again.to_dict() == raw

    check()


@each_model
def test_nonsense_in_known_fields_ends_in_a_value_or_a_value_error(cls: type[Model]) -> None:
    @TRIED
    @given(objects_like(cls))
    def check(raw: dict[str, Any]) -> None:
        try:
            model = cls.from_dict(raw)
        except ValueError:
            return
        json.dumps(model.to_dict())
        repr(model)

    check()
