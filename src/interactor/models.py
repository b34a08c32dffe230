"""Every object of the API as a class, loaded on first use: `from interactor.models import Assistant`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import interactor_api.models as _models

if TYPE_CHECKING:
    from interactor_api.models import *  # noqa: F403  # the generated package says what there is


def __getattr__(name: str) -> Any:
    return getattr(_models, name)


def __dir__() -> list[str]:
    return dir(_models)
