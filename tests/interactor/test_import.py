"""Importing the package loads almost nothing; names load what they need; `__all__` is true."""

from __future__ import annotations

import subprocess
import sys

import interactor

NAMES: list[str] = vars(interactor)["__all__"]

HEAVY = (
    "attrs",
    "attr",
    "httpx",
    "anyio",
    "interactor_api.models",
    "interactor_api.resources",
    "dateutil",
    "json",
    "ssl",
)


def loaded(code: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after running this code."""
    script = f"import sys; before = set(sys.modules)\n{code}\nprint('\\n'.join(set(sys.modules) - before))"
    return set(
        subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.split()
    )


def test_importing_loads_no_model_and_no_http_library() -> None:
    modules = loaded("import interactor")

    assert not [name for name in modules if name.startswith(HEAVY)]
    assert len(modules) < 60


def test_making_a_client_loads_no_model() -> None:
    modules = loaded("from interactor import InteractorClient; InteractorClient(client_id='a', client_secret='b')")

    assert not [name for name in modules if name.startswith("interactor_api.models.")]
    assert "ssl" not in modules


FIRST_CALL = """
import os, sys
os.environ["INTERACTOR_TRANSPORT"] = "httpx"
sys.modules["orjson"] = None
from interactor import APIConnectionError, InteractorClient, RetryPolicy
there = {"account_server_url": "http://127.0.0.1:9", "core_api_url": "http://127.0.0.1:9"}
with InteractorClient(client_id="a", client_secret="b", namespace="n", retry=RetryPolicy(max_attempts=1), **there) as c:
    try:
        c.assistants.get("x")
    except APIConnectionError:
        pass
"""


def test_a_first_call_loads_the_connections_of_httpx_and_not_its_clients() -> None:
    modules = loaded(FIRST_CALL)

    assert "httpcore" in modules
    assert not [name for name in modules if name.split(".")[0] in {"httpx", "uuid", "decimal"}]
    assert not [name for name in modules if name.startswith(("tandem._streaming.", "tandem._paging._prefetch"))]


def test_a_resource_loads_its_own_models_only() -> None:
    modules = loaded(
        "from interactor import InteractorClient; InteractorClient(client_id='a', client_secret='b').assistants"
    )

    assert "interactor_api.models.assistant" in modules
    assert "interactor_api.models.webhook" not in modules


def test_every_public_name_is_there() -> None:
    for name in NAMES:
        assert getattr(interactor, name) is not None
    assert set(NAMES) <= set(dir(interactor))
