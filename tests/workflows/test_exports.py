"""What `interactor.workflows` offers, and what it costs to import it."""

from __future__ import annotations

import subprocess
import sys

from interactor import workflows


def loaded(code: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after running this code."""
    script = f"import sys; before = set(sys.modules)\n{code}\nprint('\\n'.join(set(sys.modules) - before))"
    return set(
        subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.split()
    )


def test_every_public_name_is_there() -> None:
    for name in workflows.__all__:
        assert getattr(workflows, name) is not None
    assert set(workflows.__all__) <= set(dir(workflows))
    assert sorted(workflows.__all__) == workflows.__all__


def test_importing_loads_nothing() -> None:
    assert not [name for name in loaded("import interactor.workflows") if name.startswith("interactor.workflows._")]


def test_writing_checking_and_drawing_load_no_model_and_no_network() -> None:
    code = """
from interactor.workflows import Definition, field
definition = Definition("x").action("a", script="return {}").to("b", when=field("n") > 1).to("b").terminal("b")
assert len(definition.check()) == 0 and definition.route({"n": 2}) and definition.to_json() and definition.to_svg()
"""

    found = loaded(code)

    heavy = ("httpx", "httpcore", "anyio", "ssl", "yaml", "interactor_api.models", "interactor_api.resources")
    assert not [name for name in found if name.startswith(heavy)]
