"""The generated library package, a server to use it against, and clients of both colours."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tandem.codegen.__main__ import main
from tests.blocking import Blocking

from .library_client import make_client
from .library_server import LibraryServer, library_server

LIBRARY = Path(__file__).with_name("library.yaml")


@pytest.fixture(scope="session")
def library_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds the generated `library_api`."""
    folder = tmp_path_factory.mktemp("generated")
    assert main(["generate", str(LIBRARY), str(folder / "library_api")]) == 0
    return folder


@pytest.fixture(scope="session")
def library(library_folder: Path) -> Iterator[ModuleType]:
    """The generated package, imported."""
    sys.path.insert(0, str(library_folder))
    try:
        yield importlib.import_module("library_api")
    finally:
        sys.path.remove(str(library_folder))


@pytest.fixture(scope="session")
def models(library: ModuleType) -> ModuleType:
    """Its models."""
    return importlib.import_module("library_api.models")


@pytest.fixture
def server() -> Iterator[LibraryServer]:
    with library_server() as running:
        yield running


@pytest.fixture(params=["sync", "async"])
def client(request: pytest.FixtureRequest, library: ModuleType, server: LibraryServer) -> Iterator[Any]:
    """A client of the library; every test that takes it runs in both colours."""
    if request.param == "sync":
        with make_client(library, server.url, is_async=False) as made:
            yield made
    else:
        with asyncio.Runner() as runner, Blocking(make_client(library, server.url, is_async=True), runner) as driven:
            yield driven
