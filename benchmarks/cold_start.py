"""What it takes to begin, in fresh processes: the import, the first client, its first call."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from typing import NamedTuple

from ._contestants import BARE, DEFAULT, FAST, settings
from ._crew import Crew
from ._results import Figure, Topic, beside, number
from ._rounds import Sample, medians

ROUNDS = 5
_SHOWN = 14
_SHUT_OUT = "sys.modules['orjson'] = sys.modules['pyreqwest'] = None"
_SCRIPT = """
import sys, time
{before}
known = len(sys.modules)
cpu, started = time.process_time(), time.perf_counter()
{imported}
imported, modules = time.perf_counter(), len(sys.modules) - known
{client}
made = time.perf_counter()
{call}
called = time.perf_counter()
print(imported - started, made - imported, called - made, called - started, time.process_time() - cpu, modules)
"""
_TLS = """
import ssl, time, certifi
started = time.perf_counter()
ssl.create_default_context(cafile=certifi.where())
print(time.perf_counter() - started)
"""
_QUANTITIES = ("import", "client", "call", "all", "CPU", "modules")


class Steps(NamedTuple):
    """The lines of a program that begins."""

    imported: str
    client: str
    call: str
    before: str = ""


def _steps(url: str) -> dict[str, Steps]:
    given = ", ".join(f"{name}={value!r}" for name, value in settings(url).items())
    ours = Steps(
        "import interactor", f"client = interactor.InteractorClient({given})", "client.assistants.get('asst_1')"
    )
    return {
        BARE: Steps(
            "import httpx, json",
            "client = httpx.Client()",
            f"json.loads(client.get('{url}/core/assistants/asst_1').content)",
        ),
        DEFAULT: ours._replace(before=_SHUT_OUT),
        FAST: ours,
        "openai": Steps(
            "import openai",
            f"client = openai.OpenAI(api_key='k', base_url='{url}/openai')",
            "client.vector_stores.retrieve('asst_1')",
        ),
        "anthropic": Steps(
            "import anthropic",
            f"client = anthropic.Anthropic(api_key='k', base_url='{url}')",
            "client.models.retrieve('asst_1')",
        ),
        "stripe": Steps(
            "import stripe",
            f"client = stripe.StripeClient('sk_test_1', base_addresses={{'api': '{url}'}})",
            "client.v1.customers.retrieve('asst_1')",
        ),
        "svix": Steps(
            "from svix.api import Svix, SvixOptions",
            f"client = Svix('sk', SvixOptions(server_url='{url}'))",
            "client.endpoint.get('app_1', 'ep_1')",
        ),
    }


def _begin(steps: Steps) -> Sample:
    script = _SCRIPT.format(**steps._asdict())
    told = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    values = [float(word) for word in told.split()]
    *seconds, modules = values
    return dict(zip(_QUANTITIES, [*(value * 1000 for value in seconds), modules], strict=True))


def _tls() -> Sample:
    told = subprocess.run([sys.executable, "-c", _TLS], check=True, capture_output=True, text=True).stdout
    return {"context": float(told) * 1000}


def _imports(steps: Steps) -> str:
    """The modules whose own code takes longest."""
    script = _SCRIPT.format(**steps._asdict())
    told = subprocess.run([sys.executable, "-X", "importtime", "-c", script], capture_output=True, text=True).stderr
    lines = [line.removeprefix("import time:").split("|") for line in told.splitlines() if "|" in line]
    slowest = sorted(lines[1:], key=lambda line: int(line[0]), reverse=True)[:_SHOWN]
    return "\n".join(["microseconds  module", *(f"{int(own):12}  {name.strip()}" for own, _, name in slowest)])


def measured(crew: Crew, url: str) -> list[Topic]:
    steps = _steps(url)
    found = medians({name: partial(_begin, each) for name, each in steps.items()}, ROUNDS)
    context = medians({"TLS": _tls}, ROUNDS)["TLS"]["context"]
    bare = found[BARE]
    figures = [
        Figure(name, mode, found[mode][quantity] / unit, limit, partial(_imports, steps[mode]))
        for name, quantity, unit, limit in (
            ("import interactor: ms over a bare interpreter", "import", 1, 15),
            ("import interactor: modules", "modules", 1, 59),
            ("import, first client, first call: CPU ÷ httpx", "CPU", bare["CPU"], 1.3),
        )
        for mode in (DEFAULT, FAST)
    ]
    columns = ["import", "modules", "first client", "first call", "all of it, wall", "all of it, CPU"]
    rows = {
        name: [
            beside(sample["import"], bare["import"]),
            number(sample["modules"]),
            number(sample["client"]),
            number(sample["call"]),
            beside(sample["all"], bare["all"]),
            beside(sample["CPU"], bare["CPU"]),
        ]
        for name, sample in found.items()
    }
    remark = (
        "In a fresh process, after the interpreter has started: **ratio to bare httpx** · milliseconds. "
        "Interactor's first call gets its token as well. The server speaks plain HTTP, for which Interactor makes no "
        f"TLS context: bare httpx always makes one, which takes {number(context)} ms."
    )
    return [Topic("Cold start", remark, columns, rows, figures)]
