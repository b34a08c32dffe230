"""`client.tools`, and what it can do beyond its endpoints."""

from __future__ import annotations

from interactor_api.resources import tools as generated


class Tools(generated.Tools):
    """`client.tools`: Functions of your application that an assistant may ask for."""


class AsyncTools(generated.AsyncTools):
    """`client.tools`: Functions of your application that an assistant may ask for."""
