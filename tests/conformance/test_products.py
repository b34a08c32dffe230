"""The rules hold for every platform; what one does not have is said, with the reason."""

from __future__ import annotations

from .products import INTERACTOR, PRODUCTS, having


def test_what_a_platform_lacks_another_one_has() -> None:
    for each in PRODUCTS:
        assert all(len(reason) > 20 for reason in each.lacks.values())
        assert all(having(need) for need in each.lacks)


def test_a_rule_without_needs_is_asked_of_every_platform() -> None:
    assert having() == list(PRODUCTS)
    assert having("keys") == [INTERACTOR]
