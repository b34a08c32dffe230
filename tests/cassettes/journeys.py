"""One journey for each resource: what a user would do with it, from the beginning to the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from interactor import APIStatusError, ConflictError, InteractorClient, NotFoundError
from interactor.models import LifecycleEvent

Journey = Callable[[InteractorClient], None]

WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}

APPROVAL: dict[str, Any] = {
    "initial_state": "decide",
    "states": {
        "decide": {
            "type": "halting",
            "presentation": {
                "type": "form",
                "title": "Approve?",
                "fields": [{"name": "approved", "type": "boolean", "label": "Approve?", "required": True}],
            },
            "transitions": [
                {"target": "approved", "condition": {"field": "approved", "equals": True}},
                {"target": "rejected"},
            ],
        },
        "approved": {"type": "terminal"},
        "rejected": {"type": "terminal"},
    },
}


def assistants(client: InteractorClient) -> None:
    bot = client.assistants.create(name="Support", model="gpt-4", system_prompt="Be brief.", temperature=0.2)
    for number in range(4):
        client.assistants.create(name=f"Bot {number}", model="gpt-4", system_prompt="Count.")

    assert client.assistants.get(bot.id) == bot
    assert client.assistants.update(bot.id, name="Helpdesk").name == "Helpdesk"
    assert [page.page for page in client.assistants.list(per_page=2).pages()] == [1, 2, 3]
    assert bot.id in {each.id for each in client.assistants.list(per_page=2)}
    client.assistants.delete(bot.id)
    with pytest.raises(NotFoundError):
        client.assistants.get(bot.id)


def rooms(client: InteractorClient) -> None:
    bot = client.assistants.create(name="Support", model="gpt-4", system_prompt="Be brief.")
    room = client.rooms.create(assistant_id=bot.id, metadata={"topic": "orders"})

    assert client.rooms.get(room.id).metadata == {"topic": "orders"}
    assert client.rooms.update(room.id, metadata={"topic": "returns"}).metadata == {"topic": "returns"}
    assert [each.id for each in client.rooms.list(assistant_id=bot.id)] == [room.id]
    client.rooms.delete(room.id)
    assert client.rooms.list(assistant_id=bot.id).first_page().total == 0


def messages(client: InteractorClient) -> None:
    bot = client.assistants.create(name="Support", model="gpt-4", system_prompt="Be brief.")
    room = client.rooms.create(assistant_id=bot.id)

    answer = client.rooms.messages.send(room.id, content="Where is my order?")

    assert answer.role == "assistant"
    assert [message.role for message in client.rooms.messages.list(room.id)] == ["user", "assistant"]


def tools(client: InteractorClient) -> None:
    tool = client.tools.create(name="get_weather", description="Weather of a city.", parameters=WEATHER)
    bot = client.assistants.create(name="Guide", model="gpt-4", system_prompt="Help.", tools=[tool.id])
    room = client.rooms.create(assistant_id=bot.id)

    asked = client.rooms.messages.send(room.id, content="Please call get_weather for Oslo")

    assert asked.tool_calls is not None
    said = client.rooms.submit_tool_result(room.id, tool_call_id=asked.tool_calls[0].id, result={"celsius": 4})
    assert said.role == "tool"
    assert [message.role for message in client.rooms.messages.list(room.id)][-2:] == ["tool", "assistant"]
    assert client.tools.update(tool.id, description="The weather.").description == "The weather."
    assert client.tools.get(tool.id).parameters == WEATHER
    assert [each.name for each in client.tools.list()] == ["get_weather"]
    client.tools.delete(tool.id)


def data_sources(client: InteractorClient) -> None:
    source = client.data_sources.create(name="FAQ", type="url", config={"url": "https://example.com/faq"})

    client.data_sources.sync(source.id)
    assert client.data_sources.get(source.id).id == source.id
    assert client.data_sources.update(source.id, name="Help").name == "Help"
    assert [each.id for each in client.data_sources.list(type="url")] == [source.id]
    client.data_sources.delete(source.id)


def credentials(client: InteractorClient) -> None:
    flow = client.oauth.initiate(
        provider="google", scopes=["calendar.read"], redirect_uri="https://app.example.com/callback"
    )
    assert client.oauth.status(flow.flow_id).status == "pending"
    back = _approved(flow.authorization_url)
    with pytest.raises(APIStatusError):
        client.oauth.callback(provider="google", code=back["code"], state="another")
    credential = client.oauth.callback(provider="google", code=back["code"], state=back["state"])

    assert (credential.status, credential.scopes) == ("active", ["calendar.read"])
    assert client.oauth.status(flow.flow_id).status == "completed"
    assert client.credentials.get(credential.id) == credential
    assert client.credentials.token(credential.id).access_token
    assert client.credentials.refresh(credential.id).status == "active"
    assert [each.id for each in client.credentials.list(provider="google")] == [credential.id]
    client.credentials.delete(credential.id)
    with pytest.raises(NotFoundError):
        client.credentials.token("cred_nobody")


def _approved(authorization_url: str) -> dict[str, str]:
    """What the user's browser brings back after the user has said yes."""
    page = httpx.post(authorization_url, data={"decision": "approve"})
    return dict(parse_qsl(urlsplit(page.headers["location"]).query))


