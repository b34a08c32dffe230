"""The answers of assistants without a script or a model: they depend on the assistant and the message alone."""

from __future__ import annotations

from interactor.sandbox._assistants import answer_to, answer_with
from interactor.sandbox._tools import calls_in

from ._acts import Say, Steps, pieces
from ._situations import Situation


async def plain_answer(situation: Situation) -> Steps:
    """It asks for the tools that the message names, or answers at once."""
    if situation.calls:
        text = answer_with(situation.assistant, situation.results)
    else:
        content = situation.question["content"]
        calls = calls_in(content, situation.tools)
        for call in calls:
            yield call
        text = "" if calls else answer_to(situation.scene, situation.assistant, content)
    for piece in pieces(text):
        yield Say(piece)
