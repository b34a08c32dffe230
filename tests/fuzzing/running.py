"""Runs of schemathesis over single operations, in a process of its own, which leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tandem.models import is_array, is_object
from tandem.sandbox import ApiOperation
from tests.scale import scaled

from .world import World

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PHASES = "examples,coverage,fuzzing"
EXAMPLES = scaled(30, 10)  # of each operation, in the last phase


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run: its exit status, and what it printed."""

    status: int
    report: str

    @property
    def passed(self) -> bool:
        return self.status == 0

    @property
    def cases(self) -> int:
        """How many requests were made up."""
        found = re.search(r"^ +(\d+) generated", self.report, re.MULTILINE)
        return int(found[1]) if found else 0


@dataclass(frozen=True, slots=True)
class Fuzzer:
    """Sends made-up requests to a world, and compares the replies with the document.

    Everything that a run writes goes into `folder`, but for tables of hypothesis' that are worth keeping, in `cache`.
    """

    world: World
    folder: Path
    cache: Path

    def run(
        self, operations: Iterable[ApiOperation], *more: str, examples: int = EXAMPLES, phases: str = PHASES
    ) -> Run:
        """Fuzz operations of one host. `more` are options of `st run`."""
        chosen = list(operations)
        names = [option for operation in chosen for option in ("--include-operation-id", operation_id(operation))]
        settings = self._write("schemathesis.toml", settings_text(self.world))
        document = self._write("document.json", json.dumps(adapted(self.world.sandbox.platform.api.document)))
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", settings, "run", document]
        options = ["--url", self._url(chosen), "--phases", phases, "--max-examples", str(examples), *names, *more]
        done = subprocess.run(
            [*command, *options], cwd=self.folder, env=self._environment(), capture_output=True, text=True, check=False
        )
        return Run(done.returncode, done.stdout + done.stderr)

    def _url(self, operations: Iterable[ApiOperation]) -> str:
        (host,) = {operation.host for operation in operations}
        return self.world.url(host)

    def _write(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def _environment(self) -> dict[str, str]:
        # A small one: for every request, the HTTP library looks through all of it for proxies.
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "PYTHONHASHSEED": "0",
            "PYTHONUTF8": "1",
            "HYPOTHESIS_STORAGE_DIRECTORY": str(self.cache),
            "SCHEMATHESIS_HOOKS": "tests.fuzzing.hooks",
            "SANDBOX_TOKEN": self.world.token,
        }


def operation_id(operation: ApiOperation) -> str:
    """`rooms.messages.list` as the document calls it."""
    return operation.name.replace(".", "_")


def settings_text(world: World) -> str:
    """The settings, with the dictionaries of a world."""
    words = [f"[dictionaries.{name}]\nvalues = {json.dumps(values)}\n" for name, values in world.words.items()]
    texts = [path.read_text(encoding="utf-8") for path in (HERE / "schemathesis.toml", world.settings)]
    return "\n".join([*texts, *words])


def adapted(node: Any) -> Any:
    """The document as schemathesis takes it.

    Without the vendor's hosts, for those of an operation would win over the sandbox's address. A stream's schema is
    that of a whole event, of which ours describes the data. How a token is obtained is no matter, nor what else may
    stand in for one: only then it tries the operations without one.
    """
    if is_array(node):
        return [adapted(item) for item in node]
    if not is_object(node):
        return node
    if node.get("type") == "oauth2" or (node.get("type") == "apiKey" and "in" in node):
        return {"type": "http", "scheme": "bearer"}
    changed = {key: adapted(value) for key, value in node.items() if key != "servers"}
    if (stream := changed.get("text/event-stream")) is not None:
        data = {"type": "string", "contentMediaType": "application/json", "contentSchema": stream["schema"]}
        event = {"type": "object", "required": ["id", "event", "data"], "properties": {"data": data}}
        changed["text/event-stream"] = {"schema": event}
    return changed