def oauth(client: InteractorClient) -> None:
    assert client.oauth.jwks().keys
    client.auth.token()
    assert client.auth.is_authenticated
    client.auth.revoke()
    assert not client.auth.is_authenticated


def workflows(client: InteractorClient) -> None:
    assert client.workflows.validate(name="approval", **APPROVAL).valid
    draft = client.workflows.create(name="approval", **APPROVAL)

    published = client.workflows.versions.publish("approval", draft.version_id)
    assert published.status == "published"
    assert [each.version_id for each in client.workflows.versions.list("approval")] == [draft.version_id]
    assert client.workflows.get("approval").published_version_id == draft.version_id
    assert [each.name for each in client.workflows.list()] == ["approval"]
    assert client.workflows.errors().first_page().items == []
    with pytest.raises(ConflictError):
        client.workflows.create(name="approval", **APPROVAL)
    client.workflows.delete("approval")


def workflow_runs(client: InteractorClient) -> None:
    draft = client.workflows.create(name="approval", **APPROVAL)
    client.workflows.versions.publish("approval", draft.version_id)

    run = client.workflows.instances.create("approval", input={"amount": 5000})
    assert (run.status, run.current_state) == ("halted", "decide")
    assert [each.status for each in client.workflows.instances.threads.list(run.id)] == ["halted"]
    done = client.workflows.instances.resume(run.id, input={"approved": True})
    assert (done.status, done.current_state) == ("completed", "approved")
    events = list(client.workflows.instances.history(run.id, limit=2))
    first = events[0]
    assert isinstance(first, LifecycleEvent)
    assert client.workflows.instances.event(run.id, first.id) == first
    second = client.workflows.instances.create("approval", input={})
    assert client.workflows.instances.cancel(second.id).status == "cancelled"
    assert client.workflows.instances.list(status="cancelled").first_page().total == 1
    assert client.workflows.instances.get(second.id).status == "cancelled"


def workflow_instances(client: InteractorClient) -> None:
    draft = client.workflows.create(name="approval", **APPROVAL)
    client.workflows.versions.publish("approval", draft.version_id)

    run = client.workflow_instances.start(workflow_id="approval", context={"amount": 5000})
    assert client.workflow_instances.get(run.id).status == "halted"
    client.workflow_instances.send_message(run.id, content="Why so much?")
    assert client.workflow_instances.thread(run.id).messages
    done = client.workflow_instances.input(run.id, input={"approved": False})
    assert (done.status, done.current_state) == ("completed", "rejected")
    assert [each.id for each in client.workflow_instances.list(status="completed")] == [run.id]
    second = client.workflow_instances.start(workflow_id="approval")
    client.workflow_instances.cancel(second.id)


def webhooks(client: InteractorClient) -> None:
    hook = client.webhooks.create(url="https://app.example.com/hooks", events=["room.message.created"])
    assert hook.secret

    assert client.webhooks.get(hook.id).secret is None
    assert client.webhooks.update(hook.id, active=False).active is False
    assert client.webhooks.rotate_secret(hook.id).secret
    assert [each.id for each in client.webhooks.list()] == [hook.id]
    client.webhooks.delete(hook.id)
    subscription = client.webhooks.subscriptions.create(
        url="https://app.example.com/workflows",
        events=["workflow.instance.halted"],
        secret="whsec_at_least_32_characters_long_1",
    )
    assert [each.id for each in client.webhooks.subscriptions.list()] == [subscription.id]
    client.webhooks.subscriptions.delete(subscription.id)


JOURNEYS: dict[str, Journey] = {
    journey.__name__: journey
    for journey in (
        assistants,
        rooms,
        messages,
        tools,
        data_sources,
        credentials,
        oauth,
        workflows,
        workflow_runs,
        workflow_instances,
        webhooks,
    )
}
