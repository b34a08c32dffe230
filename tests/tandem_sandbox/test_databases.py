"""A file that cannot keep the state is named, and let go of."""

from __future__ import annotations

import gc
import sqlite3
from pathlib import Path

import pytest

from tandem.sandbox import SandboxError, Store


@pytest.fixture(params=["no folder", "a folder", "no database", "other tables"])
def unusable(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "state.db"
    match request.param:
        case "no folder":
            return tmp_path / "nowhere" / "state.db"
        case "a folder":
            return tmp_path
        case "no database":
            path.write_text("This is a text, and a text is no database. " * 100)
        case _:
            other = sqlite3.connect(path)
            other.execute("CREATE TABLE documents (title TEXT)")
            other.close()
    return path


def test_a_path_that_cannot_be_used_is_named(unusable: Path) -> None:
    with pytest.raises(SandboxError) as caught:
        Store(unusable)

    assert str(caught.value).startswith(f"The state cannot be kept in {unusable}: ")


def test_nothing_is_held_of_it(unusable: Path) -> None:
    gc.collect()
    with pytest.raises(SandboxError):
        Store(unusable)

    gc.collect()  # a connection that was left open would be warned of, and a warning is an error

    assert [path.name for path in unusable.parent.glob("state.db-*")] == []
