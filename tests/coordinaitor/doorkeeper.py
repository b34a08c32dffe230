"""A platform that keeps its doors: sessions, refresh tokens that are good for one use, API keys. Without a network."""

from __future__ import annotations

import json
import threading
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tandem import Request
from tests.tandem.fakes import Answer, Server, Step, answer, header

REFUSED = answer({"success": False, "error": {"code": "AUTHENTICATION_ERROR", "message": "no"}}, 401)
PASSWORD, API_KEY, CODE = "canary-password", "ak_canary", "canary-code"
LIFETIME = 3600


class Doorkeeper(Server):
    """Lets in who shows a token of a session that goes on, or the API key. `doors` are the requests for tokens."""

    def __init__(self, *steps: Step) -> None:
        super().__init__(*(steps or (answer({"success": True, "data": {"id": "task-1"}}),)))
        self.doors: list[tuple[str, dict[str, Any]]] = []
        self.door_steps: dict[str, list[Step]] = {}
        """What a door answers first, by the last word of its path."""
        self.rotates = True
        self.code_is_good = True
        self._made = 0
        self._sessions: dict[str, str] = {}
        """The token of each session, by its refresh token."""
        self._door = threading.Lock()

    def respond(self, request: Request) -> Answer:
        path = urlsplit(request.url).path
        if "/auth/" not in path and not path.endswith("/oauth/token"):
            return super().respond(request) if self._lets_in(request) else REFUSED
        with self._door:
            return self._at_the_door(path.rpartition("/")[2], request)

    @property
    def asked(self) -> list[str]:
        """Which doors were asked, in turn."""
        return [name for name, _ in self.doors]

    @property
    def sessions(self) -> int:
        """How many sessions go on."""
        return len(self._sessions)

    def end_all_sessions(self) -> None:
        self._sessions.clear()

    def spoil_tokens(self) -> None:
        """The tokens are refused from now on; the sessions go on."""
        self._sessions = dict.fromkeys(self._sessions, "")

    def _lets_in(self, request: Request) -> bool:
        token = (header(request, "authorization") or "").removeprefix("Bearer ")
        return (bool(token) and token in self._sessions.values()) or header(request, "x-api-key") == API_KEY

    def _at_the_door(self, name: str, request: Request) -> Answer:
        content = request.content if isinstance(request.content, bytes) else b""
        body = json.loads(content) if name != "token" else {k: v[0] for k, v in parse_qs(content.decode()).items()}
        self.doors.append((name, body))
        if steps := self.door_steps.get(name):
            step = steps.pop(0)
            if isinstance(step, Exception):
                raise step
            return step(request) if callable(step) else step
        match name:
            case "login":
                return self._session("data") if body.get("password") == PASSWORD else REFUSED
            case "refresh":
                return self._renewed(body.get("refreshToken"), "data")
            case "logout":
                known = self._lets_in(request) and self._sessions.pop(body["refreshToken"], "")
                return answer(None, 204) if known else REFUSED
            case _:
                return self._exchanged(body)

    def _exchanged(self, body: dict[str, Any]) -> Answer:
        if body["grant_type"] == "refresh_token":
            return self._renewed(body.get("refresh_token"), None)
        good, self.code_is_good = self.code_is_good and body.get("code") == CODE, False
        return self._session(None) if good else answer({"error": "invalid_grant", "error_description": "no"}, 400)

    def _renewed(self, refresh_token: str | None, envelope: str | None) -> Answer:
        if self._sessions.pop(refresh_token or "", None) is None:
            return REFUSED
        return self._session(envelope, None if self.rotates else refresh_token)

    def _session(self, envelope: str | None, kept: str | None = None) -> Answer:
        self._made += 1
        token, refresh_token = f"token-{self._made}", kept or f"refresh-{self._made}"
        self._sessions[refresh_token] = token
        told: dict[str, Any] = {"expiresIn": LIFETIME, "accessToken": token}
        if envelope is None:
            told = {"expires_in": LIFETIME, "access_token": token, "token_type": "Bearer"}
        if kept is None:
            told["refreshToken" if envelope else "refresh_token"] = refresh_token
        return answer({"success": True, envelope: told} if envelope else told)
