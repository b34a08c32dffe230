"""The operations as methods: their arguments, what they return, and what the runtime must know of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from tandem.models import is_object

from ._document import Node, operations, resolve
from ._names import argument_name, constant_name, pascal, refuse_collisions
from ._paths import literals, reserved_words
from ._problem import CodegenError
from ._prose import described, example_of
from ._replies import Reply, reply_of
from ._schemas import Schemas, without_null
from ._sdk import Root, Sdk, sdk_of
from ._shapes import Shape, Shapes

_BODIES = {
    "application/json": "json",
    "application/x-www-form-urlencoded": "form",
    "multipart/form-data": "multipart",
}
_OWN_KEYWORDS = (
    ("options", "the keyword for call options"),
    ("idempotency_key", "the keyword for the idempotency key"),
)
_NAMESPACE = "namespace"
_OF_STREAMS = ("last_event_id", "the keyword for the place where a stream goes on")


@dataclass(frozen=True, slots=True)
class Argument:
    """One parameter of a method."""

    wire: str
    name: str
    shape: Shape
    required: bool
    doc: str
    example: Any = None

    @property
    def takes_null(self) -> bool:
        """Whether None is a value to send: the API wants the field, and null is one of its values."""
        return self.required and (self.shape.nullable or self.shape.takes == "Any")


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of a resource."""

    sdk: Sdk
    name: str
    constant: str
    verb: str
    path: str
    summary: str
    description: str
    tag: str
    authenticated: bool
    path_arguments: tuple[Argument, ...]
    reserved: dict[str, frozenset[str]]
    query: tuple[Argument, ...]
    query_styles: dict[str, str]
    body_kind: str
    body: tuple[Argument, ...]
    reply: Reply
    example_body: Any

    @property
    def positional(self) -> list[Argument]:
        """What is named by its place: the path's parameters, and the file of an upload, where that takes just one."""
        files = [one for one in self.body if one.required and one.wire in self.files and one.shape.takes == "FileInput"]
        return [*self.path_arguments, *(files if len(files) == 1 else ())]

    @property
    def keywords(self) -> list[Argument]:
        """The keyword arguments: query before body, in each the required ones first."""
        groups = (self.query, [one for one in self.body if one not in self.positional])
        ordered = [sorted(group, key=lambda one: not one.required) for group in groups]
        return [*ordered[0], *ordered[1]]

    @property
    def files(self) -> list[str]:
        """The fields of a multipart body that hold a file."""
        of_files = [one for one in self.body if one.wire and one.shape.takes == "FileInput"]
        return [one.wire for one in of_files] if self.body_kind == "multipart" else []

    @property
    def pages(self) -> bool:
        """Whether the method returns a pager: every method called `list` does."""
        return self.sdk.paginate != "none" or self.sdk.method == "list"

    @property
    def namespace_argument(self) -> Argument | None:
        """The argument that names the same as the namespace's header, where the operation has both."""
        fields = () if self.sdk.body else self.body
        return next((one for one in (*self.query, *fields) if self.sdk.namespace and one.wire == _NAMESPACE), None)

    @property
    def namespace_in(self) -> str:
        """Where that argument stands."""
        found = self.namespace_argument
        return "none" if found is None else "query" if found in self.query else "body"

    @property
    def resumes(self) -> bool:
        """Whether the method takes the id of the last event that was seen: every event stream does."""
        return self.reply.kind == "sse"


