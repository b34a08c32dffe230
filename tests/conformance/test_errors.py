"""Errors travel between processes, and tell what a user needs; clients stay where they are."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from tandem import TandemError

from .conftest import ONCE, Connect
from .misbehaving import GOOD, Misbehaving, Script, json_reply, reply, reset, stay_silent
from .products import Product

TOLD = {"code": "NO", "message": "No.", "details": [{"field": "name", "message": "is short"}]}
TROUBLE: dict[str, Script] = {
    **{
        str(status): json_reply({"error": TOLD}, status, "Retry-After: 99") for status in (400, 403, 404, 409, 418, 422)
    },
    **{str(status): json_reply({"error": TOLD}, status, "Retry-After: 99") for status in (401, 429, 500, 529)},
    "not JSON": reply(b"<html>"),
    "reset": [reset],
    "silent": [stay_silent],
}


def error_of(product: Product, connect: Connect, script: Script) -> TandemError:
    with Misbehaving(script) as server, pytest.raises(product.root) as caught:
        product.read(connect(server, retry=ONCE, timeout=0.2))
    return caught.value


@pytest.mark.parametrize("script", TROUBLE.values(), ids=TROUBLE)
def test_an_error_pickles_and_unpickles_equal(connect: Connect, script: Script, product: Product) -> None:
    error = error_of(product, connect, script)

    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        back = pickle.loads(pickle.dumps(error, protocol))
        assert type(back) is type(error)
        assert (str(back), repr(back), back.args) == (str(error), repr(error), error.args)
        assert shown(back) == shown(error)


@pytest.mark.parametrize("script", TROUBLE.values(), ids=TROUBLE)
def test_an_error_can_be_copied(connect: Connect, script: Script, product: Product) -> None:
    error = error_of(product, connect, script)

    assert shown(copy.copy(error)) == shown(copy.deepcopy(error)) == shown(error)


def test_a_refusal_before_sending_pickles_too(connect: Connect, product: Product) -> None:
    with Misbehaving() as server, pytest.raises(product.root) as caught:
        product.read(connect(server), "..")

    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_every_error_of_the_tree_is_a_product_error_and_pickles_by_its_public_name(product: Product) -> None:
    classes = [getattr(product.package, name) for name in product.package.__all__]
    errors = [cls for cls in classes if isinstance(cls, type) and issubclass(cls, Exception)]

    assert len(errors) > 15
    for cls in errors:
        assert issubclass(cls, product.root)
        assert pickle.loads(pickle.dumps(cls)) is cls


def test_a_client_refuses_to_pickle_and_says_why(connect: Connect) -> None:
    with Misbehaving(GOOD) as server:
        client: Any = connect(server)
        target = getattr(client, "_target", client)  # the client itself, not what drives it

        for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match=r"cannot be pickled\. Make one in each process\."):
                attempt(target)


def test_a_result_pickles_with_what_is_known_of_its_reply(connect: Connect, product: Product) -> None:
    with Misbehaving(GOOD) as server:
        found = product.read(connect(server))

    back = pickle.loads(pickle.dumps(found))
    assert back == found
    assert back.response_meta.request_id == found.response_meta.request_id == "req_1"


def shown(error: TandemError) -> dict[str, Any]:
    """All that an error carries. Headers by their content: they compare by it too."""
    return {name: dict(value) if name == "headers" and value else value for name, value in vars(error).items()}
