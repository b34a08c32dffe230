"""Projects, and what their members may do in them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from coordinaitor.sandbox import Account, Sandbox

from .calling import Caller, error_of

DENIED = (403, "AUTHORIZATION_ERROR")
AGENT = {"name": "Ann", "type": "coding", "model": "gpt-4", "provider": "openai"}


@pytest.fixture
def manager(sandbox: Sandbox, http: httpx.Client) -> Caller:
    """Somebody who may write projects, but is no administrator."""
    sandbox.add_user(Account("max@example.com", "pw", "Max", role="project-manager"))
    return Caller(sandbox, http, {"X-API-Key": sandbox.api_key(email="max@example.com")})


def id_of(caller: Caller) -> str:
    return str(caller.fetched("/users/me")["id"])


def test_a_project_has_what_it_was_given_and_figures(api: Caller) -> None:
    agent = api.made("/agents", AGENT)["id"]
    given = {"name": "Shop", "budget": {"hours": 500}, "agents": [agent], "tags": ["web"], "priority": "high"}

    project = api.made("/projects", given)

    assert given.items() <= project.items()
    assert (project["status"], project["progress"], project["assignedAgents"]) == ("active", 0.0, 1)
    assert api.fetched(f"/projects/{project['id']}") == project


def test_tasks_are_counted_when_they_are_asked_for(api: Caller, resting: None) -> None:
    project = api.made("/projects", {"name": "Shop"})["id"]
    tasks = [api.made("/tasks", {"title": "A", "projectId": project})["id"] for _ in range(3)]
    api.patch(f"/tasks/{tasks[0]}", {"status": "active"})
    api.patch(f"/tasks/{tasks[0]}", {"status": "completed"})

    shown = api.fetched(f"/projects/{project}")

    assert (shown["taskCount"]["total"], shown["taskCount"]["completed"], shown["taskCount"]["pending"]) == (3, 1, 2)
    assert shown["progress"] == 0.3333
    assert {task["id"] for task in api.fetched(f"/projects/{project}/tasks")} == set(tasks)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["Blog", "Shop"]),
        ({"search": "SHO"}, ["Shop"]),
        ({"search": "web page"}, ["Blog"]),
        ({"status": "on-hold"}, ["Blog"]),
        ({"memberId": "nobody"}, []),
        ({"limit": 1, "page": 2}, ["Shop"]),
    ],
)
def test_a_list_shows_what_fits_newest_first(api: Caller, query: dict[str, Any], names: list[str]) -> None:
    api.made("/projects", {"name": "Shop"})
    blog = api.made("/projects", {"name": "Blog", "description": "A page of the web"})["id"]
    api.put(f"/projects/{blog}", {"name": "Blog", "description": "A page of the web", "status": "on-hold"})

    assert [project["name"] for project in api.fetched("/projects", **query)] == names


def test_links_lead_to_the_other_pages_with_the_filters(api: Caller) -> None:
    for name in ("A", "B", "C"):
        api.made("/projects", {"name": name})

    whole = api.get("/projects", page=2, limit=1, status="active").json()

    assert whole["links"] == {
        "first": "/api/v1/projects?page=1&limit=1&status=active",
        "last": "/api/v1/projects?page=3&limit=1&status=active",
        "next": "/api/v1/projects?page=3&limit=1&status=active",
        "prev": "/api/v1/projects?page=1&limit=1&status=active",
    }
    assert whole["pagination"] == {"page": 2, "limit": 1, "total": 3, "pages": 3, "hasNext": True, "hasPrev": True}


def test_a_replacement_keeps_status_members_and_agents(api: Caller) -> None:
    member = {"userId": id_of(api), "role": "project-manager"}
    project = api.made("/projects", {"name": "Shop", "teamMembers": [member], "tags": ["web"], "budget": {"cost": 1}})
    api.put(f"/projects/{project['id']}", {"name": "Shop", "status": "on-hold"})

    replaced = api.put(f"/projects/{project['id']}", {"name": "Store"}).json()["data"]

    assert (replaced["status"], replaced["teamMembers"]) == ("on-hold", [member])
    assert (replaced["tags"], "budget" in replaced) == ([], False)


def test_its_beginning_and_its_end_are_announced_once(api: Caller) -> None:
    project = api.made("/projects", {"name": "Shop"})["id"]
    for _ in range(2):
        api.put(f"/projects/{project}", {"name": "Shop", "status": "completed"})

    events = [event["type"] for event in api.sandbox.platform.deliverer.log.events()]

    assert [event for event in events if event.startswith("project.")] == ["project.created", "project.completed"]


def test_tasks_outlive_their_project(api: Caller) -> None:
    project = api.made("/projects", {"name": "Shop"})["id"]
    task = api.made("/tasks", {"title": "A", "projectId": project})["id"]

    assert api.send("DELETE", f"/projects/{project}").status_code == 204

    assert error_of(api.get(f"/projects/{project}")) == (404, "NOT_FOUND")
    assert api.fetched(f"/tasks/{task}").get("projectId") is None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"teamMembers": [{"userId": "user-none", "role": "developer"}]}, "teamMembers"),
        ({"agents": ["agent-none"]}, "agents"),
        ({"startDate": "2026-02-02T00:00:00Z", "endDate": "2026-02-01T00:00:00Z"}, "endDate"),
        ({"startDate": "2026-02-30T00:00:00Z"}, "startDate"),
        ({"budget": {"hours": -1}}, "budget.hours"),
        ({"name": ""}, "name"),
    ],
)
def test_what_cannot_be_is_told_by_field(api: Caller, given: dict[str, Any], field: str) -> None:
    reply = api.post("/projects", {"name": "Shop", **given})

    assert error_of(reply) == (422, "VALIDATION_ERROR")
    assert list(reply.json()["error"]["details"]) == [field]


def test_members_come_and_go(api: Caller) -> None:
    project = api.made("/projects", {"name": "Shop"})["id"]
    member = {"userId": id_of(api), "role": "developer", "permissions": ["tasks:read"]}

    assert api.made(f"/projects/{project}/members", member) == member
    assert error_of(api.post(f"/projects/{project}/members", member)) == (409, "CONFLICT_ERROR")
    assert api.fetched("/projects", memberId=member["userId"])[0]["teamSize"] == 1
    assert api.send("DELETE", f"/projects/{project}/members/{member['userId']}").status_code == 204
    assert error_of(api.send("DELETE", f"/projects/{project}/members/{member['userId']}")) == (404, "NOT_FOUND")


def test_who_is_no_member_may_look_and_change_nothing(api: Caller, manager: Caller) -> None:
    project = api.made("/projects", {"name": "Shop"})["id"]

    assert manager.get(f"/projects/{project}").status_code == 200
    assert error_of(manager.put(f"/projects/{project}", {"name": "Mine"})) == DENIED
    assert error_of(manager.send("DELETE", f"/projects/{project}")) == DENIED
    assert error_of(manager.post(f"/projects/{project}/members", {"userId": id_of(manager), "role": "x"})) == DENIED
    assert error_of(manager.post("/tasks", {"title": "A", "projectId": project})) == DENIED


@pytest.mark.parametrize(
    ("membership", "status"),
    [
        ({"role": "project-manager"}, 200),
        ({"role": "developer"}, 403),
        ({"role": "developer", "permissions": ["projects:write"]}, 200),
        ({"role": "project-manager", "permissions": ["tasks:write"]}, 403),
        ({"role": "friend of the house"}, 403),
    ],
)
def test_a_member_may_do_what_the_membership_says(
    api: Caller, manager: Caller, membership: dict[str, Any], status: int
) -> None:
    members = [{"userId": id_of(manager), **membership}]
    project = api.made("/projects", {"name": "Shop", "teamMembers": members})["id"]

    assert manager.put(f"/projects/{project}", {"name": "Store"}).status_code == status


def test_whoever_began_a_project_may_do_everything_in_it(manager: Caller) -> None:
    project = manager.made("/projects", {"name": "Mine"})["id"]

    assert manager.put(f"/projects/{project}", {"name": "Mine too"}).status_code == 200
