"""The control of scripts, for those who steer the sandbox from another process."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from interactor.sandbox._json import is_array, is_object
from tandem.sandbox import Actions, BadControlError, Platform, Request, Scene

from ._scripts import KIND, BadScriptError, write_script


class ScriptControls:
    """`/scripts`: post `{"assistant_id": "asst_…", "steps": [{"say": "Hello."}]}`; no steps take a script away."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def actions(self) -> Actions:
        """What `Platform.control_actions` returns."""
        return {"/scripts": {"GET": self._scripts, "POST": self._write, "DELETE": self._clear}}

    def _scripts(self, *_: Any) -> dict[str, Any]:
        scripts = self._platform.store.list(KIND, namespace=None)
        return {"scripts": [{name: script[name] for name in ("assistant_id", "turns")} for script in scripts]}

    def _write(self, _: Request, body: Any) -> dict[str, Any]:
        given = body if is_object(body) else {}
        assistant_id, steps = given.get("assistant_id"), given.get("steps", [])
        if not isinstance(assistant_id, str) or not is_array(steps):
            raise BadControlError(
                'The body needs an assistant and its steps, like {"assistant_id": "…", "steps": […]}.'
            )
        with self._platform.store.transaction():
            try:
                return {"turns": script(self._platform, assistant_id, steps)}
            except BadScriptError as error:
                raise BadControlError(str(error)) from None

    def _clear(self, *_: Any) -> dict[str, Any]:
        self._platform.store.delete_where(KIND, namespace=None)
        return {"status": "ok"}


def script(platform: Platform, assistant_id: str, steps: Iterable[Any]) -> int:
    """Give an assistant a script, or take it away. Returns the number of turns. Raises BadScriptError."""
    if platform.store.get("assistant", assistant_id, namespace=None) is None:
        raise BadScriptError(f"No assistant has the id {assistant_id}. Create it first.")
    return write_script(Scene(platform, ""), assistant_id, steps)
