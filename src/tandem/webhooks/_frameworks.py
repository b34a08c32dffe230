"""Ready routes for frameworks. Each reads the raw body itself and gives the same answers as the other ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._replies import NOT_A_POST, TOO_LARGE
from ._wsgi import declared, headers_of, read_body

if TYPE_CHECKING:
    from fastapi import APIRouter
    from flask import Blueprint, Response
    from starlette.routing import Route

    from ._replies import WebhookReply
    from ._router import Router

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
"""All of them come to the router, which knows how to refuse."""


def starlette_route(router: Router, path: str) -> Route:
    """A route for Starlette: `Starlette(routes=[starlette_route(router, "/webhooks")])`."""
    from starlette.routing import Route

    return Route(path, router.asgi(), methods=_METHODS)


def fastapi_router(router: Router, path: str) -> APIRouter:
    """A router for FastAPI: `app.include_router(fastapi_router(router, "/webhooks"))`."""
    from fastapi import APIRouter

    found = APIRouter()
    found.routes.append(starlette_route(router, path))
    return found


def flask_blueprint(router: Router, path: str, name: str = "webhooks") -> Blueprint:
    """A blueprint for Flask: `app.register_blueprint(flask_blueprint(router, "/webhooks"))`."""
    from flask import Blueprint, Response, request

    def view() -> Response:
        reply = _answer(router, request.method, request.environ, lambda: _flask_body(router))
        return Response(reply.body, reply.status, reply.headers)

    blueprint = Blueprint(name, __name__)
    blueprint.add_url_rule(path, "deliveries", view, methods=_METHODS, provide_automatic_options=False)
    return blueprint


def django_view(router: Router) -> Callable[..., Any]:
    """A view for Django: `urlpatterns = [path("webhooks", django_view(router))]`. It needs no CSRF token."""
    from django.http import HttpResponse  # type: ignore[import-untyped]  # it has no types of its own

    def view(request: Any) -> Any:
        reply = _answer(router, request.method or "", request.META, lambda: _django_body(router, request))
        return HttpResponse(reply.body, status=reply.status, headers=_django_headers(reply))

    return _exempt(view)


def async_django_view(router: Router) -> Callable[..., Any]:
    """An asynchronous view for Django under ASGI: as `django_view`."""
    from django.http import HttpResponse  # pyright: ignore[reportMissingTypeStubs]  # it has no types of its own

    async def view(request: Any) -> Any:
        body = _django_body(router, request) if request.method == "POST" else None
        if body is None:
            reply = TOO_LARGE if request.method == "POST" else NOT_A_POST
        else:
            reply = await router.ahandle(body, headers_of(request.META))
        return HttpResponse(reply.body, status=reply.status, headers=_django_headers(reply))

    return _exempt(view)


def _exempt(view: Callable[..., Any]) -> Callable[..., Any]:
    # As csrf_exempt does. A delivery proves itself by its signature, not by a cookie.
    exempt: Any = view
    exempt.csrf_exempt = True
    return view


def _answer(router: Router, method: str, environ: dict[str, Any], read: Callable[[], bytes | None]) -> WebhookReply:
    if method != "POST":
        return NOT_A_POST
    body = read()
    return TOO_LARGE if body is None else router.handle(body, headers_of(environ))


def _flask_body(router: Router) -> bytes | None:
    from flask import request

    limit, length = router.verifier.max_body, declared(request.environ)
    if length is None:
        return read_body(request.environ | {"wsgi.input": request.stream}, limit)
    # What a hook has read before is still there: get_data() remembers it.
    return None if length > limit else request.get_data()


def _django_body(router: Router, request: Any) -> bytes | None:
    from django.core.exceptions import RequestDataTooBig  # type: ignore[import-untyped]  # it has no types of its own
    from django.http import RawPostDataException  # pyright: ignore[reportMissingTypeStubs]  # it has no types of its own

    limit, length = router.verifier.max_body, declared(request.META)
    if length is not None and length > limit:
        return None
    try:
        return bytes(request.body)
    except RequestDataTooBig:
        return None
    except RawPostDataException:
        return b""  # somebody has read it before: the log will say so


def _django_headers(reply: WebhookReply) -> dict[str, str]:
    # Its server answers for the connection, and refuses such a header.
    return {name: value for name, value in reply.headers if name != "connection"}
