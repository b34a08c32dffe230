"""Words that are no names of workflows and no ids of webhooks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from interactor import InteractorClient, InvalidRequestError

Ask = Callable[[InteractorClient, str], object]
OF_WORKFLOWS: list[Ask] = [
    lambda client, name: client.workflows.get(name),
    lambda client, name: client.workflows.delete(name),
    lambda client, name: client.workflows.versions.list(name),
    lambda client, name: client.workflows.versions.publish(name, "v_1"),
    lambda client, name: client.workflows.instances.create(name),
]
OF_WEBHOOKS: list[Ask] = [
    lambda client, id: client.webhooks.get(id),
    lambda client, id: client.webhooks.update(id, active=False),
    lambda client, id: client.webhooks.delete(id),
    lambda client, id: client.webhooks.rotate_secret(id),
]


@pytest.mark.parametrize("word", ["instances", "errors", "validate"])
@pytest.mark.parametrize("ask", OF_WORKFLOWS)
def test_a_reserved_word_names_no_workflow(client: InteractorClient, ask: Ask, word: str) -> None:
    with pytest.raises(InvalidRequestError, match=f"'{word}' is a reserved word"):
        ask(client, word)


@pytest.mark.parametrize("ask", OF_WEBHOOKS)
def test_subscriptions_is_no_webhook(client: InteractorClient, ask: Ask) -> None:
    with pytest.raises(InvalidRequestError, match="'subscriptions' is a reserved word"):
        ask(client, "subscriptions")
