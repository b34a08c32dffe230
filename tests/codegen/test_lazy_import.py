"""Importing a generated package loads nothing; using a name loads what it needs; threads may do so together."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def run(folder: Path, code: str) -> list[str]:
    """What this code prints in a fresh interpreter that can import the generated package."""
    setup = f"import sys; sys.path.insert(0, {str(folder)!r})\n"
    return subprocess.run(
        [sys.executable, "-c", setup + code], capture_output=True, text=True, check=True
    ).stdout.split()


SHOW = "\nprint(*sorted(name for name in sys.modules if name.startswith('library_api')))"


def test_importing_the_package_loads_no_model(library_folder: Path) -> None:
    assert run(library_folder, "import library_api" + SHOW) == ["library_api"]


def test_importing_the_models_loads_no_model(library_folder: Path) -> None:
    assert run(library_folder, "from library_api import models" + SHOW) == ["library_api", "library_api.models"]


def test_a_model_loads_no_other_model(library_folder: Path) -> None:
    loaded = run(library_folder, "from library_api.models import Book; Book.from_dict({'title': 'a'})" + SHOW)

    assert loaded == ["library_api", "library_api.models", "library_api.models.book"]


def test_decoding_loads_the_models_that_are_met(library_folder: Path) -> None:
    code = "from library_api.models import Book; Book.from_dict({'author': {'name': 'a'}})"

    assert "library_api.models.author" in run(library_folder, code + SHOW)


def test_submodules_are_attributes_of_the_package(library_folder: Path) -> None:
    code = "import library_api; print(library_api.errors.LibraryError.__name__, library_api.models.Book.__name__)"

    assert run(library_folder, code) == ["LibraryError", "Book"]


def test_many_threads_may_load_the_same_models_at_once(library_folder: Path) -> None:
    code = """
import threading
from library_api import models
barrier = threading.Barrier(16)
raw = {"all": [{"not": {"field": "a", "equals": 1}}]}
seen = []
def work():
    barrier.wait()
    seen.append(type(models.decode_expression(raw).all[0].not_))
    seen.append(models.Comparison)
threads = [threading.Thread(target=work) for _ in range(16)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(len(seen), len(set(seen)))
"""

    assert run(library_folder, code) == ["32", "1"]
