"""Every error tells what happened, belongs to its tree, and survives a process boundary."""

from __future__ import annotations

import copy
import inspect
import pickle
from importlib import import_module

import pytest

import tandem
from tandem import APIStatusError, ErrorFamily, Headers, RateLimit, TandemError
from tandem._errors import error_class

from . import acme
from .acme import FAMILY, AcmeError, AcmeNotFoundError, get
from .conftest import MakeWorld
from .fakes import answer, refused, reset, silence

ERRORS = import_module("tandem._errors")
CLASSES: list[type[TandemError]] = [
    cls for _, cls in inspect.getmembers(ERRORS, inspect.isclass) if issubclass(cls, TandemError)
]
PRODUCT: list[type[TandemError]] = [
    cls for _, cls in inspect.getmembers(acme, inspect.isclass) if issubclass(cls, AcmeError)
]

TREE = {
    "ConfigurationError": "TandemError",
    "InvalidRequestError": "TandemError",
    "APIConnectionError": "TandemError",
    "CircuitOpenError": "APIConnectionError",
    "APITimeoutError": "APIConnectionError",
    "DeadlineExceededError": "APITimeoutError",
    "ResponseDecodeError": "TandemError",
    "StreamInterruptedError": "TandemError",
    "WebhookVerificationError": "TandemError",
    "APIStatusError": "TandemError",
    "BadRequestError": "APIStatusError",
    "AuthenticationError": "APIStatusError",
    "PermissionDeniedError": "APIStatusError",
    "NotFoundError": "APIStatusError",
    "ConflictError": "APIStatusError",
    "ValidationError": "APIStatusError",
    "RateLimitError": "APIStatusError",
    "ServerError": "APIStatusError",
}


def example(cls: type[TandemError]) -> TandemError:
    """An error of this class with a value in every attribute."""
    values = {
        "status_code": 418,
        "code": "teapot",
        "details": [{"field": "tea", "message": "missing"}],
        "request_id": "req_1",
        "retry_after": 2.5,
        "rate_limit": RateLimit(10, 3),
        "attempts": 3,
        "headers": Headers([("X-Request-Id", "req_1")]),
        "body": b"short and stout",
        "method": "GET",
        "path": "/things/{id}",
        "last_event_id": "e9",
        "reason": "expired",
    }
    wanted = inspect.signature(cls).parameters
    return cls("Something happened", **{name: value for name, value in values.items() if name in wanted})


def test_the_tree_is_the_one_that_the_docstring_draws() -> None:
    assert {cls.__name__: cls.__bases__[0].__name__ for cls in CLASSES if cls is not TandemError} == TREE
    drawn = [line.replace("│", " ").split() for line in (ERRORS.__doc__ or "").splitlines() if "──" in line]
    assert {words[1] for words in drawn} == set(TREE)


@pytest.mark.parametrize("cls", CLASSES + PRODUCT)
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_every_error_survives_pickling(cls: type[TandemError], protocol: int) -> None:
    error = example(cls)

    again = pickle.loads(pickle.dumps(error, protocol))

    assert type(again) is cls
    assert str(again) == str(error)
    assert again.args == error.args
    assert again.__dict__ == error.__dict__
    assert again == error
    assert hash(again) == hash(error)


def test_errors_that_tell_different_things_differ() -> None:
    error = example(APIStatusError)
    again = copy.copy(error)
    vars(again)["attempts"] = 4

    assert again != error
    assert tandem.ConfigurationError("x") != tandem.InvalidRequestError("x")
    assert tandem.InvalidRequestError("x") != "x"


@pytest.mark.parametrize("cls", CLASSES + PRODUCT)
def test_every_error_can_be_copied(cls: type[TandemError]) -> None:
    error = example(cls)

    assert str(copy.copy(error)) == str(copy.deepcopy(error)) == str(error)
    assert copy.copy(error).__dict__ == error.__dict__


def test_a_status_error_says_status_code_message_request_method_and_path() -> None:
    text = str(example(APIStatusError))

    assert text == "418 teapot: Something happened [tea] (GET /things/{id}, request req_1, 3 attempts)"


