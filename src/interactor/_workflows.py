"""`client.workflows`, and what it can do beyond its endpoints."""

from __future__ import annotations

from interactor_api.resources import workflows as generated


class Workflows(generated.Workflows):
    """`client.workflows`: Definitions of state machines, their versions and the errors of their runs."""


class AsyncWorkflows(generated.AsyncWorkflows):
    """`client.workflows`: Definitions of state machines, their versions and the errors of their runs."""
