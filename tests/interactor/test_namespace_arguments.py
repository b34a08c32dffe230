"""`namespace=` as an argument: the whole request is about that namespace."""

from __future__ import annotations

from typing import Any

import pytest

from interactor import InteractorClient, InvalidRequestError

BOT: Any = {"model": "gpt-4", "system_prompt": "Be brief."}


def start(client: InteractorClient, other: str) -> None:
    """Publish a workflow in another namespace."""
    made = client.for_namespace(other).workflows.create(
        name="greet", initial_state="done", states={"done": {"type": "terminal"}}
    )
    client.for_namespace(other).workflows.versions.publish("greet", made.version_id)


def test_a_list_is_that_of_the_namespace_in_the_argument(client: InteractorClient, namespace: str) -> None:
    other = f"{namespace}_other"
    client.assistants.create(name="Mine", **BOT)
    client.for_namespace(other).assistants.create(name="Theirs", **BOT)

    assert [bot.name for bot in client.assistants.list(namespace=other)] == ["Theirs"]
    assert [bot.name for bot in client.assistants.list()] == ["Mine"]


def test_the_pages_of_a_list_stay_in_its_namespace(client: InteractorClient, namespace: str) -> None:
    other = f"{namespace}_other"
    for name in ("One", "Two", "Three"):
        client.for_namespace(other).assistants.create(name=name, **BOT)

    assert len(list(client.assistants.list(namespace=other, per_page=1))) == 3


def test_an_instance_is_made_in_the_namespace_of_the_argument(client: InteractorClient, namespace: str) -> None:
    other = f"{namespace}_other"
    start(client, other)

    instance = client.workflows.instances.create("greet", namespace=other, input={})

    assert instance.namespace == other
    assert [one.id for one in client.workflows.instances.list(namespace=other)] == [instance.id]


def test_without_a_namespace_of_its_own_a_client_starts_for_others_what_it_has(
    client: InteractorClient, namespace: str
) -> None:
    anyone = client.with_options(namespace=None)
    made = anyone.workflows.create(name=namespace, initial_state="done", states={"done": {"type": "terminal"}})
    anyone.workflows.versions.publish(namespace, made.version_id)

    assert (
        anyone.workflows.instances.create(namespace, namespace=f"{namespace}_other").namespace == f"{namespace}_other"
    )


def test_the_options_win_over_the_argument(client: InteractorClient, namespace: str) -> None:
    other = f"{namespace}_other"
    start(client, other)

    instance = client.workflows.instances.create("greet", namespace="third", options={"namespace": other})

    assert instance.namespace == other


def test_an_argument_that_is_no_namespace_is_refused(client: InteractorClient) -> None:
    with pytest.raises(InvalidRequestError, match="A namespace is 1 to 128 characters"):
        client.workflows.instances.create("greet", namespace="two words")
    with pytest.raises(InvalidRequestError, match="A namespace is 1 to 128 characters"):
        client.assistants.list(namespace="two words")
