"""The parsed document, once per session."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from .walking import Json

PATH = Path(__file__).parents[2] / "openapi" / "interactor.yaml"


@pytest.fixture(scope="session")
def source() -> str:
    return PATH.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def document(source: str) -> Json:
    parsed: Json = yaml.safe_load(source)
    return parsed
