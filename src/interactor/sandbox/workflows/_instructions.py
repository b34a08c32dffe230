"""Instructions that a model writes when an instance halts, where the sandbox has a real model.

Without one they are written by a rule, in `_halting`, so that the same data gets the same text.
Source: Interactor workflows guide, AI-Generated Instructions.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

from interactor.sandbox.answers._acts import AnswerFailedError, Say
from interactor.sandbox.answers._models import Model

from ._halting import instructions_of
from ._substitution import Sources, as_text, filled_in, finder

_MODEL = "gpt-4"  # where the definition names none
_ROLE = "You write the message that a person reads when a workflow waits for them. Answer with the message alone."


def prompt_for(state: Mapping[str, Any], sources: Sources) -> dict[str, Any] | None:
    """The body of a request for a completion; None where there is nothing for a model to write."""
    told = instructions_of(state)
    if not told.generated:
        return None
    find = finder(sources["workflow_data"])
    facts = "\n".join(f"{path}: {as_text(find(path))}" for path in told.paths)
    asked = as_text(filled_in(told.text, sources))
    messages = [{"role": "system", "content": _ROLE}, {"role": "user", "content": f"{asked}\n\n{facts}".strip()}]
    return {"model": told.model or _MODEL, "messages": messages, "stream": True}


async def written_by(model: Model, prompt: Mapping[str, Any]) -> str | None:
    """What the model writes; None when it does not."""
    said: list[str] = []
    try:
        async with aclosing(model.complete(prompt)) as steps:
            async for step in steps:
                if isinstance(step, Say):
                    said.append(step.text)
    except AnswerFailedError:
        return None
    return "".join(said).strip() or None
