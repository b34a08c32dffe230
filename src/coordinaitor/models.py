"""Every object of the API as a class, loaded on first use: `from coordinaitor.models import Task`."""

from __future__ import annotations

from tandem._lazy import names_of

TYPE_CHECKING = False  # not typing's: its import would be most of what this module's import costs
if TYPE_CHECKING:
    from coordinaitor_api.models import *  # noqa: F403  # the generated package says what there is

if not TYPE_CHECKING:  # a checker reads the names above, and knows what is not there
    __getattr__, __dir__ = names_of("coordinaitor_api.models")
