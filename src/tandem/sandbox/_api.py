"""The OpenAPI document, read once: what every operation takes, gives and needs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from pkgutil import get_data
from typing import Any, Literal
from urllib.parse import urlsplit

from ._errors import DocumentError
from ._operations import Body, OperationReader, Parameter, Response
from ._pointers import child, follow
from ._secrecy import secret_names
from ._shapes import as_object

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class ApiOperation:
    """One operation. `name` is its `x-sdk` resource and method, like "rooms.messages.list".

    `scopes` are alternatives, any one of which suffices; () means public, `(frozenset(),)` means any caller who is
    known; `schemes` are the names of the security schemes that it lists. `items` and `result` are dotted paths into a
    reply's body. `documented` is False for the product's own pages. Parameters, bodies and replies are read when they
    are first needed: a platform starts without them.
    """

    def __init__(
        self,
        name: str,
        method: str,
        path: str,
        *,
        host: str = "",
        namespace: bool = False,
        idempotent: bool = False,
        paginate: Literal["page", "cursor", "none"] = "none",
        stream: bool = False,
        items: str = "",
        result: str = "",
        scopes: tuple[frozenset[str], ...] = (),
        schemes: frozenset[str] = frozenset(),
        reader: OperationReader | None = None,
    ) -> None:
        self.name = name
        self.method = method
        self.path = path
        self.host = host
        self.namespace = namespace
        self.idempotent = idempotent
        self.paginate: Literal["page", "cursor", "none"] = paginate
        self.stream = stream
        self.items = items
        self.result = result
        self.scopes = scopes
        self.schemes = schemes
        self.documented = reader is not None
        self._reader = reader

    def __repr__(self) -> str:
        return f"<ApiOperation {self.name}: {self.method} {self.path}>"

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The declared parameters, those of the path included."""
        return self._reader.parameters() if self._reader else ()

    @cached_property
    def body(self) -> Body:
        """The declared body."""
        return self._reader.body() if self._reader else Body()

    @cached_property
    def responses(self) -> Mapping[str, Response]:
        """The documented replies, by status, class of statuses (`4XX`) or "default"."""
        return self._reader.responses() if self._reader else {}

    @cached_property
    def success_status(self) -> int:
        """The lowest documented 2xx."""
        return min((int(s) for s in self.responses if s.isdigit() and s.startswith("2")), default=200)

    def response(self, status: int) -> Response | None:
        """The documented reply for a status: the exact one, its class, or the default."""
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in self.responses:
                return self.responses[key]
        return None


class Api:
    """An OpenAPI 3.1 document as the engine sees it.

    >>> api = Api({"openapi": "3.1.0", "paths": {}})
    >>> api.operations
    ()
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.sdk: Mapping[str, Any] = as_object(document.get("x-sdk")) or {}

    @classmethod
    def from_file(cls, path: str | Path) -> Api:
        """Read a `.json` document (fast), or a `.yaml` one (needs PyYAML)."""
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8")
            document = as_object(json.loads(text) if path.suffix == ".json" else _from_yaml(text))
        except (OSError, ValueError) as error:
            raise DocumentError(f"The document {path} cannot be read: {error}") from error
        if document is None:
            raise DocumentError(f"The document {path} is not an object.")
        return cls(document)

    @classmethod
    def packed(cls, package: str) -> Api:
        """The document as it was packed with the models that were made from it. Raises `DocumentError`."""
        # Not importlib.resources, whose own import takes a tenth of the time in which a platform is up.
        content = get_data(package, "_document.json")
        if content is None:
            raise DocumentError(f"The package {package} has no _document.json. Generate it anew.")
        return cls(json.loads(content))

    @cached_property
    def operations(self) -> tuple[ApiOperation, ...]:
        """Every operation, in the document's order."""
        return tuple(self._operations())

    def check(self) -> None:
        """Read everything at once. Raises `DocumentError` for a reference that leads nowhere."""
        for operation in self.operations:
            _ = operation.parameters, operation.body, operation.responses

    @cached_property
    def secret_names(self) -> frozenset[str]:
        """The names of all properties and parameters that the document marks with `format: password`."""
        return secret_names(self.document)

    def server_path(self, host: str) -> str:
        """The path of the server that operations of this host run under, like `/api/v1`."""
        for operation in self.operations:
            if operation.host == host:
                item = self.document["paths"][operation.path]
                servers = item[operation.method.lower()].get("servers") or item.get("servers")
                return _path_of(servers or self.document.get("servers"))
        return ""

    def _operations(self) -> Iterator[ApiOperation]:
        for path in as_object(self.document.get("paths")) or {}:
            pointer, item = follow(self.document, child("/paths", path))
            for method in _METHODS:
                if method in item:
                    yield self._operation(path, method, pointer, item)

    def _operation(self, path: str, method: str, item_pointer: str, item: dict[str, Any]) -> ApiOperation:
        raw: dict[str, Any] = item[method]
        known = as_object(raw.get("x-sdk")) or {}
        if "resource" not in known or "method" not in known:
            raise DocumentError(f"{method.upper()} {path} has no x-sdk with a resource and a method.")
        envelope = str(self.sdk.get("envelope", ""))
        security = raw.get("security", self.document.get("security"))
        return ApiOperation(
            f"{known['resource']}.{known['method']}",
            method.upper(),
            path,
            host=str(known.get("host", "")),
            namespace=known.get("namespace") == "header",
            idempotent=bool(known.get("idempotent")),
            paginate=known.get("paginate", "none"),
            stream=known.get("stream", "none") != "none",
            items=str(known.get("items", envelope)),
            result=str(known.get("result", envelope)),
            scopes=_scopes(security),
            schemes=frozenset(scheme for way in security or () for scheme in way),
            reader=OperationReader(self.document, item_pointer, child(item_pointer, method)),
        )


def _scopes(security: Any) -> tuple[frozenset[str], ...]:
    ways: list[dict[str, list[str]]] = security or []
    if any(not way for way in ways):
        return ()  # an empty requirement makes the others optional
    return tuple(frozenset(scope for scopes in way.values() for scope in scopes) for way in ways)


def _path_of(servers: Any) -> str:
    return urlsplit(str(servers[0].get("url", ""))).path.rstrip("/") if servers else ""


def _from_yaml(text: str) -> Any:
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    # Dates stay text and keys become text, as if the document had been JSON.
    resolvers = {
        first: [(tag, pattern) for tag, pattern in pairs if not tag.endswith(":timestamp")]
        for first, pairs in base.yaml_implicit_resolvers.items()
    }
    loader = type("_PlainLoader", (base,), {"yaml_implicit_resolvers": resolvers})
    try:
        return json.loads(json.dumps(yaml.load(text, Loader=loader)))  # noqa: S506  # a safe loader with fewer types
    except (yaml.YAMLError, TypeError) as error:
        raise ValueError(str(error)) from None
