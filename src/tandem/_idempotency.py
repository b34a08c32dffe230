"""Idempotency keys: a new one for each logical call, or a stable one from business values."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
from enum import Enum
from typing import Any


def new_key() -> str:
    """A key that no other call has."""
    return os.urandom(16).hex()


def idempotency_key(*parts: Any) -> str:
    """A stable key from the values that make an operation the same operation.

    Equal parts give equal keys in every process; the parts cannot be read back from the key. Parts are what JSON knows,
    and dates, times and enum members. Raises TypeError on others, whose text may change from process to process, and
    ValueError without any part: that key would be the same for everything.

    >>> idempotency_key("order_123", "approval") == idempotency_key("order_123", "approval")
    True
    >>> idempotency_key("a", "bc") == idempotency_key("ab", "c")
    False

    """
    if not parts:
        raise ValueError("idempotency_key needs at least one value, such as the id of an order.")
    # JSON with sorted keys keeps ("a", "bc") apart from ("ab", "c") and does not depend on the order of a dict.
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=_stable)
    return f"idem_{hashlib.sha256(text.encode()).hexdigest()[:40]}"


def _stable(part: Any) -> Any:
    # Imported here: whoever has such a value has loaded them, and hardly anyone else needs them.
    from decimal import Decimal
    from uuid import UUID

    if isinstance(part, datetime.date | datetime.time | UUID | Decimal):
        return str(part)
    if isinstance(part, Enum):
        return part.value
    raise TypeError(f"An idempotency key cannot be made from {type(part).__name__}. Pass its id or its text.")
