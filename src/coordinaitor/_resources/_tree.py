"""What both clients have at their root beside the generated resources."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from coordinaitor_api import Api, AsyncApi

from tandem._live._roots import Subscribing

if TYPE_CHECKING:
    from coordinaitor_api.models import ChannelMessage

    from tandem import AsyncClient, Client, Operation
    from tandem._live._channels import AsyncLiveChannel, LiveChannel  # noqa: F401  # of the base classes

    from ._tasks import AsyncTasks, Tasks


class Tree(Subscribing["LiveChannel[ChannelMessage]"], Api):
    """The root of a synchronous client."""

    @cached_property
    def tasks(self) -> Tasks:
        """`client.tasks`: Work to be done, with comments, files, history and progress."""
        from ._tasks import Tasks

        return Tasks(cast("Client", self))

    def _live_operation(self) -> Operation[ChannelMessage]:
        from coordinaitor._live import LIVE

        return LIVE


class AsyncTree(Subscribing["AsyncLiveChannel[ChannelMessage]"], AsyncApi):
    """The root of an asynchronous client."""

    @cached_property
    def tasks(self) -> AsyncTasks:
        """`client.tasks`: Work to be done, with comments, files, history and progress."""
        from ._tasks import AsyncTasks

        return AsyncTasks(cast("AsyncClient", self))

    def _live_operation(self) -> Operation[ChannelMessage]:
        from coordinaitor._live import LIVE

        return LIVE
