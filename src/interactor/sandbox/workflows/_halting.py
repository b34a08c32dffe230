"""What a halted instance shows, and how it asks.

Source: Interactor workflows guide, Halting Instructions and Halting Presentations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from interactor.workflows._routing import target_of, transitions_of

from ._substitution import Sources, as_text, filled_in, finder, shown_to_people

SHOWN = ("halted_at_state", "halting_presentation", "halted_options")
"""The fields of an instance, or of a thread, that stand there while it waits."""


class Instructions(NamedTuple):
    """Halting instructions in any of their forms."""

    text: str
    paths: list[str]
    model: str | None
    generated: bool


def waiting_in(name: str, state: Mapping[str, Any], sources: Sources, written: str | None = None) -> dict[str, Any]:
    """The fields of whoever halts in this state. `written` is what a model wrote, where one did."""
    shown: dict[str, Any] = {"halted_at_state": name}
    if "presentation" in state:
        shown["halting_presentation"] = shown_to_people(state["presentation"], sources)
    if "halting_instructions" in state or state.get("transition_mode") == "selection":
        shown["halted_options"] = _options(state, sources, written)
    return shown


def instructions_of(state: Mapping[str, Any]) -> Instructions:
    """What a halting state says about its message."""
    told: dict[str, Any] = state.get("halting_instructions") or {}
    config: dict[str, Any] = told.get("config") or {}
    text = config.get("message") or config.get("prompt") or told.get("instruction") or state.get("description")
    paths: list[str] = told.get("include_data") or config.get("include_data_paths") or []
    generated = bool(told) and told.get("type") != "message"
    return Instructions(text or "Choose how to go on.", paths, config.get("model"), generated)


def saying(state: str, shown: Mapping[str, Any]) -> str:
    """What the workflow says in the chat when it halts."""
    options: dict[str, Any] = shown.get("halted_options") or {}
    presentation: dict[str, Any] = shown.get("halting_presentation") or {}
    texts = (options.get("instruction"), *(presentation.get(name) for name in ("message", "description", "title")))
    return next((text for text in texts if isinstance(text, str) and text), f"I wait in {state}.")


def _options(state: Mapping[str, Any], sources: Sources, written: str | None) -> dict[str, Any]:
    told = instructions_of(state)
    text = as_text(filled_in(told.text, sources))
    if told.generated:
        text = written or _by_rule(text, told.paths, sources["workflow_data"])
    options: dict[str, Any] = {
        "instruction": text,
        "include_data": told.paths,
        "transition_mode": state.get("transition_mode", "condition"),
        "generated": told.generated,
    }
    if options["transition_mode"] == "selection":
        options["choices"] = [_choice(way) for way in transitions_of(state) if "key" in way]
    return options


def _by_rule(prompt: str, paths: list[str], data: Mapping[str, Any]) -> str:
    """What is written without a model: the prompt itself, and the facts that it may see."""
    find = finder(data)
    facts = [f"{path}: {as_text(find(path))}" for path in paths]
    return f"{prompt} ({'; '.join(facts)})" if facts else prompt


def _choice(way: Mapping[str, Any]) -> dict[str, Any]:
    described = {"description": way["description"]} if "description" in way else {}
    return {"key": way["key"], **described, "to": target_of(way)}
