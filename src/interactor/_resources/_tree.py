"""The resources that can do more than their endpoints: they take the places of the generated ones in both clients."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from interactor_api import Api, AsyncApi

if TYPE_CHECKING:
    from tandem import AsyncClient, Client

    from ._oauth import AsyncOauth, Oauth
    from ._rooms import AsyncRooms, Rooms
    from ._tools import AsyncTools, Tools
    from ._workflows import AsyncWorkflows, Workflows


class Tree(Api):
    """The resources of a synchronous client."""

    @cached_property
    def oauth(self) -> Oauth:
        """`client.oauth`: Access tokens for your application, and the consent flow that connects a user's account."""
        from ._oauth import Oauth

        return Oauth(cast("Client", self))

    @cached_property
    def rooms(self) -> Rooms:
        """`client.rooms`: Conversations with an assistant, their event streams and the results of tool calls."""
        from ._rooms import Rooms

        return Rooms(cast("Client", self))

    @cached_property
    def tools(self) -> Tools:
        """`client.tools`: Functions of your application that an assistant may ask for."""
        from ._tools import Tools

        return Tools(cast("Client", self))

    @cached_property
    def workflows(self) -> Workflows:
        """`client.workflows`: Definitions of state machines, their versions and the errors of their runs."""
        from ._workflows import Workflows

        return Workflows(cast("Client", self))


class AsyncTree(AsyncApi):
    """The resources of an asynchronous client."""

    @cached_property
    def oauth(self) -> AsyncOauth:
        """`client.oauth`: Access tokens for your application, and the consent flow that connects a user's account."""
        from ._oauth import AsyncOauth

        return AsyncOauth(cast("AsyncClient", self))

    @cached_property
    def rooms(self) -> AsyncRooms:
        """`client.rooms`: Conversations with an assistant, their event streams and the results of tool calls."""
        from ._rooms import AsyncRooms

        return AsyncRooms(cast("AsyncClient", self))

    @cached_property
    def tools(self) -> AsyncTools:
        """`client.tools`: Functions of your application that an assistant may ask for."""
        from ._tools import AsyncTools

        return AsyncTools(cast("AsyncClient", self))

    @cached_property
    def workflows(self) -> AsyncWorkflows:
        """`client.workflows`: Definitions of state machines, their versions and the errors of their runs."""
        from ._workflows import AsyncWorkflows

        return AsyncWorkflows(cast("AsyncClient", self))
