"""The product's logger: silent and free unless someone listens."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ._conventions import Conventions

if TYPE_CHECKING:
    import logging

LEVELS = {"debug": 10, "info": 20}
_switched_on: set[str] = set()


def logger_of(conventions: Conventions) -> logging.Logger:
    """The logger. Loads `logging` when it is first asked for, as the first call does anyway."""
    import logging

    return logging.getLogger(conventions.logger)


def switch_on(conventions: Conventions, environ: Mapping[str, str] = os.environ) -> None:
    """Write the log to stderr where the environment asks for it: once in a process."""
    wanted = environ.get(conventions.log_env, "").strip().lower() if conventions.log_env else ""
    if not wanted or conventions.logger in _switched_on:
        return
    import logging

    _switched_on.add(conventions.logger)
    logger = logger_of(conventions)
    if wanted not in LEVELS:
        logger.warning("%s is not set to one of: %s.", conventions.log_env, ", ".join(LEVELS))
        return
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(LEVELS[wanted])
