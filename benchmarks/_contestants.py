"""Whoever takes part: how each gets one object, and a list of a hundred, in both colours.

The libraries are imported when they are asked for, so that a process holds the one that it measures.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

BARE = "httpx + json.loads"
DEFAULT = "interactor"
FAST = "interactor[fast]"
BEST_PEER = "stripe on aiohttp"


class Calls(NamedTuple):
    """A client of one colour. Asynchronous ones return awaitables."""

    one: Callable[[], Any]
    many: Callable[[], Any]
    """Reads the `id` and the time of each of a hundred objects."""
    close: Callable[[], Any]


def settings(url: str) -> dict[str, Any]:
    return {
        "client_id": "id",
        "client_secret": "secret",
        "namespace": "n",
        "account_server_url": f"{url}/account",
        "core_api_url": f"{url}/core",
    }


def _read(items: Any, time: str = "created_at") -> None:
    for item in items:
        _ = item.id, getattr(item, time)


def _read_plain(content: bytes) -> None:
    for item in json.loads(content)["data"]:
        _ = item["id"], item["created_at"]


def _awaited(call: Callable[[], Awaitable[Any]], use: Callable[[Any], object]) -> Callable[[], Awaitable[Any]]:
    async def used() -> object:
        return use(await call())

    return used


def _ours(url: str) -> Calls:
    from interactor import InteractorClient

    client = InteractorClient(**settings(url))
    return Calls(
        lambda: client.assistants.get("asst_1"),
        lambda: _read(client.assistants.list(per_page=100).first_page().items),
        client.close,
    )


def _ours_async(url: str) -> Calls:
    from interactor import AsyncInteractorClient

    client = AsyncInteractorClient(**settings(url))
    return Calls(
        lambda: client.assistants.get("asst_1"),
        _awaited(lambda: client.assistants.list(per_page=100).first_page(), lambda page: _read(page.items)),
        client.aclose,
    )


def _httpx(url: str, library: str = "httpx") -> Calls:
    client = __import__(library).Client(headers={"Authorization": "Bearer tok"})
    return Calls(
        lambda: json.loads(client.get(f"{url}/core/assistants/asst_1").content),
        lambda: _read_plain(client.get(f"{url}/core/assistants?per_page=100").content),
        client.close,
    )


def _httpx_async(url: str, library: str = "httpx") -> Calls:
    module = __import__(library)
    limits = module.Limits(max_connections=1000, max_keepalive_connections=1000)
    client = module.AsyncClient(headers={"Authorization": "Bearer tok"}, limits=limits, timeout=60)
    return Calls(
        _awaited(lambda: client.get(f"{url}/core/assistants/asst_1"), lambda reply: json.loads(reply.content)),
        _awaited(lambda: client.get(f"{url}/core/assistants?per_page=100"), lambda reply: _read_plain(reply.content)),
        client.aclose,
    )


def _aiohttp(url: str) -> Calls:
    import aiohttp

    session = aiohttp.ClientSession(headers={"Authorization": "Bearer tok"}, connector=aiohttp.TCPConnector(limit=1000))

    async def get(path: str) -> bytes:
        async with session.get(url + path) as reply:
            return await reply.read()

    return Calls(
        _awaited(lambda: get("/core/assistants/asst_1"), json.loads),
        _awaited(lambda: get("/core/assistants?per_page=100"), _read_plain),
        session.close,
    )


def _openai(url: str) -> Calls:
    from openai import OpenAI

    client = OpenAI(api_key="k", base_url=f"{url}/openai")
    return Calls(
        lambda: client.vector_stores.retrieve("asst_1"),
        lambda: _read(client.vector_stores.list(limit=100).data),
        client.close,
    )


def _openai_async(url: str) -> Calls:
    from openai import AsyncOpenAI

    client = AsyncOpenAI(api_key="k", base_url=f"{url}/openai")

    async def page() -> Any:
        return await client.vector_stores.list(limit=100)

    return Calls(
        lambda: client.vector_stores.retrieve("asst_1"), _awaited(page, lambda page: _read(page.data)), client.close
    )


def _anthropic(url: str) -> Calls:
    from anthropic import Anthropic

    client = Anthropic(api_key="k", base_url=url)
    return Calls(
        lambda: client.models.retrieve("asst_1"), lambda: _read(client.models.list(limit=100).data), client.close
    )


def _anthropic_async(url: str) -> Calls:
    from anthropic import AsyncAnthropic

    client = AsyncAnthropic(api_key="k", base_url=url)

    async def page() -> Any:
        return await client.models.list(limit=100)

    return Calls(lambda: client.models.retrieve("asst_1"), _awaited(page, lambda page: _read(page.data)), client.close)


def _stripe(url: str) -> Calls:
    import stripe

    client = stripe.StripeClient("sk_test_1", base_addresses={"api": url})
    customers = client.v1.customers
    return Calls(lambda: customers.retrieve("asst_1"), lambda: _read(customers.list({"limit": 100}).data), lambda: None)


def _stripe_async(url: str, http: str) -> Calls:
    import stripe

    http_client = getattr(stripe, http)()
    customers = stripe.StripeClient("sk_test_1", base_addresses={"api": url}, http_client=http_client).v1.customers
    return Calls(
        lambda: customers.retrieve_async("asst_1"),
        _awaited(lambda: customers.list_async({"limit": 100}), lambda page: _read(page.data)),
        http_client.close_async,
    )


def _svix(url: str) -> Calls:
    from svix.api import Svix, SvixOptions

    client = Svix("sk", SvixOptions(server_url=url))
    return Calls(
        lambda: client.endpoint.get("app_1", "ep_1"), lambda: _read(client.endpoint.list("app_1").data), lambda: None
    )


def _svix_async(url: str) -> Calls:
    from svix.api import SvixAsync, SvixOptions

    client = SvixAsync("sk", SvixOptions(server_url=url))
    return Calls(
        lambda: client.endpoint.get("app_1", "ep_1"),
        _awaited(lambda: client.endpoint.list("app_1"), lambda page: _read(page.data)),
        client._httpx_client.aclose,  # it has no public end
    )


SYNC: dict[str, Callable[[str], Calls]] = {
    BARE: _httpx,
    DEFAULT: _ours,
    FAST: _ours,
    "httpx2 + json.loads": lambda url: _httpx(url, "httpx2"),
    "openai": _openai,
    "anthropic": _anthropic,
    "stripe": _stripe,
    "svix": _svix,
}
"""Contestant → its synchronous client for the platform at this URL."""

ASYNC: dict[str, Callable[[str], Calls]] = {
    BARE: _httpx_async,
    DEFAULT: _ours_async,
    FAST: _ours_async,
    "httpx2 + json.loads": lambda url: _httpx_async(url, "httpx2"),
    "aiohttp + json.loads": _aiohttp,
    "openai": _openai_async,
    "anthropic": _anthropic_async,
    "stripe": lambda url: _stripe_async(url, "HTTPXClient"),
    BEST_PEER: lambda url: _stripe_async(url, "AIOHTTPClient"),
    "svix": _svix_async,
}
