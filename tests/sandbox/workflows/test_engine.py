"""The engine itself: its end, its faults, and its way back."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from interactor.sandbox import Sandbox
from interactor.sandbox.workflows._walk import Walk
from tests.sandbox.calling import Caller, token_of
from tests.sandbox.definitions import publish, started

from .making import Service, logic, only, ran, script, waiting
from .test_threads import resume, review


def caller(sandbox: Sandbox, http: httpx.Client) -> Caller:
    return Caller(sandbox, http, token_of(sandbox, http)["access_token"], "user_1")


def test_a_closed_sandbox_leaves_no_process_behind(http: httpx.Client, service: Service, address: str) -> None:
    service.hold.clear()
    with Sandbox() as sandbox:
        api = caller(sandbox, http)
        publish(api, logic({"type": "http", "method": "POST", "url": address}))
        publish(api, script("while (true) {}"))

        def start(name: str) -> None:
            with suppress(httpx.HTTPError):
                api.post(f"/workflows/{name}/instances", {})

        threads = [threading.Thread(target=start, args=(name,)) for name in ("logical", "scripted")]
        for thread in threads:
            thread.start()
        assert service.came.wait(10)
        workers = sandbox.platform.engine.scripts.workers
        while not workers.processes and threads[1].is_alive():
            threads[1].join(0.01)
        processes = workers.processes
    for thread in threads:
        thread.join()

    assert workers.alive == 0
    for process in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


def test_a_fault_of_the_engine_ends_the_instance(api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(api, script("return { a: 1 }"))

    def broken(*_: object) -> None:
        raise LookupError("secret detail")

    monkeypatch.setattr(Walk, "done", broken)
    api.post("/workflows/scripted/instances", {})

    instance = only(api)
    assert (instance["status"], instance["error"]) == ("failed", "The engine failed: LookupError")


def test_threads_go_on_after_a_restart(tmp_path: Path, http: httpx.Client) -> None:
    with Sandbox(db=tmp_path / "state.db") as first:
        instance = ran(caller(first, http), review())
        resume(caller(first, http), instance, "finance", finance="yes")

    with Sandbox(db=tmp_path / "state.db") as second:
        last = resume(caller(second, http), instance, "legal", legal="yes").json()["data"]

    assert (last["status"], last["current_state"]) == ("halted", "ask_manager")
    assert last["workflow_data"] == {"finance": "yes", "legal": "yes"}


def test_a_restored_snapshot_takes_up_what_was_under_way(api: Caller, service: Service, address: str) -> None:
    publish(api, logic({"type": "http", "method": "POST", "url": address}))
    service.hold.clear()
    start = threading.Thread(target=started, args=(api, "logical"))
    start.start()
    assert service.came.wait(10)
    api.sandbox.snapshot("calling")
    service.hold.set()
    start.join()
    assert only(api)["status"] == "completed"

    api.sandbox.restore("calling")

    while (instance := only(api))["status"] == "running":
        pass
    assert (instance["status"], len(service.requests)) == ("completed", 2)
    assert [stay["state"] for stay in instance["history"]] == ["work", "end"]


def test_a_reset_forgets_what_is_under_way(api: Caller, service: Service, address: str) -> None:
    publish(api, logic({"type": "http", "method": "POST", "url": address}))
    service.hold.clear()
    start = threading.Thread(target=api.post, args=("/workflows/logical/instances", {}))
    start.start()
    assert service.came.wait(10)

    api.sandbox.reset()
    service.hold.set()
    start.join()

    assert api.sandbox.platform.store.count("instance", namespace=None) == 0
    assert api.sandbox.platform.store.count("history_event", namespace=None) == 0


def test_an_input_reaches_the_data_where_no_script_takes_it(api: Caller) -> None:
    assert ran(api, waiting(), who="Ada")["workflow_data"] == {"who": "Ada"}
