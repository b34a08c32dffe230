"""The same document gives the same bytes; anything else in the package is seen."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tandem.codegen.__main__ import main

from .conftest import LIBRARY
from .documents import SMALL, changed, schemas, written


def files(folder: Path) -> dict[str, bytes]:
    found = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_same_document_gives_the_same_bytes_whatever_the_hash_seed(
    library_folder: Path, tmp_path: Path, seed: str
) -> None:
    command = [sys.executable, "-m", "tandem.codegen", "generate", str(LIBRARY), str(tmp_path / "elsewhere")]

    subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, check=True)

    assert files(tmp_path / "elsewhere") == files(library_folder / "library_api")


def test_no_cache_is_left_in_the_output(tmp_path: Path) -> None:
    main(["generate", str(LIBRARY), str(tmp_path / "library_api")])

    assert not [path for path in tmp_path.rglob("*") if "cache" in path.name]
    assert [path.name for path in tmp_path.iterdir()] == ["library_api"]


def test_a_package_that_is_as_generated_passes_the_check(library_folder: Path) -> None:
    assert main(["check", str(LIBRARY), str(library_folder / "library_api")]) == 0


def test_the_check_names_files_that_differ_are_missing_or_extra(
    library_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = tmp_path / "library_api"
    shutil.copytree(library_folder / "library_api", package)
    (package / "models" / "book.py").write_text("changed")
    (package / "api.py").unlink()
    (package / "resources" / "new.py").write_text("")

    code = main(["check", str(LIBRARY), str(package)])

    assert code == 1
    assert capsys.readouterr().out.splitlines() == [
        f"missing: {package / 'api.py'}",
        f"differs: {package / 'models' / 'book.py'}",
        f"extra: {package / 'resources' / 'new.py'}",
    ]


def test_checking_writes_nothing(library_folder: Path, tmp_path: Path) -> None:
    main(["check", str(LIBRARY), str(tmp_path / "nothing")])

    assert not list(tmp_path.iterdir())


def test_generating_again_removes_what_the_document_no_longer_has(tmp_path: Path) -> None:
    target = tmp_path / "small_api"
    main(["generate", str(written(SMALL, tmp_path)), str(target)])
    smaller = changed(lambda document: schemas(document)["Thing"]["properties"].pop("part"))

    main(["generate", str(written(smaller, tmp_path)), str(target)])

    assert "part" not in (target / "models" / "thing.py").read_text()
    main(
        [
            "generate",
            str(
                written(
                    changed(lambda d: schemas(d).pop("Door"), changed(lambda d: schemas(d).pop("Part"), smaller)),
                    tmp_path,
                )
            ),
            str(target),
        ]
    )
    assert not (target / "models" / "door.py").exists()


def test_a_folder_that_was_not_generated_is_never_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    precious = tmp_path / "home"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years of work")

    code = main(["generate", str(written(SMALL, tmp_path)), str(precious)])

    assert code == 2
    assert (precious / "thesis.txt").exists()
    assert "is no package of this generator" in capsys.readouterr().err


def test_the_document_itself_is_in_the_package(library_folder: Path) -> None:
    import json

    raw = json.loads((library_folder / "library_api" / "_document.json").read_text())

    assert list(raw)[:2] == ["openapi", "info"]
    assert raw["paths"]["/shelves"]["get"]["x-sdk"]["paginate"] == "cursor"