class Operations:
    """All the operations of a document."""

    def __init__(self, document: Node, root: Root, schemas: Schemas, shapes: Shapes) -> None:
        self._document = document
        self._root = root
        self._schemas = schemas
        self._shapes = shapes
        found = list(operations(document))
        places = [(f"{method.upper()} {path}", raw) for path, method, raw, _ in found]
        named = [(sdk_of(raw, place, root), place) for place, raw in places]
        refuse_collisions([(".".join((*sdk.resource, sdk.method)), place) for sdk, place in named], "The resources")
        self._literals = literals((sdk.host, path) for (sdk, _), (path, *_) in zip(named, found, strict=True))
        self.all = [self._operation(*one) for one in found]

    def _operation(self, path: str, method: str, raw: Node, item: Node) -> Operation:
        place = f"{method.upper()} {path}"
        sdk = sdk_of(raw, place, self._root)
        name = pascal(*sdk.resource, sdk.method)
        parameters = self._parameters(raw, item, place)
        kind, body, example = self._body(raw, sdk, place, name)
        operation = Operation(
            sdk=sdk,
            name=".".join((*sdk.resource, sdk.method)),
            constant=constant_name(sdk.method),
            verb=method.upper(),
            path=path,
            summary=str(raw.get("summary", "")),
            description=str(raw.get("description", "")),
            tag=str(next(iter(raw.get("tags", ())), "")),
            authenticated=bool(raw.get("security", self._document.get("security", [{}]))),
            path_arguments=self._path_arguments(path, parameters, place, name),
            reserved=reserved_words(sdk.host, path, self._literals),
            query=tuple(
                self._argument(one, name) for one in parameters if one["in"] == "query" and one["name"] not in sdk.url
            ),
            query_styles={one["name"]: style for one in parameters if (style := _style(one, place))},
            body_kind=kind,
            body=body,
            reply=reply_of(self._document, raw, sdk, place, name, self._schemas, self._shapes),
            example_body=example,
        )
        arguments = [*operation.positional, *operation.keywords]
        named = [(argument.name, f"the parameter or body field {argument.wire!r}") for argument in arguments]
        own = [*_OWN_KEYWORDS, _OF_STREAMS] if operation.resumes else _OWN_KEYWORDS
        refuse_collisions([*own, *named], place)
        return operation

    def _parameters(self, raw: Node, item: Node, place: str) -> list[Node]:
        merged: dict[tuple[str, str], Node] = {}
        for given in (*item.get("parameters", ()), *raw.get("parameters", ())):
            one = resolve(self._document, given)
            if one.get("in") not in {"path", "query", "header"}:
                raise CodegenError(
                    f"{place}: the parameter {one.get('name')!r} stands in {one.get('in')!r}: unsupported."
                )
            if not is_object(one.get("schema")):
                raise CodegenError(
                    f"{place}: the parameter {one.get('name')!r} has no schema; `content` is unsupported."
                )
            merged[one["in"], one["name"]] = one
        return list(merged.values())

    def _path_arguments(self, path: str, parameters: list[Node], place: str, name: str) -> tuple[Argument, ...]:
        declared = {one["name"]: one for one in parameters if one["in"] == "path"}
        wanted = [piece.partition("}")[0] for piece in path.split("{")[1:]]
        if sorted(wanted) != sorted(declared):
            raise CodegenError(f"{place}: the path's parameters {wanted} are not those that are declared.")
        return tuple(self._argument(declared[key], name) for key in wanted)

    def _argument(self, parameter: Node, name: str) -> Argument:
        wire = parameter["name"]
        schema = self._schemas.place(parameter["schema"], pascal(name, wire))
        full = {**self._schemas.target(schema), **parameter["schema"]}
        example = example_of(parameter)
        return Argument(
            wire=wire,
            name=argument_name(wire),
            shape=_as_text(self._shapes.of(schema)),
            required=bool(parameter.get("required")),
            doc=described(full, parameter=parameter),
            example=example_of(full) if example is None else example,
        )

    def _body(self, raw: Node, sdk: Sdk, place: str, name: str) -> tuple[str, tuple[Argument, ...], Any]:
        if "requestBody" not in raw:
            return "none", (), None
        request = resolve(self._document, raw["requestBody"])
        content = request.get("content", {})
        if len(content) != 1:
            raise CodegenError(f"{place}: a request body needs exactly one content type, not {sorted(content)}.")
        media_type, media = next(iter(content.items()))
        if media_type not in _BODIES:
            raise CodegenError(f"{place}: a request body of {media_type!r} is unsupported.")
        example = example_of(media)
        schema = media.get("schema", {})
        if sdk.body:
            shape = self._shapes.of(self._schemas.place(schema, name + "Body"))
            doc = described({**self._schemas.target(schema), **schema}, parameter=request)
            whole = Argument("", argument_name(sdk.body), shape, bool(request.get("required")), doc)
            return _BODIES[media_type], (whole,), example
        target = self._schemas.target(schema)
        fields = self._fields(target if "$ref" in schema else self._schemas.tidied(schema, name))
        if not fields:
            raise CodegenError(f"{place}: a body without named properties needs a keyword: add `body: NAME` to x-sdk.")
        return _BODIES[media_type], fields, example_of(target) if example is None else example

    def _fields(self, schema: Node) -> tuple[Argument, ...]:
        if self._schemas.kind(schema) != "model":
            return ()
        required = self._schemas.required(schema)
        return tuple(
            Argument(
                wire=wire,
                name=argument_name(wire),
                shape=self._shapes.of(part),
                required=wire in required,
                doc=described({**without_null(self._schemas.target(part))[0], **part}),
            )
            for wire, part in self._schemas.properties(schema).items()
            if not part.get("readOnly")
        )


def _as_text(shape: Shape) -> Shape:
    # A query string is made of a mapping's entries; a model would first have to be turned into one.
    return replace(shape, takes="Mapping[str, Any]", models=frozenset[str]()) if shape.objects else shape


def _style(parameter: Node, place: str) -> str:
    if parameter["in"] != "query":
        return ""
    style, explode = parameter.get("style", "form"), parameter.get("explode", True)
    if style == "deepObject":
        return "deepObject"
    if style != "form":
        raise CodegenError(f"{place}: the query parameter {parameter['name']!r} has the style {style!r}: unsupported.")
    return "" if explode else "comma"
