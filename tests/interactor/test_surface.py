"""Every operation of a document is a method of both clients, under the name that the document gives it."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any, cast

import pytest

import coordinaitor.sandbox
import interactor.sandbox
from coordinaitor import AsyncOrchestratorClient, OrchestratorClient
from interactor import AsyncInteractorClient, InteractorClient
from tandem.sandbox import Api

Json = dict[str, Any]


@dataclass(frozen=True)
class Product:
    """A platform, and what its clients can do beyond its operations."""

    name: str
    count: int
    sync_client: Callable[[], object]
    async_client: Callable[[], object]
    sandbox: Callable[[], Api]
    additions: frozenset[str]

    @cached_property
    def operations(self) -> dict[str, Json]:
        """Every operation: "rooms.messages.list", and its object."""
        document: Json = json.loads(files(f"{self.name}_api").joinpath("_document.json").read_text(encoding="utf-8"))
        items = cast("dict[str, dict[str, Json]]", document["paths"]).values()
        found = [each for item in items for each in item.values() if "operationId" in each]
        return {f"{each['x-sdk']['resource']}.{each['x-sdk']['method']}": each for each in found}

    def __str__(self) -> str:
        return self.name


def api_of(sandbox: Any) -> Api:
    """The document of a sandbox; one whose handlers are not those of its document does not come into being."""
    try:
        return cast("Api", sandbox.platform.api)
    finally:
        sandbox.close()


PRODUCTS = (
    Product(
        "interactor",
        71,
        lambda: InteractorClient(client_id="id", client_secret="secret"),
        lambda: AsyncInteractorClient(client_id="id", client_secret="secret"),
        lambda: api_of(interactor.sandbox.Sandbox()),
        frozenset(
            {
                "rooms.chat",
                "rooms.run_tools",
                "rooms.stream_url",
                "tools.sync",
                "workflow_instances.stream_url",
                "workflows.deploy",
                "workflows.instances.run",
                "workflows.instances.wait",
            }
        ),
    ),
    Product(
        "coordinaitor",
        41,
        lambda: OrchestratorClient(api_key="ak_key"),
        lambda: AsyncOrchestratorClient(api_key="ak_key"),
        lambda: api_of(coordinaitor.sandbox.Sandbox()),
        frozenset({"auth.revoke", "auth.token", "tasks.watch"}),
    ),
)
CASES = [(product, name) for product in PRODUCTS for name in sorted(product.operations)]
each_product = pytest.mark.parametrize("product", PRODUCTS, ids=str)
each_operation = pytest.mark.parametrize(
    ("product", "name"), CASES, ids=[f"{product}:{name}" for product, name in CASES]
)


@pytest.fixture(scope="module")
def clients() -> dict[str, tuple[object, object]]:
    """A client of either colour, by platform."""
    return {product.name: (product.sync_client(), product.async_client()) for product in PRODUCTS}


def method_of(client: object, name: str) -> Any:
    for part in name.split("."):
        client = getattr(client, part)
    return client


@each_product
def test_the_document_has_all_operations_of_the_platform(product: Product) -> None:
    assert len(product.operations) == product.count


@each_operation
def test_each_operation_is_a_method_of_both_clients_with_one_signature(
    product: Product, name: str, clients: dict[str, tuple[object, object]]
) -> None:
    ours, theirs = (method_of(client, name) for client in clients[product.name])
    keep = inspect.Signature.empty

    assert inspect.signature(ours).replace(return_annotation=keep) == inspect.signature(theirs).replace(
        return_annotation=keep
    )
    assert ours.__doc__ == theirs.__doc__.replace("await ", "").replace("async ", "")
    assert ours.__doc__.strip().startswith(product.operations[name]["summary"].rstrip("."))


@each_operation
def test_the_method_takes_what_the_document_says(
    product: Product, name: str, clients: dict[str, tuple[object, object]]
) -> None:
    parameters = inspect.signature(method_of(clients[product.name][0], name)).parameters
    keyed = product.operations[name]["x-sdk"]["idempotent"]

    assert ("idempotency_key" in parameters) is keyed
    assert list(parameters)[-1] == "options"


@each_product
def test_every_public_method_is_an_operation_or_a_known_addition(
    product: Product, clients: dict[str, tuple[object, object]]
) -> None:
    for client in clients[product.name]:
        assert set(_methods(client, "")) == set(product.operations) | product.additions


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


@each_product
def test_the_sandbox_answers_exactly_the_operations_of_the_document(product: Product) -> None:
    assert {operation.name for operation in product.sandbox().operations} == set(product.operations)
