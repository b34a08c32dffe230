"""Every operation of the document is a method of both clients, under the name that the document gives it."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from functools import cached_property
from importlib.resources import files
from typing import Any, cast

import pytest

from interactor import AsyncInteractorClient, InteractorClient
from interactor.sandbox import Sandbox

Json = dict[str, Any]


def operations() -> Iterator[tuple[str, Json]]:
    """Every operation: "rooms.messages.list", and its object."""
    document: Json = json.loads(files("interactor_api").joinpath("_document.json").read_text(encoding="utf-8"))
    items = cast("dict[str, dict[str, Json]]", document["paths"]).values()
    for operation in (each for item in items for each in item.values() if "operationId" in each):
        yield f"{operation['x-sdk']['resource']}.{operation['x-sdk']['method']}", operation


OPERATIONS: dict[str, Json] = dict(operations())


def method_of(client: object, name: str) -> Any:
    for part in name.split("."):
        client = getattr(client, part)
    return client


@pytest.fixture(scope="module")
def sync_client() -> InteractorClient:
    return InteractorClient(client_id="id", client_secret="secret")


@pytest.fixture(scope="module")
def async_client() -> AsyncInteractorClient:
    return AsyncInteractorClient(client_id="id", client_secret="secret")


def test_the_document_has_71_operations() -> None:
    assert len(OPERATIONS) == 71


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_each_operation_is_a_method_of_both_clients_with_one_signature(
    name: str, sync_client: InteractorClient, async_client: AsyncInteractorClient
) -> None:
    ours, theirs = method_of(sync_client, name), method_of(async_client, name)
    keep = inspect.Signature.empty

    assert inspect.signature(ours).replace(return_annotation=keep) == inspect.signature(theirs).replace(
        return_annotation=keep
    )
    assert ours.__doc__ == theirs.__doc__.replace("await ", "").replace("async ", "")
    assert ours.__doc__.strip().startswith(OPERATIONS[name]["summary"].rstrip("."))


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_the_method_takes_what_the_document_says(name: str, sync_client: InteractorClient) -> None:
    operation = OPERATIONS[name]
    parameters = inspect.signature(method_of(sync_client, name)).parameters
    keyed = operation["x-sdk"]["idempotent"]

    assert ("idempotency_key" in parameters) is keyed
    assert list(parameters)[-1] == "options"


def test_every_public_method_is_an_operation_or_a_known_addition(sync_client: InteractorClient) -> None:
    methods = set(_methods(sync_client, ""))

    additions = {
        "rooms.chat",
        "rooms.run_tools",
        "rooms.stream_url",
        "tools.sync",
        "workflow_instances.stream_url",
        "workflows.deploy",
        "workflows.instances.run",
        "workflows.instances.wait",
    }
    assert methods == set(OPERATIONS) | additions


def _methods(resource: object, prefix: str) -> Iterator[str]:
    resources = [*_resources(type(resource))]
    for name in resources:
        yield from _methods(getattr(resource, name), f"{prefix}{name}.")
    if prefix:
        for name, _ in inspect.getmembers(type(resource), inspect.isfunction):
            if not name.startswith("_"):
                yield f"{prefix}{name}"


def _resources(kind: type) -> Iterator[str]:
    for name, value in inspect.getmembers_static(kind):
        if isinstance(value, cached_property) and not name.startswith("_"):
            yield name


def test_the_sandbox_answers_exactly_the_operations_of_the_document(platform: Sandbox) -> None:
    assert {operation.name for operation in platform.platform.api.operations} == set(OPERATIONS)
