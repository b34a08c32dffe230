"""`client.auth`: the endpoints, and the session that the client itself has."""

from __future__ import annotations

import coordinaitor_api.resources.auth as endpoints

from tandem._sessions import AsyncSessionResource, SessionResource


class Auth(SessionResource, endpoints.Auth):
    """`client.auth`: Sessions, API keys and OAuth 2.0 tokens, and what this client itself calls with."""


class AsyncAuth(AsyncSessionResource, endpoints.AsyncAuth):
    """`client.auth`: Sessions, API keys and OAuth 2.0 tokens, and what this client itself calls with."""
