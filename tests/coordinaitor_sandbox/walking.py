"""A walk through all of the document, with one success for each operation."""

from __future__ import annotations

import httpx

from coordinaitor.sandbox import Sandbox
from tests.sandbox.calling import data_of

from .calling import Caller, login

AGENT = {"name": "Ann", "type": "coding", "model": "gpt-4", "provider": "openai", "maxConcurrentTasks": 5}


def walk(sandbox: Sandbox, http: httpx.Client) -> None:
    """Through all of CoordinAItor."""
    session = login(sandbox, http, sandbox.email, sandbox.password)
    session = data_of(http.post(f"{sandbox.url}/api/v1/auth/refresh", json={"refreshToken": session["refreshToken"]}))
    api = Caller(sandbox, http, {"Authorization": f"Bearer {session['accessToken']}"})
    agents(api)
    projects(api)
    tasks(api)
    people(api)
    for path in ("health", "metrics", "logs", "status"):
        api.fetched(f"/system/{path}")
    api.made("/webhooks", {"url": "https://app.example.com/hooks", "events": ["task.completed"]})
    access(api, session["refreshToken"])


def agents(api: Caller) -> None:
    agent = api.made("/agents", AGENT)["id"]
    api.put(f"/agents/{agent}", {**AGENT, "name": "Anna"})
    api.fetched("/agents")
    api.fetched(f"/agents/{agent}", include="tasks,metrics,logs")
    api.fetched(f"/agents/{agent}/tasks")
    api.fetched(f"/agents/{agent}/metrics")
    api.made(f"/agents/{agent}/disable", {"reason": "Maintenance"})
    api.made(f"/agents/{agent}/enable")


def projects(api: Caller) -> None:
    member = {"userId": api.fetched("/users")[1]["id"], "role": "developer"}
    project = api.made("/projects", {"name": "Shop"})["id"]
    api.put(f"/projects/{project}", {"name": "Store"})
    api.fetched("/projects")
    api.fetched(f"/projects/{project}")
    api.fetched(f"/projects/{project}/tasks")
    api.made(f"/projects/{project}/members", member)
    api.send("DELETE", f"/projects/{project}/members/{member['userId']}")
    api.send("DELETE", f"/projects/{project}")


def tasks(api: Caller) -> None:
    agent = api.fetched("/agents")[0]["id"]
    task = api.made("/tasks", {"title": "Sign-up"})["id"]
    api.put(f"/tasks/{task}", {"title": "Registration"})
    api.patch(f"/tasks/{task}", {"priority": "high"})
    api.made(f"/tasks/{task}/assign", {"agentId": agent})
    api.made(f"/tasks/{task}/comments", {"content": "Well done."})
    api.upload(f"/tasks/{task}/files", ("a.txt", b"text", "text/plain"), description="A text")
    api.fetched("/tasks")
    api.fetched(f"/tasks/{task}", include="comments,files,history,metrics")
    api.send("DELETE", f"/tasks/{task}", params={"reason": "Not wanted"})


def people(api: Caller) -> None:
    me = api.fetched("/users/me")
    api.put("/users/me", {"name": me["name"]})
    api.upload("/users/me/avatar", ("me.png", b"picture", "image/png"))
    api.made("/projects", {"name": "Blog", "teamMembers": [{"userId": me["id"], "role": "developer"}]})
    (told, *_) = api.fetched("/users/me/notifications")
    api.send("PUT", f"/users/me/notifications/{told['id']}/read")


def access(api: Caller, refresh_token: str) -> None:
    api.made("/auth/api-keys", {"name": "Report", "permissions": ["tasks:read"]})
    app = api.sandbox.add_application("my_app")
    code = api.sandbox.authorization_code(app.client_id)
    proof = {"client_id": app.client_id, "client_secret": app.client_secret}
    api.http.post(f"{api.sandbox.url}/oauth/token", data={"grant_type": "authorization_code", "code": code, **proof})
    api.post("/auth/logout", {"refreshToken": refresh_token})
