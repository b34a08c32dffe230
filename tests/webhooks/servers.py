"""One router behind each framework, on a real socket."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django  # type: ignore[import-untyped]  # it has no types of its own
import fastapi
import flask
import uvicorn
import werkzeug.serving
from django.conf import settings as django_settings  # type: ignore[import-untyped]  # it has no types of its own
from django.core.handlers.asgi import ASGIHandler  # type: ignore[import-untyped]
from django.core.handlers.wsgi import WSGIHandler  # type: ignore[import-untyped]
from django.urls import clear_url_caches, path  # type: ignore[import-untyped]
from starlette.applications import Starlette

from interactor.webhooks import (
    WebhookRouter,
    async_django_view,
    django_view,
    fastapi_router,
    flask_blueprint,
    starlette_route,
)

PATH = "/webhooks"
Serve = Callable[[WebhookRouter], "Iterator[int]"]


class Urls:
    """What Django calls a URL configuration; its patterns are set anew for each server."""

    urlpatterns: list[Any] = []  # noqa: RUF012  # Django reads it from the class


@contextmanager
def served_by_uvicorn(app: Any, lifespan: Any = "on") -> Generator[int, None, None]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan=lifespan, access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


class Quiet(WSGIRequestHandler):
    """A server that does not write to the console."""

    def log_message(self, format: str, *args: Any) -> None: ...


@contextmanager
def served_by_wsgiref(app: Any) -> Generator[int, None, None]:
    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        yield from running(server)


@contextmanager
def served_by_werkzeug(app: Any) -> Generator[int, None, None]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = werkzeug.serving.make_server("127.0.0.1", 0, app)
    try:
        yield from running(server)
    finally:
        server.server_close()


def running(server: Any) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()


def asgi(router: WebhookRouter) -> Any:
    return served_by_uvicorn(router.asgi())


def wsgi(router: WebhookRouter) -> Any:
    return served_by_wsgiref(router.wsgi())


def starlette(router: WebhookRouter) -> Any:
    return served_by_uvicorn(Starlette(routes=[starlette_route(router, PATH)]))


def fast_api(router: WebhookRouter) -> Any:
    app = fastapi.FastAPI()
    app.include_router(fastapi_router(router, PATH))
    return served_by_uvicorn(app)


def mounted(router: WebhookRouter) -> Any:
    app = fastapi.FastAPI()
    app.mount(PATH, router.asgi())
    return served_by_uvicorn(app)


def flask_app(router: WebhookRouter) -> Any:
    app = flask.Flask("tests")
    app.register_blueprint(flask_blueprint(router, PATH))
    return served_by_werkzeug(app)


def django_app(router: WebhookRouter) -> Any:
    return served_by_wsgiref(configured(django_view(router), WSGIHandler))


def async_django_app(router: WebhookRouter) -> Any:
    return served_by_uvicorn(configured(async_django_view(router), ASGIHandler), "off")


def configured(view: Any, handler: Callable[[], Any]) -> Any:
    if not django_settings.configured:
        middleware = ["django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware"]
        configured_with: Any = django_settings
        configured_with.configure(
            ROOT_URLCONF=Urls, ALLOWED_HOSTS=["*"], SECRET_KEY="k" * 50, MIDDLEWARE=middleware, LOGGING_CONFIG=None
        )
        django.setup()
    clear_url_caches()
    Urls.urlpatterns = [path(PATH.strip("/"), view)]
    return handler()


SERVERS: dict[str, Callable[[WebhookRouter], Any]] = {
    "asgi": asgi,
    "wsgi": wsgi,
    "starlette": starlette,
    "fastapi": fast_api,
    "flask": flask_app,
    "django": django_app,
    "async django": async_django_app,
}
