"""`from coordinaitor import *` gives the public names, and what they are: mypy and pyright read this too."""
# ruff: noqa: F403, F405  # the star is what is tested

from __future__ import annotations

import coordinaitor
from coordinaitor import *


def test_the_public_names_are_there() -> None:
    assert set(vars(coordinaitor)["__all__"]) <= set(globals())


def test_type_checkers_know_what_they_are() -> None:
    client: type[OrchestratorClient] = OrchestratorClient
    error: type[OrchestratorError] = NotFoundError
    attempts: int = RetryPolicy(max_attempts=2).max_attempts

    assert (client, error, attempts) == (coordinaitor.OrchestratorClient, coordinaitor.NotFoundError, 2)
