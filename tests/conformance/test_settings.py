"""Settings that cannot be used are refused when they are given, by an error of ours that shows no secret."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from tandem import ConfigurationError, InvalidRequestError

from .conftest import Connect
from .misbehaving import Misbehaving
from .products import Product

LOCAL = "http://localhost:3000"
ODD: list[Any] = [5, 1.5, True, b"x", [5], {"a": 1}, object(), math.nan, lambda: None]


@pytest.fixture(params=["sync", "async"])
def make(request: pytest.FixtureRequest, product: Product) -> Any:
    """Makes clients of one product and colour that are never called."""
    kind = product.client if request.param == "sync" else product.async_client

    def client(**settings: Any) -> Any:
        return kind(**{**product.settings(LOCAL), **settings})

    return client


@pytest.mark.parametrize("user", ["user:canary-password@", "canary-user@", "user:@"])
def test_a_password_in_a_url_is_refused_and_not_repeated(make: Any, product: Product, user: str) -> None:
    with pytest.raises(ConfigurationError, match="a user name or a password") as caught:
        make(**product.at(f"http://{user}localhost:3000"))

    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("value", ODD, ids=lambda value: type(value).__name__)
def test_an_address_or_a_credential_that_is_no_text_is_refused(make: Any, product: Product, value: object) -> None:
    for name in {*product.servers, *product.credentials} - {"scopes"}:
        with pytest.raises(ConfigurationError) as caught:
            make(**{name: value})
        assert isinstance(caught.value, product.root)


def test_a_secret_that_is_no_text_is_named_and_not_shown(make: Any, product: Product) -> None:
    (name,) = [name for name, value in product.credentials.items() if value == "canary-secret"]

    with pytest.raises(ConfigurationError, match=f"{name} is a text, not bytes") as caught:
        make(**{name: b"canary"})

    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("allow_insecure", "false"),
        ("follow_redirects", 1),
        ("trust_env", None),
        ("throttle", "no"),
        ("max_connections", 0),
        ("max_connections", "9"),
        ("max_connections", True),
        ("token_refresh_buffer", "60"),
        ("token_refresh_buffer", math.nan),
        ("token_refresh_buffer", None),
        ("transport", 5),
        ("token_store", {}),
        ("timeout", "5"),
        ("proxy", 5),
        ("ca_bundle", 5),
        ("on_result", 5),
    ],
)
def test_an_option_of_another_kind_is_refused_by_name(make: Any, setting: str, value: object) -> None:
    with pytest.raises(ConfigurationError, match=setting):
        make(**{setting: value})


def test_no_option_is_offered_that_the_platform_lacks(connect: Connect, product: Product) -> None:
    told: list[str] = []
    with Misbehaving() as server:
        client = connect(server)
        calls: list[Callable[[], Any]] = [
            lambda: client.with_options(tiemout=5),
            lambda: product.read(client, options={"tiemout": 5}),
            lambda: client.request("GET", "no-slash"),
        ]
        for call in calls:
            with pytest.raises(InvalidRequestError) as caught:
                call()
            told.append(str(caught.value))

    view, options, path = told
    assert ("namespace" in view, "namespace" in options) == ("namespaces" not in product.lacks,) * 2
    assert path == "request: 'no-slash' is not a path: one begins with a slash."
