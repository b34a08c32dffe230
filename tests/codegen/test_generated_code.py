"""How a generated package is made: both colours alike, documented, with an error tree of its own."""

from __future__ import annotations

import importlib
import inspect
import pickle
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

import tandem

PACKAGES = ["interactor_api", "coordinaitor_api", "library_api"]


@pytest.fixture(params=PACKAGES)
def package(request: pytest.FixtureRequest, library: ModuleType) -> ModuleType:
    """Each generated package in turn."""
    return importlib.import_module(request.param)


def pairs(package: ModuleType) -> Iterator[tuple[Any, Any]]:
    """Every resource class with its asynchronous twin, and the two roots."""
    yield package.Api, package.AsyncApi
    resources = importlib.import_module(f"{package.__name__}.resources")
    for found in pkgutil.iter_modules(resources.__path__):
        module = importlib.import_module(f"{resources.__name__}.{found.name}")
        for name, cls in vars(module).items():
            if inspect.isclass(cls) and issubclass(cls, tandem.Resource) and cls is not tandem.Resource:
                yield cls, getattr(module, f"Async{name}")


def public(cls: type) -> dict[str, Any]:
    return {name: member for name, member in vars(cls).items() if not name.startswith("_")}


def parameters(method: Any) -> list[str]:
    return [str(parameter) for parameter in inspect.signature(method).parameters.values()]


def test_both_colours_have_the_same_methods_with_the_same_parameters(package: ModuleType) -> None:
    for sync, twin in pairs(package):
        assert list(public(sync)) == list(public(twin))
        for name, member in public(sync).items():
            if inspect.isfunction(member):
                assert parameters(member) == parameters(public(twin)[name])


def test_whatever_waits_is_a_coroutine_and_whatever_does_not_is_none(package: ModuleType) -> None:
    for sync, twin in pairs(package):
        for name, member in public(sync).items():
            if inspect.isfunction(member):
                returns = str(inspect.signature(member).return_annotation)
                assert not inspect.iscoroutinefunction(member)
                assert inspect.iscoroutinefunction(public(twin)[name]) != returns.startswith(("Pager[", "Stream["))


def test_every_method_ends_with_options_and_says_where_it_comes_from(package: ModuleType) -> None:
    for _, twin in pairs(package):
        for name, member in public(twin).items():
            if inspect.isfunction(member):
                assert list(inspect.signature(member).parameters)[-1] == "options", name
                assert "Source: " in (inspect.getdoc(member) or "")
                assert (inspect.getdoc(member) or "").splitlines()[0].endswith(".")


def test_an_example_waits_only_in_the_asynchronous_colour(library: ModuleType) -> None:
    books = importlib.import_module("library_api.resources.books")

    assert 'book = client.books.get("b1")' in (books.Books.get.__doc__ or "")
    assert 'book = await client.books.get("b1")' in (books.AsyncBooks.get.__doc__ or "")


def test_an_example_is_python_that_says_what_the_document_says(library: ModuleType) -> None:
    books = importlib.import_module("library_api.resources.books")
    told = (inspect.getdoc(books.Books.create) or "").partition("Example:\n")[2].partition("\n\nSource:")[0]
    seen: dict[str, Any] = {}

    exec(inspect.cleandoc("\n" + told), {"client": _Recorder(seen)})

    assert seen == {"title": 'Say "hi" \\ bye', "class_": "fiction", "holdings": [{"shelfCode": "A1"}]}


def test_the_example_of_an_upload_passes_bytes() -> None:
    module = importlib.import_module("coordinaitor_api.resources.users_me")
    told = (inspect.getdoc(module.UsersMe.upload_avatar) or "").partition("Example:\n")[2].partition("\n\nSource:")[0]
    seen: dict[str, Any] = {}

    exec(inspect.cleandoc("\n" + told), {"client": _Recorder(seen)})

    assert seen == {"0": b"the bytes of me.jpg"}


def test_names_are_in_snake_case_whatever_they_are_on_the_wire(package: ModuleType) -> None:
    models = importlib.import_module(f"{package.__name__}.models")
    classes = [found for name in models.__all__ if inspect.isclass(found := getattr(models, name))]
    names = {name for cls in classes for name in inspect.signature(cls).parameters}
    for _, twin in pairs(package):
        for member in public(twin).values():
            if inspect.isfunction(member):
                names |= set(inspect.signature(member).parameters)

    assert len(names) > 20
    assert [name for name in sorted(names) if not re.fullmatch("[a-z][a-z0-9_]*", name)] == []


class _Recorder:
    """Stands for a client: any attribute is itself, a call keeps its arguments."""

    def __init__(self, seen: dict[str, Any]) -> None:
        self._seen = seen

    def __getattr__(self, name: str) -> _Recorder:
        return self

    def __call__(self, *places: Any, **keywords: Any) -> None:
        self._seen.update({str(place): value for place, value in enumerate(places)}, **keywords)


def test_the_error_tree_mirrors_the_runtimes(package: ModuleType) -> None:
    runtime = {
        name: cls
        for name in dir(tandem)
        if inspect.isclass(cls := getattr(tandem, name)) and issubclass(cls, tandem.TandemError)
    }

    for name, cls in runtime.items():
        own = package.errors.FAMILY[cls]
        assert issubclass(own, cls)
        assert own.__module__ == f"{package.__name__}.errors"
        assert own.__name__ == (
            name if cls is not tandem.TandemError else package.errors.FAMILY[tandem.TandemError].__name__
        )
        for parent in cls.__mro__[1:]:
            if parent in runtime.values():
                assert issubclass(own, package.errors.FAMILY[parent])


def test_the_products_errors_can_be_pickled(package: ModuleType) -> None:
    error = package.errors.NotFoundError("no such thing", status_code=404, code="NOT_FOUND", request_id="req_1")

    twin = pickle.loads(pickle.dumps(error))

    assert type(twin) is type(error)
    assert (str(twin), twin.request_id) == (str(error), "req_1")


def test_the_tree_is_drawn_in_the_docstring(library: ModuleType) -> None:
    drawn = importlib.import_module("library_api.errors").__doc__ or ""

    assert drawn.index("LibraryError") < drawn.index("APIStatusError") < drawn.index("NotFoundError")


def test_every_name_of_the_models_can_be_loaded(package: ModuleType) -> None:
    models = importlib.import_module(f"{package.__name__}.models")

    assert models.__all__ == sorted(models.__all__)
    for name in models.__all__:
        assert getattr(models, name) is not None
    with pytest.raises(AttributeError, match="Nonsense"):
        _ = models.Nonsense
