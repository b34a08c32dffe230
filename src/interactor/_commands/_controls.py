"""The controls of a sandbox that runs in another process, over plain HTTP."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import urlencode, urlsplit

from ._problem import CommandError

DEFAULT_URL = "http://127.0.0.1:8787"
VARIABLE = "INTERACTOR_SANDBOX_URL"
_TIMEOUT = 60.0


class Controls:
    """Calls `/_sandbox` below a sandbox's URL. Whatever goes wrong is a CommandError."""

    def __init__(self, url: str | None = None) -> None:
        self.url = (url or os.environ.get(VARIABLE) or DEFAULT_URL).rstrip("/")
        try:
            parts = urlsplit(self.url)
            self._host, self._port, self._base = parts.hostname or "", parts.port, parts.path
        except ValueError:
            parts, self._host, self._port, self._base = urlsplit(""), "", None, ""
        if parts.scheme != "http" or not self._host:
            raise CommandError(f"--url has to be the address of a sandbox, like {DEFAULT_URL}; not {self.url}.", 2)

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """What a control shows."""
        return self._call("GET", path, query=query)

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        """Have a control do something."""
        return self._call("POST", path, body=body)

    def delete(self, path: str, **query: str) -> dict[str, Any]:
        """Have a control take something away."""
        return self._call("DELETE", path, query=query)

    def _call(
        self, method: str, path: str, *, query: dict[str, str] | None = None, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        import http.client  # most of what the command line would cost before it knows what is wanted

        target = f"{self._base}/_sandbox{path}" + (f"?{urlencode(query)}" if query else "")
        connection = http.client.HTTPConnection(self._host, self._port, timeout=_TIMEOUT)
        try:
            content = None if body is None else json.dumps(body).encode()
            connection.request(method, target, content, {"Content-Type": "application/json"} if content else {})
            reply = connection.getresponse()
            status, value = reply.status, json.loads(reply.read())
        except (OSError, http.client.HTTPException) as problem:
            reason = getattr(problem, "strerror", None) or type(problem).__name__
            raise CommandError(
                f"No sandbox answers at {self.url} ({reason}). Start one with `interactor sandbox`, or pass --url."
            ) from None
        except (ValueError, RecursionError):
            raise CommandError(f"What answers at {self.url} is no sandbox. Pass the right --url.") from None
        finally:
            connection.close()
        if status != 200 or not isinstance(value, dict):
            raise CommandError(_message(value) or f"The sandbox at {self.url} answered with status {status}.")
        return value  # pyright: ignore[reportUnknownVariableType]  # JSON has text keys


def _message(value: Any) -> str:
    # Controls answer with a text, everything else at that address with the platform's own envelope.
    return value["error"] if isinstance(value, dict) and isinstance(value.get("error"), str) else ""  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # any JSON
