"""`client.rooms`, and what it can do beyond its endpoints."""

from __future__ import annotations

from interactor_api.resources import rooms as generated


class Rooms(generated.Rooms):
    """`client.rooms`: Conversations with an assistant, their event streams and the results of tool calls."""


class AsyncRooms(generated.AsyncRooms):
    """`client.rooms`: Conversations with an assistant, their event streams and the results of tool calls."""
