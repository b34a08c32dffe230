"""A small platform that the engine's tests run: books, two hosts, pages, a cursor, a stream, keyed writes."""

from __future__ import annotations

import asyncio
import html
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from tandem.sandbox import (
    Api,
    ApiOperation,
    Context,
    EventStream,
    LimitRule,
    Paged,
    Platform,
    Principal,
    Problem,
    RawReply,
    Registry,
    Reply,
    Request,
    ServerEvent,
)

DOCUMENT = Path(__file__).with_name("bookshop.json")
CORE = "/core/api/v1"
ACCOUNT = "/account/auth"
registry = Registry()


class Bookshop(Platform):
    """Tokens are `client:scope,scope`; every book belongs to a namespace; a seeded book is always there."""

    base_paths = {"core": CORE}  # noqa: RUF012  # the base class says ClassVar
    limits: Sequence[LimitRule] = ()

    def authenticate(self, request: Request) -> Principal:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        client, _, scopes = (token if kind == "Bearer" else request.query.get("token", "")).partition(":")
        if not client:
            raise Problem(401, "unauthorized", "Send a token.")
        return Principal(client, frozenset(scopes.split(",")))

    def limits_for(
        self, operation: ApiOperation, request: Request, principal: Principal, namespace: str
    ) -> Sequence[LimitRule]:
        return self.limits

    def seed(self) -> None:
        self.store.put("book", "seeded", new_book("seeded", "Emma", self.clock.iso()), namespace="")

    def problem_for_media_type(self, media_type: str, accepted: Sequence[str]) -> Problem:
        return self.problem_for_malformed_body(f"{media_type} is not {' or '.join(accepted)}")


def new_book(book_id: str, title: str, created_at: str) -> dict[str, Any]:
    return {"id": book_id, "title": title, "created_at": created_at}


def the_book(ctx: Context) -> dict[str, Any]:
    book = ctx.store.get("book", ctx.path["book_id"], namespace=ctx.namespace)
    if book is None:
        raise Problem(404, "book_not_found", "No such book.")
    return book


@registry.handles("books.create")
def create(ctx: Context) -> dict[str, Any]:
    book_id = ctx.ids.new("book")
    ctx.store.put("book", book_id, new_book(book_id, "", ctx.clock.iso()) | ctx.body, namespace=ctx.namespace)
    misbehave(ctx.body["title"])
    return the_book_with(ctx, book_id)


def the_book_with(ctx: Context, book_id: str) -> dict[str, Any]:
    book = ctx.store.get("book", book_id, namespace=ctx.namespace) or {}
    return {"id": book_id, "price": "much"} if book["title"] == "Nonsense" else book


def misbehave(title: str) -> None:
    if title == "Crash":
        raise KeyError("hunter2")
    if title == "Teapot":
        raise Problem(418, "teapot", "Not in the document.")
    if title == "Sold out":
        raise Problem(409, "sold_out", "No copies left.", headers={"X-Shelf": "empty"})


@registry.handles("books.list")
def list_books(ctx: Context) -> Paged:
    where = {"status": ctx.query["status"]} if "status" in ctx.query else None
    return ctx.page(ctx.store.query("book", namespace=ctx.namespace, where=where, newest_first=True))


@registry.handles("books.featured")
def featured(ctx: Context) -> dict[str, Any]:
    return {"id": "featured", "title": repr(sorted(ctx.query)), "created_at": ctx.clock.iso()}


@registry.handles("books.get")
async def get(ctx: Context) -> dict[str, Any]:
    await asyncio.sleep(0)
    return the_book(ctx)


@registry.handles("books.update")
def update(ctx: Context) -> dict[str, Any] | None:
    the_book(ctx)
    return ctx.store.update("book", ctx.path["book_id"], ctx.body, namespace=ctx.namespace)


@registry.handles("books.delete")
def delete(ctx: Context) -> None:
    the_book(ctx)
    ctx.store.delete("book", ctx.path["book_id"], namespace=ctx.namespace)


@registry.handles("books.orders.create")
def order(ctx: Context) -> Reply:
    body: dict[str, Any] = ctx.body or {}
    copies = body.get("copies", 1)
    ctx.store.put("order", ctx.ids.new("order"), {"copies": copies}, namespace=ctx.namespace)
    return Reply({"copies": copies}, headers={"X-Shelf": "3"})


@registry.handles("books.history")
def history(ctx: Context) -> Paged:
    orders = ctx.store.query("order", namespace=ctx.namespace)
    return ctx.page(
        orders, show=lambda done: {"what": f"ordered {done['copies']}"}, beside={"book_id": ctx.path["book_id"]}
    )


@registry.handles("books.watch")
def watch(ctx: Context) -> EventStream:
    async def events() -> AsyncIterator[ServerEvent]:
        try:
            for page in (1, 2, 3):
                yield ServerEvent({"type": "book.read", "page": page}, event="book.read", id=str(page))
            if ctx.path["book_id"] == "torn":
                yield ServerEvent({"type": "book.read", "page": "four"})
            if ctx.path["book_id"] == "endless":
                await ctx.clock.sleep(3600)
                yield ServerEvent({"type": "book.read", "page": 4})
        finally:
            ctx.store.put("watcher", "last", {"left": True}, namespace="")

    return EventStream(events(), heartbeat=0.05)


@registry.handles("books.cover.replace")
def replace_cover(ctx: Context) -> None:
    ctx.store.put("cover", ctx.path["book_id"], {"size": len(ctx.body)}, namespace=ctx.namespace)


@registry.handles("token.create")
def create_token(ctx: Context) -> dict[str, Any]:
    return {"access_token": f"{ctx.body['client_id']}:books:read", "lifetime": ctx.body.get("lifetime", 60)}


@registry.handles("keys.list")
def keys(ctx: Context) -> dict[str, Any]:
    return {"keys": []}


@registry.page("GET", "/counter/{name}")
def counter(ctx: Context) -> RawReply:
    text = f"<h1>{html.escape(ctx.path['name'])} {html.escape(ctx.query.get('q', ''))} at {ctx.base_url}</h1>"
    return RawReply(text.encode())


@registry.page("POST", "/counter/{name}")
def submit(ctx: Context) -> RawReply:
    ctx.store.put("form", ctx.path["name"], dict(ctx.body), namespace="")
    return RawReply(b"", status=303, headers={"Location": f"/counter/{ctx.path['name']}"})


def api() -> Api:
    return Api.from_file(DOCUMENT)
