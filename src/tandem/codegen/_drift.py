"""Whether the generated package is what its document says."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ._project import generate


def drift(source: Path, target: Path) -> list[str]:
    """What generating again would change, one line per file. Empty when nothing would."""
    with tempfile.TemporaryDirectory(prefix="codegen-check-") as scratch:
        fresh = Path(scratch) / target.name
        generate(source, fresh)
        wanted, present = _files(fresh), _files(target)
    return [
        f"{'missing' if name not in present else 'extra' if name not in wanted else 'differs'}: {target / name}"
        for name in sorted(wanted.keys() | present.keys())
        if wanted.get(name) != present.get(name)
    ]


def _files(folder: Path) -> dict[str, bytes]:
    # Bytecode is what importing leaves behind, in a committed package too.
    found = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
