"""Connecting an account: the consent page, the callback, the credential and its token."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from .calling import Caller, data_of, error_of, token_of

REQUEST = {"provider": "google", "scopes": ["calendar.read"], "redirect_uri": "https://app.example.com/back?tab=2"}


@pytest.fixture
def flow(api: Caller) -> dict[str, Any]:
    begun: dict[str, Any] = api.made("/oauth/initiate", REQUEST)
    return begun


def decide(api: Caller, flow: dict[str, Any], decision: str, **more: str) -> httpx.Response:
    return api.http.post(flow["authorization_url"], data={"decision": decision, **more})


def returned(reply: httpx.Response) -> dict[str, str]:
    """What the browser brings back to the application."""
    assert reply.status_code == 303, reply.text
    query = parse_qs(urlsplit(reply.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


def connected(api: Caller, flow: dict[str, Any], **more: str) -> dict[str, Any]:
    """The credential at the end of an approved flow."""
    back = returned(decide(api, flow, "approve", **more))
    credential: dict[str, Any] = api.made("/oauth/callback", {"code": back["code"], "state": back["state"]})
    return credential


def status(api: Caller, flow: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api.fetched(f"/oauth/status/{flow['flow_id']}")
    return found


def test_a_flow_begins_pending_with_a_page_of_the_sandbox(api: Caller, flow: dict[str, Any]) -> None:
    page = api.http.get(flow["authorization_url"])

    assert flow["authorization_url"].startswith(api.sandbox.url)
    assert status(api, flow)["status"] == "pending"
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert all(word in page.text for word in ("google", "calendar.read", 'value="approve"', 'value="deny"'))


def test_approving_sends_the_browser_back_with_code_and_state(api: Caller, flow: dict[str, Any]) -> None:
    reply = decide(api, flow, "approve")

    assert reply.headers["location"].startswith("https://app.example.com/back?tab=2&")
    assert returned(reply)["state"] == flow["state"]
    assert returned(reply)["code"]


def test_the_callback_trades_the_code_for_the_credential(api: Caller, flow: dict[str, Any]) -> None:
    credential = connected(api, flow)

    assert status(api, flow) == {
        "flow_id": flow["flow_id"],
        "status": "completed",
        "provider": "google",
        "service_id": None,
        "credential_id": credential["id"],
        "error": None,
        "expires_at": flow["expires_at"],
    }
    assert credential["status"] == "active"
    assert credential["scopes"] == ["calendar.read"]
    assert api.fetched(f"/credentials/{credential['id']}") == credential


def test_a_code_works_once(api: Caller, flow: dict[str, Any]) -> None:
    back = returned(decide(api, flow, "approve"))
    api.made("/oauth/callback", {"code": back["code"], "state": back["state"]})

    again = api.post("/oauth/callback", {"code": back["code"], "state": back["state"]})

    assert error_of(again) == (422, "VALIDATION_ERROR")


@pytest.mark.parametrize("wrong", [{"code": "code_none"}, {"state": "st_none"}, {"provider": "github"}])
def test_what_does_not_fit_the_flow_is_refused(api: Caller, flow: dict[str, Any], wrong: dict[str, str]) -> None:
    back = returned(decide(api, flow, "approve"))

    reply = api.post("/oauth/callback", {"code": back["code"], "state": back["state"], **wrong})

    assert error_of(reply) == (422, "VALIDATION_ERROR")


def test_a_code_is_too_old_after_ten_minutes(api: Caller, flow: dict[str, Any]) -> None:
    back = returned(decide(api, flow, "approve"))
    api.sandbox.clock.advance(601)

    reply = api.post("/oauth/callback", {"code": back["code"], "state": back["state"]})

    assert error_of(reply) == (422, "VALIDATION_ERROR")


def test_denying_fails_the_flow_and_makes_no_credential(api: Caller, flow: dict[str, Any]) -> None:
    back = returned(decide(api, flow, "deny"))

    assert back == {"tab": "2", "error": "access_denied", "state": flow["state"]}
    assert (status(api, flow)["status"], status(api, flow)["error"]) == ("failed", "access_denied")
    assert api.fetched("/credentials") == []


def test_a_flow_that_nobody_answers_expires(api: Caller, flow: dict[str, Any]) -> None:
    api.sandbox.clock.advance(601)

    assert status(api, flow)["status"] == "expired"
    assert api.http.get(flow["authorization_url"]).status_code == 410
    assert decide(api, flow, "approve").status_code == 410


def test_a_flow_is_answered_once(api: Caller, flow: dict[str, Any]) -> None:
    decide(api, flow, "deny")

    assert decide(api, flow, "approve").status_code == 409
    assert status(api, flow)["status"] == "failed"


def test_the_page_answers_only_its_own_links_and_decisions(api: Caller, flow: dict[str, Any]) -> None:
    forged = flow["authorization_url"].replace(flow["state"], "st_forged")

    assert api.http.get(forged).status_code == 404
    assert api.http.get(f"{api.sandbox.url}/consent/flow_none").status_code == 404
    assert decide(api, flow, "perhaps").status_code == 400
    assert status(api, flow)["status"] == "pending"


def test_nothing_from_the_request_becomes_markup(api: Caller) -> None:
    flow = api.made("/oauth/initiate", {**REQUEST, "provider": "<b>x</b>", "scopes": ["<script>1</script>"]})

    page = api.http.get(flow["authorization_url"]).text

    assert "<b>x</b>" not in page
    assert "<script>" not in page


@pytest.mark.parametrize("uri", ["/relative", "javascript:alert(1)", "https://a.example/\r\nX-Evil: 1"])
def test_a_browser_is_never_sent_to_what_is_no_address(api: Caller, uri: str) -> None:
    reply = api.post("/oauth/initiate", {**REQUEST, "redirect_uri": uri})

    assert error_of(reply) == (422, "VALIDATION_ERROR")


def test_a_service_is_enough_and_tells_its_provider(api: Caller) -> None:
    begun = api.made("/oauth/initiate", {"service_id": "svc_google_calendar", "redirect_uri": "https://a.example"})

    credential = connected(api, begun)

    assert (credential["provider"], credential["service_id"]) == ("google", "svc_google_calendar")


def test_without_provider_and_service_nothing_begins(api: Caller) -> None:
    reply = api.post("/oauth/initiate", {"redirect_uri": "https://a.example"})

    assert error_of(reply) == (422, "VALIDATION_ERROR")


def test_a_flow_belongs_to_its_namespace(api: Caller, flow: dict[str, Any]) -> None:
    back = returned(decide(api, flow, "approve"))
    other = api.within("user_2")

    assert error_of(other.get(f"/oauth/status/{flow['flow_id']}")) == (404, "NOT_FOUND")
    assert other.post("/oauth/callback", {"code": back["code"], "state": back["state"]}).status_code == 422


def test_a_credential_shows_its_token_only_when_asked(api: Caller, flow: dict[str, Any]) -> None:
    credential = connected(api, flow)

    token = api.fetched(f"/credentials/{credential['id']}/token")

    assert (token["token_type"], token["scope"]) == ("Bearer", "calendar.read")
    assert 3590 <= token["expires_in"] <= 3600
    assert token["access_token"] not in str(api.get(f"/credentials/{credential['id']}").json())


def test_a_token_that_is_about_to_expire_is_refreshed_first(api: Caller, flow: dict[str, Any]) -> None:
    credential = connected(api, flow)
    first = api.fetched(f"/credentials/{credential['id']}/token")

    api.sandbox.clock.advance(3580)
    second = api.fetched(f"/credentials/{credential['id']}/token")

    assert second["access_token"] != first["access_token"]
    assert second["expires_in"] > 3500


def test_a_refresh_renews_the_token(api: Caller, flow: dict[str, Any]) -> None:
    credential = connected(api, flow)
    first = api.fetched(f"/credentials/{credential['id']}/token")

    refreshed = data_of(api.post(f"/credentials/{credential['id']}/refresh"))

    assert refreshed["status"] == "active"
    assert api.fetched(f"/credentials/{credential['id']}/token")["access_token"] != first["access_token"]


def test_a_provider_that_refuses_makes_the_credential_expire(api: Caller, flow: dict[str, Any]) -> None:
    credential = connected(api, flow, refuse_refresh="on")
    good = api.get(f"/credentials/{credential['id']}/token")

    refresh = api.post(f"/credentials/{credential['id']}/refresh")

    assert good.status_code == 200
    assert error_of(refresh) == (409, "REFRESH_FAILED")
    assert api.fetched(f"/credentials/{credential['id']}")["status"] == "expired"
    assert error_of(api.get(f"/credentials/{credential['id']}/token")) == (409, "REFRESH_FAILED")


def test_a_list_by_status_knows_what_has_expired_by_now(api: Caller, flow: dict[str, Any]) -> None:
    lasting = connected(api, flow)
    ending = connected(api, api.made("/oauth/initiate", REQUEST), refuse_refresh="on")
    api.sandbox.clock.advance(3601)
    late = api.with_token(token_of(api.sandbox, api.http)["access_token"])

    expired = late.fetched("/credentials", status="expired")
    active = late.fetched("/credentials", status="active", provider="google")

    assert [found["id"] for found in expired] == [ending["id"]]
    assert [found["id"] for found in active] == [lasting["id"]]


def test_a_deleted_credential_is_gone(api: Caller, flow: dict[str, Any]) -> None:
    credential = connected(api, flow)

    assert api.delete(f"/credentials/{credential['id']}").status_code == 204

    assert error_of(api.get(f"/credentials/{credential['id']}/token")) == (404, "NOT_FOUND")
