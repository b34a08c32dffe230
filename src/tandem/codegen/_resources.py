"""The tree of resources: which methods and which further resources stand under `client.rooms`."""

from __future__ import annotations

from dataclasses import dataclass, field

from ._document import Node
from ._names import pascal, qualified, refuse_collisions
from ._operations import Operation
from ._prose import docstring, one_line, wrapped

# What `Resource` and every object have already.
_TAKEN = ("_client",)


@dataclass(slots=True)
class Resource:
    """One pair of resource classes and the module they stand in."""

    path: tuple[str, ...]
    doc: str = ""
    operations: list[Operation] = field(default_factory=list[Operation])
    children: list[Resource] = field(default_factory=list["Resource"])

    @property
    def name(self) -> str:
        """The attribute under which it is found."""
        return self.path[-1]

    @property
    def class_name(self) -> str:
        """The class in sync colour; the other has `Async` before it."""
        return pascal(*self.path)

    @property
    def module(self) -> str:
        """The module of both classes."""
        return "_".join(self.path)

    @property
    def attributes(self) -> frozenset[str]:
        """The names that are taken inside the class."""
        names = [one.sdk.method for one in self.operations] + [child.name for child in self.children]
        return frozenset(names)

    def q(self, annotation: str) -> str:
        """An annotation as it must be spelled inside these classes."""
        return qualified(annotation, self.attributes)

    @property
    def models(self) -> list[str]:
        """The models that its annotations name."""
        shapes = [one.reply.shape for one in self.operations]
        shapes += [argument.shape for one in self.operations for argument in (*one.positional, *one.keywords)]
        return sorted({name for shape in shapes for name in shape.models})


def resource_tree(document: Node, operations: list[Operation], models: list[str]) -> list[Resource]:
    """Every resource, parents before children, otherwise in the document's order."""
    found: dict[tuple[str, ...], Resource] = {}
    for operation in operations:
        path = operation.sdk.resource
        for depth in range(1, len(path) + 1):
            if path[:depth] not in found:
                found[path[:depth]] = resource = Resource(path[:depth])
                if depth > 1:
                    found[path[: depth - 1]].children.append(resource)
        found[path].operations.append(operation)
    for resource in found.values():
        resource.doc = docstring(wrapped(f"`client.{'.'.join(resource.path)}`: {_about(document, resource)}"))
        _check(resource)
    _check_all(list(found.values()), models)
    return [found[path] for path in sorted(found, key=lambda path: (len(path), list(found).index(path)))]


def _about(document: Node, resource: Resource) -> str:
    tags = {tag.get("name"): tag.get("description") for tag in document.get("tags", ())}
    for operation in resource.operations:
        if operation.tag in tags:
            return one_line(tags[operation.tag])
    return "holds " + ", ".join(f"`{child.name}`" for child in resource.children) + "."


def _check(resource: Resource) -> None:
    place = f"client.{'.'.join(resource.path)}"
    members = [(one.sdk.method, f"the method of {one.verb} {one.path}") for one in resource.operations]
    members += [
        (f"{one.sdk.method}_url", f"the URL method of {one.verb} {one.path}")
        for one in resource.operations
        if one.sdk.url[0]
    ]
    members += [(child.name, f"the resource {'.'.join(child.path)!r}") for child in resource.children]
    refuse_collisions([(name, "the runtime's own attribute") for name in _TAKEN] + members, place)


def _check_all(resources: list[Resource], models: list[str]) -> None:
    classes = [(one.class_name, f"the resource {'.'.join(one.path)!r}") for one in resources]
    classes += [(f"Async{one.class_name}", f"the async class of {'.'.join(one.path)!r}") for one in resources]
    refuse_collisions([(name, f"the schema {name!r}") for name in models] + classes, "The package")
    refuse_collisions([(one.module, f"the resource {'.'.join(one.path)!r}") for one in resources], "resources")