def test_a_status_error_of_no_request_has_no_empty_brackets() -> None:
    assert str(APIStatusError("over", status_code=401, attempts=0)) == "401: over"


def test_a_decode_error_without_a_status_says_nothing_of_one() -> None:
    assert str(tandem.ResponseDecodeError("Unusable")) == "Unusable"


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "BadRequestError"),
        (401, "AuthenticationError"),
        (403, "PermissionDeniedError"),
        (404, "NotFoundError"),
        (409, "ConflictError"),
        (422, "ValidationError"),
        (429, "RateLimitError"),
        (500, "ServerError"),
        (529, "ServerError"),
        (599, "ServerError"),
        (418, "APIStatusError"),
        (302, "APIStatusError"),
    ],
)
def test_each_status_has_its_class(status: int, name: str) -> None:
    assert error_class(status).__name__ == name


def test_a_family_gives_its_own_class_and_the_general_one_where_it_has_none() -> None:
    assert FAMILY[tandem.NotFoundError] is AcmeNotFoundError
    assert FAMILY[tandem.ConflictError] is tandem.ConflictError
    assert ErrorFamily({})[tandem.NotFoundError] is tandem.NotFoundError


def test_a_call_raises_the_products_own_error(make: MakeWorld) -> None:
    world = make(answer({"error": {"code": "gone", "message": "No such thing"}}, 404, {"X-Request-Id": "req_7"}))

    with pytest.raises(AcmeNotFoundError) as caught:
        world.client.call(get())

    assert isinstance(caught.value, AcmeError)
    assert str(caught.value) == "404 gone: No such thing (GET /things/{id}, request req_7)"


@pytest.mark.parametrize("problem", [refused, reset, silence])
def test_a_connection_error_says_method_path_and_attempts(make: MakeWorld, problem: object) -> None:
    assert callable(problem)
    world = make(problem())

    with pytest.raises(acme.AcmeConnectionError, match=r"\(GET /things/\{id\}, 4 attempts\)") as caught:
        world.client.call(get())

    assert (caught.value.method, caught.value.path, caught.value.attempts) == ("GET", "/things/{id}", 4)
    assert isinstance(caught.value, tandem.APITimeoutError) is (problem is silence)


def test_no_error_shows_the_token_or_the_secret(make: MakeWorld) -> None:
    for step in (answer(b"<html>", 500), answer(b"no json"), refused(), answer({"error": "x"}, 401)):
        world = make(step)

        with pytest.raises(TandemError) as caught:
            world.client.call(get())

        seen = f"{caught.value} {caught.value!r} {caught.value.args}"
        assert "token-" not in seen
        assert "canary" not in seen


@pytest.mark.parametrize(
    ("details", "shown"),
    [
        ([{"field": "name", "message": "canary"}, {"field": "model"}, {"field": "name"}], " [name, model]"),
        ({"title": ["canary"], "dueDate": []}, " [title, dueDate]"),
        ({"current_state": "canary"}, ""),
        ([{"field": "x" * 61}, {"field": "a\nb"}, {"field": 7}, {"field": ""}, "name", None], ""),
        ([{"field": f"f{number}"} for number in range(9)], " [f0, f1, f2, f3, f4]"),
        ("name", ""),
    ],
)
def test_the_fields_that_a_server_found_fault_with_are_named(details: object, shown: str) -> None:
    error = APIStatusError("Not valid", status_code=422, details=details, method="POST", path="/things")

    assert str(error) == f"422: Not valid{shown} (POST /things)"
    assert error.message == "Not valid"


@pytest.mark.parametrize("status", [200, 400])
def test_a_token_that_a_server_repeats_is_in_no_error(make: MakeWorld, status: int) -> None:
    echo = {"error": {"message": "bad header Bearer token-1234", "details": ["token-1234"]}}
    world = make(answer(b'"token-1234' if status == 200 else echo, status))
    world.server.token_steps = [answer({"access_token": "token-1234", "expires_in": 60})]

    with pytest.raises(TandemError) as caught:
        world.client.call(get())

    told = f"{caught.value} {vars(caught.value)}"
    assert "***" in told
    assert "token-1234" not in told
