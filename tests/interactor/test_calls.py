"""What a user of either colour sees, over real HTTP."""

from __future__ import annotations

import datetime
import logging
import pickle

import pytest

from interactor import (
    AuthenticationError,
    ConflictError,
    Empty,
    InteractorClient,
    InteractorError,
    InvalidRequestError,
    MessageComplete,
    NotFoundError,
    PermissionDeniedError,
    RetryPolicy,
    ServerError,
    ValidationError,
    idempotency_key,
)
from interactor.models import Assistant
from interactor.sandbox import Fault, Sandbox
from tests.conftest import MakeClient

BOT = {"name": "Support", "model": "gpt-4", "system_prompt": "Be brief."}


def new_bot(client: InteractorClient, *, name: str = "Support", idempotency_key: str | None = None) -> Assistant:
    return client.assistants.create(
        name=name, model="gpt-4", system_prompt="Be brief.", idempotency_key=idempotency_key
    )


def test_a_result_is_typed_and_tells_how_it_came_about(client: InteractorClient) -> None:
    bot = new_bot(client, idempotency_key="first")

    assert isinstance(bot, Assistant)
    assert bot.created_at.tzinfo is not None
    assert abs(bot.created_at - datetime.datetime.now(datetime.UTC)) < datetime.timedelta(minutes=1)
    meta = bot.response_meta
    assert (meta.status_code, meta.attempts, meta.idempotency_key) == (201, 1, "first")
    assert meta.request_id is not None
    assert meta.request_id.startswith("req_")
    assert meta.rate_limit is not None
    assert 0 < meta.elapsed < 30
    assert meta.headers["content-type"].startswith("application/json")


def test_a_delete_gives_an_empty_result_with_its_meta(client: InteractorClient) -> None:
    bot = new_bot(client)

    gone: object = client.assistants.delete(bot.id)

    assert isinstance(gone, Empty)
    assert gone.response_meta.status_code == 204


def test_a_list_walks_every_page_and_each_walk_starts_anew(client: InteractorClient) -> None:
    made = [new_bot(client, name=f"Bot {number}").id for number in range(7)]
    pager = client.assistants.list(per_page=3)

    assert sorted(bot.id for bot in pager) == sorted(made)
    assert len(list(pager)) == 7
    assert [len(page.items) for page in pager.pages()] == [3, 3, 1]


def test_a_page_knows_its_place(client: InteractorClient) -> None:
    for number in range(5):
        new_bot(client, name=f"Bot {number}")

    page = client.assistants.list(per_page=2, page=2).first_page()

    assert (page.page, page.per_page, page.total, page.total_pages, page.has_more) == (2, 2, 5, 3, True)
    assert page.response_meta.status_code == 200
    last = page.next_page()
    assert last is not None
    assert (last.page, last.has_more, last.next_page()) == (3, False, None)


def test_namespaces_do_not_see_each_other(client: InteractorClient) -> None:
    bot = new_bot(client)
    other = client.for_namespace(f"{client.namespace}_other")

    with pytest.raises(NotFoundError):
        other.assistants.get(bot.id)
    assert list(other.assistants.list()) == []
    assert client.assistants.get(bot.id, options={"namespace": str(client.namespace)}) == bot


def test_one_key_makes_one_object(client: InteractorClient) -> None:
    key = idempotency_key("order_1", client.namespace)

    first, second = (new_bot(client, idempotency_key=key) for _ in range(2))

    assert first.id == second.id
    assert len(list(client.assistants.list())) == 1


def test_a_key_used_with_another_body_is_a_conflict(client: InteractorClient) -> None:
    new_bot(client, idempotency_key="k")

    with pytest.raises(ConflictError) as caught:
        new_bot(client, name="Another", idempotency_key="k")
    assert caught.value.code


def test_without_a_key_one_is_made_for_each_call(client: InteractorClient) -> None:
    keys = {new_bot(client).response_meta.idempotency_key for _ in range(3)}

    assert len(keys) == 3
    assert None not in keys


def test_an_error_tells_all_that_is_known(client: InteractorClient) -> None:
    with pytest.raises(NotFoundError) as caught:
        client.assistants.get("asst_nobody")

    error = caught.value
    assert isinstance(error, InteractorError)
    assert (error.status_code, error.attempts, error.method) == (404, 1, "GET")
    for part in ("404", error.code, error.message, error.request_id, "GET", "/assistants/"):
        assert part is not None
        assert part in str(error)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_a_wrong_field_is_named(client: InteractorClient) -> None:
    with pytest.raises(ValidationError) as caught:
        client.assistants.create(name="", model="gpt-4", system_prompt="x")

    assert [detail["field"] for detail in caught.value.details] == ["name"]


def test_scopes_are_enforced(make_client: MakeClient) -> None:
    reader = make_client(scopes=["assistants:read"])

    reader.assistants.list().first_page()
    with pytest.raises(PermissionDeniedError):
        new_bot(reader)


