"""What it costs to bring a platform up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from .bookshop import DOCUMENT

MEASURE = """
import sys, time
started = time.process_time()
from tandem.sandbox import Api, Platform, Registry
api = Api.from_file(sys.argv[1])
registry = Registry()
for operation in api.operations:
    registry.handles(operation.name)(lambda ctx: None)
platform = Platform(api, registry)
platform.app
platform.start()
taken = time.process_time() - started
heavy = [name for name in ("uvicorn", "jsonschema_rs", "yaml", "httpx", "attrs") if name in sys.modules]
print(len(api.operations), taken, *heavy)
"""


def large_document() -> dict[str, Any]:
    """The bookshop's document, several times over."""
    document: dict[str, Any] = json.loads(DOCUMENT.read_text())
    text = json.dumps(document["paths"])
    for number in range(6):
        more = json.loads(text.replace('"resource": "', f'"resource": "shop{number}.'))
        document["paths"] |= {f"/shop{number}{path}": item for path, item in more.items()}
    return document


def test_a_large_platform_is_built_in_a_moment_and_loads_only_what_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    path.write_text(json.dumps(large_document()))

    # As it is after an installation: with compiled modules at hand.
    settings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    settings["PYTHONPYCACHEPREFIX"] = str(tmp_path / "compiled")
    command = [sys.executable, "-c", MEASURE, str(path)]
    subprocess.run(command, check=True, capture_output=True, env=settings)
    runs = [subprocess.check_output(command, text=True, env=settings).split() for _ in range(3)]

    assert {operations for operations, *_ in runs} == {"84"}
    assert min(float(taken) for _, taken, *_ in runs) < 0.3
    assert [heavy for _, _, *heavy in runs] == [[], [], []]
