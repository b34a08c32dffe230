"""`from interactor import *` gives the public names, and what they are: mypy and pyright read this too."""
# ruff: noqa: F403, F405  # the star is what is tested

from __future__ import annotations

import interactor
from interactor import *


def test_the_public_names_are_there() -> None:
    assert set(vars(interactor)["__all__"]) <= set(globals())


def test_type_checkers_know_what_they_are() -> None:
    client: type[InteractorClient] = InteractorClient
    error: type[InteractorError] = NotFoundError
    attempts: int = RetryPolicy(max_attempts=2).max_attempts

    assert (client, error, attempts) == (interactor.InteractorClient, interactor.NotFoundError, 2)
