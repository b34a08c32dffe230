"""State: documents, transactions, and what survives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tandem.sandbox import Store


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "state.db" if request.param == "file" else None)
    yield made
    made.close()


def fill(store: Store) -> None:
    for number in range(5):
        status = "open" if number % 2 else "done"
        store.put("task", f"t{number}", {"n": number, "status": status, "by": {"id": number % 3}}, namespace="acme")


def numbers(documents: list[dict[str, object]]) -> list[object]:
    return [document["n"] for document in documents]


def test_what_was_put_is_found(store: Store) -> None:
    store.put("task", "t1", {"title": "é\u0000\u2028"}, namespace="acme")

    assert store.get("task", "t1", namespace="acme") == {"title": "é\u0000\u2028"}


def test_namespaces_do_not_see_each_other(store: Store) -> None:
    store.put("task", "t1", {"n": 1}, namespace="acme")

    assert store.get("task", "t1", namespace="other") is None
    assert store.list("task", namespace="") == []
    assert store.delete("task", "t1", namespace="other") is False


def test_no_namespace_in_particular_finds_all(store: Store) -> None:
    store.put("task", "t1", {"n": 1}, namespace="acme")

    assert store.get("task", "t1", namespace=None) == {"n": 1}
    assert store.count("task", namespace=None) == 1


def test_two_namespaces_may_use_the_same_id(store: Store) -> None:
    store.put("task", "t1", {"n": 1}, namespace="a")
    store.put("task", "t1", {"n": 2}, namespace="b")

    assert [store.get("task", "t1", namespace=name) for name in "ab"] == [{"n": 1}, {"n": 2}]


def test_what_is_read_is_a_copy(store: Store) -> None:
    given = {"tags": ["a"]}
    kept = store.put("task", "t1", given, namespace="")
    given["tags"].append("b")
    kept["tags"].append("c")

    assert store.get("task", "t1", namespace="") == {"tags": ["a"]}


def test_documents_come_in_the_order_they_were_first_put(store: Store) -> None:
    fill(store)
    store.put("task", "t0", {"n": 0}, namespace="acme")

    assert numbers(store.list("task", namespace="acme")) == [0, 1, 2, 3, 4]
    assert numbers(store.list("task", namespace="acme", newest_first=True)) == [4, 3, 2, 1, 0]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"status": "open"}, [1, 3]),
        ({"status": "open", "by.id": 0}, [3]),
        ({"n": [0, 4, 9]}, [0, 4]),
        ({"n": []}, []),
        ({"nothing": None}, [0, 1, 2, 3, 4]),
        ({'st"atus': "open"}, [1, 3]),
        ({"x') OR 1=1 --": "open"}, []),
    ],
)
def test_where_compares_fields(store: Store, where: dict[str, object], expected: list[int]) -> None:
    fill(store)

    assert numbers(store.list("task", namespace="acme", where=where)) == expected


def test_update_sets_fields_and_leaves_the_others(store: Store) -> None:
    fill(store)

    updated = store.update("task", "t1", {"status": "done"}, namespace="acme")

    assert updated == {"n": 1, "status": "done", "by": {"id": 1}} == store.get("task", "t1", namespace="acme")


def test_update_of_nothing_is_none(store: Store) -> None:
    assert store.update("task", "t1", {"n": 1}, namespace="acme") is None


def test_delete_where_removes_what_query_finds(store: Store) -> None:
    fill(store)

    assert store.delete_where("task", namespace="acme", where={"status": "done"}) == 3
    assert numbers(store.list("task", namespace="acme")) == [1, 3]


def test_clear_can_keep_to_one_namespace(store: Store) -> None:
    fill(store)
    store.put("task", "t9", {"n": 9}, namespace="other")

    store.clear("acme")

    assert numbers(store.list("task", namespace=None)) == [9]


def test_a_query_is_read_when_it_is_asked(store: Store) -> None:
    query = store.query("task", namespace="acme", where={"status": "open"})
    fill(store)

    assert (query.count(), query.first()) == (2, {"n": 1, "status": "open", "by": {"id": 1}})
    assert numbers(query.slice(1, 10)) == [3]


def test_a_transaction_that_raises_leaves_nothing_behind(store: Store) -> None:
    def fail() -> None:
        with store.transaction():
            fill(store)
            store.set_fact("a", 1)
            with store.transaction():
                store.put("task", "inner", {}, namespace="")
            raise LookupError

    with pytest.raises(LookupError):
        fail()

    assert (store.count("task", namespace=None), store.fact("a")) == (0, None)


def test_a_transaction_of_one_thread_waits_for_that_of_another(store: Store) -> None:
    seen: list[object] = []
    with store.transaction():
        store.put("task", "t1", {"n": 1}, namespace="")
        thread = threading.Thread(target=lambda: seen.append(store.get("task", "t1", namespace="")))
        thread.start()
        thread.join(0.05)
        assert seen == []
    thread.join(5)

    assert seen == [{"n": 1}]


def test_counters_count_from_one_each(store: Store) -> None:
    assert [store.count_up("a"), store.count_up("a"), store.count_up("b")] == [1, 2, 1]


@pytest.mark.parametrize("body", [{"a": float("nan")}, {"a": object()}, {"a": {1, 2}}])
def test_what_is_not_json_is_refused(store: Store, body: dict[str, object]) -> None:
    with pytest.raises((TypeError, ValueError)):
        store.put("task", "t1", body, namespace="")


def test_the_bytes_of_a_file_come_back_as_they_were(store: Store) -> None:
    store.put_content("picture", b"one")
    store.put_content("picture", bytes(range(256)))

    assert store.content("picture") == bytes(range(256))
    assert store.content("other") is None


def test_bytes_are_undone_copied_and_cleared_like_everything_else(store: Store) -> None:
    store.put_content("picture", b"one")
    copy = store.copy_out()

    def fail() -> None:
        with store.transaction():
            store.put_content("picture", b"two")
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    undone = store.content("picture")
    store.clear()
    cleared = store.content("picture")
    store.copy_in(copy)
    copy.close()

    assert (undone, cleared, store.content("picture")) == (b"one", None, b"one")
    assert store.delete_content("picture")
    assert not store.delete_content("picture")


def test_a_copy_taken_can_be_put_back_more_than_once(store: Store) -> None:
    fill(store)
    copy = store.copy_out()
    for _ in range(2):
        store.clear()
        store.copy_in(copy)
    copy.close()

    assert store.count("task", namespace="acme") == 5


def test_a_copy_put_back_into_a_file_is_in_the_file(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.db")
    fill(store)
    copy = store.copy_out()
    store.clear()
    store.copy_in(copy)
    copy.close()
    store.close()

    reopened = Store(tmp_path / "state.db")

    assert reopened.count("task", namespace="acme") == 5
    reopened.close()


def test_what_was_put_in_a_file_is_there_after_the_process_was_killed(tmp_path: Path) -> None:
    writer = """
import sys, time
from tandem.sandbox import Store
store = Store(sys.argv[1])
for number in range(100):
    store.put("task", f"t{number}", {"n": number}, namespace="acme")
store._connection.execute("BEGIN")
store.put("task", "unfinished", {}, namespace="acme")
print("written", flush=True)
time.sleep(60)
"""
    path = tmp_path / "state.db"
    with subprocess.Popen([sys.executable, "-c", writer, str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        os.kill(process.pid, signal.SIGKILL)

    store = Store(path)

    assert store.count("task", namespace="acme") == 100
    store.close()
