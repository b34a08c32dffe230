"""The documents, each parsed once. A test that takes `platform` or `document` runs for every platform."""

from __future__ import annotations

import pytest

from .platforms import PLATFORMS, Platform
from .walking import Json, Operation, operations


@pytest.fixture(scope="session", params=PLATFORMS, ids=lambda platform: platform.name)
def platform(request: pytest.FixtureRequest) -> Platform:
    chosen: Platform = request.param
    return chosen


@pytest.fixture(scope="session")
def source(platform: Platform) -> str:
    return platform.source


@pytest.fixture(scope="session")
def document(platform: Platform) -> Json:
    return platform.document


@pytest.fixture(scope="session")
def all_operations(document: Json) -> list[Operation]:
    return operations(document)