def test_unknown_fields_are_sent_kept_and_written_back(client: InteractorClient) -> None:
    bot = new_bot(client)
    raw = {**bot.to_dict(), "brand_new": {"a": [1]}}

    again = Assistant.from_dict(raw)

    assert again.additional_properties == {"brand_new": {"a": [1]}}
    assert again.to_dict() == raw


def test_any_endpoint_can_be_called_by_path(client: InteractorClient) -> None:
    made = client.request("POST", "/assistants", body=BOT)
    listed = client.request("GET", "/assistants", query={"per_page": 5})

    assert listed["data"][0]["id"] == made["data"]["id"]
    assert listed["meta"]["per_page"] == 5
    assert client.request("DELETE", f"/assistants/{made['data']['id']}") is None
    with pytest.raises(InvalidRequestError):
        client.request("GET", "/assistants/../webhooks")


@pytest.mark.parametrize("strange", ["a/b", "../x?y=1", "%2e%2e", "a b", "é✓", "a\r\nb", "x" * 3000])
def test_the_server_sees_the_id_that_was_given(client: InteractorClient, platform: Sandbox, strange: str) -> None:
    with pytest.raises(NotFoundError):
        client.assistants.get(strange)

    assert platform.journal.entries(operation="assistants.get")[-1].status == 404


@pytest.mark.parametrize("nothing", ["", ".", ".."])
def test_an_id_that_names_nothing_is_refused_when_given(client: InteractorClient, nothing: str) -> None:
    with pytest.raises(InvalidRequestError):
        client.assistants.get(nothing)
    with pytest.raises(InvalidRequestError):
        client.rooms.messages.list(nothing)
    with pytest.raises(InvalidRequestError):
        client.rooms.stream(nothing)


def test_a_failing_server_is_asked_again_with_the_same_key(make_client: MakeClient, platform: Sandbox) -> None:
    client = make_client(retry=RetryPolicy(base=0.001))
    path = "/assistants"
    platform.faults.add(Fault(path=path, method="POST", status=503, times=2, headers={"Retry-After": "0"}))

    bot = new_bot(client)

    assert bot.response_meta.attempts == 3
    assert len(list(client.assistants.list())) == 1


def test_a_reply_that_was_lost_does_not_make_a_second_object(make_client: MakeClient, platform: Sandbox) -> None:
    client = make_client(retry=RetryPolicy(base=0.001))
    platform.faults.add(Fault(path="/assistants", method="POST", cut="before", after_handler=True, times=1))

    bot = new_bot(client)

    assert bot.response_meta.attempts == 2
    assert [each.id for each in client.assistants.list()] == [bot.id]


def test_a_write_without_a_key_is_sent_once(make_client: MakeClient, platform: Sandbox) -> None:
    client = make_client(retry=RetryPolicy(base=0.001))
    bot = new_bot(client)
    platform.faults.add(Fault(path="/assistants/*", method="PATCH", status=503, times=1))

    with pytest.raises(ServerError) as caught:
        client.assistants.update(bot.id, name="Other")
    assert caught.value.attempts == 1
    assert client.assistants.update(bot.id, name="Other").name == "Other"


def test_an_event_stream_brings_typed_events(client: InteractorClient) -> None:
    room = client.rooms.create(assistant_id=new_bot(client).id)

    with client.rooms.stream(room.id) as events:
        answer = client.rooms.messages.send(room.id, content="Hello!")
        complete = next(event for event in events if isinstance(event, MessageComplete))
        assert events.last_event_id is not None

    assert complete.message.content == answer.content


def test_a_stream_url_hides_its_token_wherever_it_is_printed(
    client: InteractorClient, caplog: pytest.LogCaptureFixture
) -> None:
    room = client.rooms.create(assistant_id=new_bot(client).id)

    url = client.rooms.stream_url(room.id)

    token = client.auth.token().reveal()
    logging.getLogger("app").error("open %s or %r", url, url)
    assert token in url.reveal()
    assert f"namespace={client.namespace}" in url.reveal()
    assert token not in f"{url} {url!r} {caplog.text}"


def test_a_revoked_token_is_replaced_at_the_next_call(client: InteractorClient) -> None:
    client.assistants.list().first_page()
    assert client.auth.is_authenticated

    client.auth.revoke()

    assert not client.auth.is_authenticated
    client.assistants.list().first_page()


def test_a_token_is_revoked_in_the_name_of_the_client_that_has_it(client: InteractorClient) -> None:
    token = client.auth.token().reveal()

    client.oauth.revoke(token=token)

    client.assistants.list().first_page()
    assert client.auth.token().reveal() != token
    with pytest.raises(AuthenticationError):
        client.oauth.revoke(token=token, client_id="client_other", client_secret="wrong")


def test_a_closed_client_says_so(client: InteractorClient) -> None:
    client.assistants.list().first_page()
    client.close()
    client.close()

    with pytest.raises(InvalidRequestError, match="closed"):
        client.assistants.list().first_page()


def test_closing_a_view_leaves_the_client_open(client: InteractorClient) -> None:
    client.for_namespace("org_acme").close()

    client.assistants.list().first_page()
