"""Idempotency keys: a new one for each logical call, or a stable one from business values."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any


def new_key() -> str:
    """A key that no other call has."""
    return str(uuid.uuid4())


def idempotency_key(*parts: Any) -> str:
    """A stable key from the values that make an operation the same operation.

    Equal parts give equal keys in every process; the parts cannot be read back from the key.

    >>> idempotency_key("order_123", "approval") == idempotency_key("order_123", "approval")
    True
    >>> idempotency_key("a", "bc") == idempotency_key("ab", "c")
    False

    """
    # JSON with sorted keys keeps ("a", "bc") apart from ("ab", "c") and does not depend on the order of a dict.
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=str, ensure_ascii=False)
    return f"idem_{hashlib.sha256(text.encode()).hexdigest()[:40]}"
