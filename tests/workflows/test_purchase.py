"""The guide's purchase approval, from its definition to the drawing of each run. Source: Test Scenarios."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from interactor import InteractorClient
from interactor.models import FormPresentation, Instance
from interactor.workflows import Definition, field
from tests.sandbox.receiving import Receiver, receiver

NOTE = {"name": "comment", "type": "string", "label": "Comment", "multiline": True}
VERDICT = {"name": "approved", "type": "boolean", "label": "Approve?", "required": True}

YES, NO = {"approved": True}, {"approved": False}
SCENARIOS: list[Any] = [
    pytest.param(500, {}, "approved", ["submit", "auto_approved"], id="auto-approve"),
    pytest.param(5000, {"manager": YES}, "approved", ["submit", "manager", "approved"], id="manager only"),
    pytest.param(
        15_000, {"manager": YES, "vp": YES}, "approved", ["submit", "manager", "vp", "approved"], id="VP required"
    ),
    pytest.param(5000, {"manager": NO}, "rejected", ["submit", "manager", "rejected"], id="rejected"),
]


def purchase(url: str) -> Definition:
    """Up to 1,000 by itself, up to 10,000 by a manager, above that by the vice president as well."""
    return (
        Definition("purchase_approval", initial="submit")
        .action("submit", script="return {...input, status: 'pending'};")
        .to("auto_approved", when=field("amount") <= 1000)
        .to("manager")
        .halting(
            "manager",
            presentation={
                "type": "form",
                "title": "Approve ${workflow_data.description}?",
                "fields": [VERDICT, NOTE],
            },
        )
        .to("vp", when=(field("approved") == True) & (field("amount") > 10_000))  # noqa: E712  # a condition, no test
        .to("approved", when=field("approved") == True)  # noqa: E712  # a condition, no test
        .to("rejected")
        .halting("vp", presentation={"type": "form", "title": "A large purchase", "fields": [VERDICT]})
        .to("approved", when=field("approved") == True)  # noqa: E712  # a condition, no test
        .to("rejected")
        .action("auto_approved", script="return {...workflow_data, status: 'approved', approved_by: 'auto'};")
        .to("notify")
        .action("approved", script="return {...workflow_data, status: 'approved'};")
        .to("notify")
        .action("rejected", script="return {...workflow_data, status: 'rejected'};")
        .to("notify")
        .action(
            "notify",
            logic={
                "type": "http",
                "method": "POST",
                "url": url,
                "body": {"event": "decision", "to": "${workflow_data.requester}", "status": "${workflow_data.status}"},
            },
        )
        .to("complete")
        .terminal("complete")
    )


@pytest.fixture(scope="module")
def app() -> Iterator[Receiver]:
    """The application that is told of each decision."""
    with receiver() as made:
        yield made


@pytest.mark.parametrize(("amount", "answers", "status", "path"), SCENARIOS)
def test_each_scenario_takes_its_path_and_is_drawn(
    client: InteractorClient,
    app: Receiver,
    amount: int,
    answers: dict[str, dict[str, bool]],
    status: str,
    path: list[str],
) -> None:
    definition = purchase(app.url)
    client.workflows.deploy(definition)
    app.received.clear()

    def answer(instance: Instance) -> dict[str, bool]:
        return answers[str(instance.current_state)]

    given = {"amount": amount, "requester": "ann@example.com", "description": "a laptop"}
    run = client.workflows.instances.run("purchase_approval", given, on_halt=answer, timeout=30)

    whole = client.workflows.instances.get(run.id)
    assert [stay.state for stay in whole.history or ()] == [*path, "notify", "complete"]
    assert (whole.status, (whole.workflow_data or {})["status"]) == ("completed", status)
    assert [post.json for post in app.received] == [{"event": "decision", "to": "ann@example.com", "status": status}]
    drawn = definition.to_text(whole).splitlines()
    assert {line.split()[1] for line in drawn if line.endswith("✓")} == {*path, "notify"}
    assert "■ complete  ← here" in drawn
    assert definition.to_svg(whole) != definition.to_svg()


def test_what_is_asked_is_filled_in(client: InteractorClient, app: Receiver) -> None:
    client.workflows.deploy(purchase(app.url))

    started = client.workflows.instances.create(
        "purchase_approval", input={"amount": 5000, "requester": "ann", "description": "a laptop"}
    )
    halted = client.workflows.instances.wait(started.id, until={"halted"}, timeout=30)

    assert isinstance(halted.halting_presentation, FormPresentation)
    assert halted.halting_presentation.title == "Approve a laptop?"
