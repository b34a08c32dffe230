"""What is not installed is said before anything is started."""

from __future__ import annotations

import sys

import pytest

from tandem.sandbox import SandboxError
from tandem.sandbox._libraries import ENGINE, require


def test_nothing_is_said_where_all_are_there() -> None:
    require(ENGINE, "pip install acme")


def test_all_that_are_missing_are_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jwt", None)
    monkeypatch.setitem(sys.modules, "uvicorn", None)

    with pytest.raises(SandboxError) as caught:
        require(ENGINE, "pip install 'acme[sandbox]'")

    assert str(caught.value) == "The sandbox needs PyJWT, uvicorn. Install it with: pip install 'acme[sandbox]'"
