"""The type of a stream's events: a stream yields no dict, whatever else stands for the same schema does."""

from __future__ import annotations

import typing
from pathlib import Path
from types import ModuleType

import interactor_api.models
import pytest

from tandem.codegen.__main__ import main

from .documents import Node, changed, operation, schemas, written

PART: Node = {"$ref": "#/components/schemas/Part"}


def stream_of(schema: Node, *, of_a_thing: bool) -> Node:
    """The small document with a stream; a thing may have the same part that the stream yields."""

    def become_a_stream(document: Node) -> None:
        found = operation(document)
        found["x-sdk"]["stream"] = "sse"
        content = {"text/event-stream": {"schema": schema}}
        found["responses"] = {"200": {"description": "Events.", "content": content}}
        if not of_a_thing:
            del schemas(document)["Thing"]["properties"]["part"]

    return changed(become_a_stream)


def test_a_union_that_only_streams_yield_has_no_dict(models: ModuleType) -> None:
    assert set(typing.get_args(models.Event)) == {models.Borrowed, models.Returned}
    assert dict[str, typing.Any] not in typing.get_args(interactor_api.models.StreamEvent)


def test_a_union_that_nothing_streams_has_one(models: ModuleType) -> None:
    assert dict[str, typing.Any] in typing.get_args(models.Holding)
    assert dict[str, typing.Any] in typing.get_args(interactor_api.models.HistoryEvent)


def test_a_union_for_a_stream_alone_keeps_its_name(tmp_path: Path) -> None:
    code = generated(stream_of(PART, of_a_thing=False), tmp_path)

    assert "Part: TypeAlias = Wheel | Door\n" in code["models/part.py"]
    assert "-> Stream[Part]:" in code["resources/things.py"]


def test_a_union_that_stands_in_a_field_too_is_another_one_there(tmp_path: Path) -> None:
    code = generated(stream_of(PART, of_a_thing=True), tmp_path)

    assert "Part: TypeAlias = Wheel | Door | dict[str, Any]" in code["models/part.py"]
    assert "part: Part | None = None" in code["models/thing.py"]
    assert "ThingsChangeEvent: TypeAlias = Wheel | Door\n" in code["models/things_change_event.py"]
    assert "-> Stream[ThingsChangeEvent]:" in code["resources/things.py"]


@pytest.mark.parametrize(
    "beside", [[{"type": "string"}], [{"type": "array", "items": {"$ref": "#/components/schemas/Wheel"}}]]
)
def test_what_is_no_model_is_no_member_of_a_streamed_union(tmp_path: Path, beside: list[Node]) -> None:
    schema = {"oneOf": [PART, *beside]}

    code = generated(stream_of(schema, of_a_thing=False), tmp_path)

    assert "ThingsChangeEvent: TypeAlias = Wheel | Door\n" in code["models/things_change_event.py"]


def generated(document: Node, folder: Path) -> dict[str, str]:
    """The generated modules."""
    target = folder / "small_api"
    assert main(["generate", str(written(document, folder)), str(target)]) == 0
    return {path.relative_to(target).as_posix(): path.read_text(encoding="utf-8") for path in target.rglob("*.py")}
