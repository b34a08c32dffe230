"""Whether a delivery comes from the platform, and the event that it brings."""

from __future__ import annotations

import datetime
import math
import os
import time
from collections.abc import Callable, Iterable
from typing import Any, cast

from tandem import _json
from tandem._conventions import shorten
from tandem._errors import ConfigurationError, WebhookVerificationError

from ._diagnosis import likely_cause
from ._events import WebhookConventions, WebhookEvent
from ._headers import Delivery, HeaderReader, HeadersInput, delivery_of
from ._reasons import Reason
from ._signing import SCHEMES, Key, Scheme, key_of, proven, signatures_in

_STAMP_DIGITS = 12  # seconds until the year 33658


class Verifier:
    """Tells true deliveries from others. Never changes: share one between threads."""

    __slots__ = ("_clock", "_keys", "_names", "_reader", "max_body", "platform", "scheme", "tolerance")

    def __init__(
        self,
        platform: WebhookConventions,
        secrets: Iterable[str | bytes] | str | bytes | None,
        *,
        tolerance: float,
        scheme: Scheme,
        max_body: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        error = platform.errors[ConfigurationError]
        if secrets is None:
            secrets = [secret for name in platform.secret_variables if (secret := os.environ.get(name))]
        self._keys = self._keys_of(platform, secrets)
        if not self._keys:
            raise error(f"No webhook secret. Pass secrets=[…]{platform.where_secrets_come_from}.")
        if scheme not in SCHEMES:
            raise error(f"scheme is one of: {', '.join(SCHEMES)}; not {shorten(scheme)}.")
        if scheme == "timestamped" and platform.timestamp_header is None:
            raise error('This platform signs no timestamp. Pass scheme="body".')
        if not _is_number(tolerance) or not 0 <= tolerance < math.inf:
            raise error(f"tolerance is a number of seconds from 0, not {shorten(tolerance)}.")
        if not isinstance(max_body, int) or isinstance(max_body, bool) or max_body <= 0:  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
            raise error(f"max_body is a number of bytes above 0, not {shorten(max_body)}.")
        self.platform = platform
        self.tolerance = tolerance
        self.scheme: Scheme = scheme
        self.max_body = max_body
        self._clock = clock
        self._names = tuple((name or "").lower() for name in platform.headers)
        self._reader = HeaderReader(platform.headers)

    def verify(self, body: bytes, headers: HeadersInput, now: float | datetime.datetime | None = None) -> WebhookEvent:
        """The event that a delivery brings.

        `body` is the request's body as it came: bytes, not text and not JSON. `headers` is the framework's mapping, a
        dict, or pairs. Any input but a true delivery raises WebhookVerificationError, whose `reason` is one word of a
        closed list and whose message names the likely cause.
        """
        data = body if type(body) is bytes and len(body) <= self.max_body else self._bytes(body)
        try:
            found = self._reader.read(headers)
        except Exception:  # headers can be an object of any framework, and break in any way
            raise self._refusal(
                "headers_unreadable", "The headers cannot be read. Pass the request's headers: a mapping, or pairs."
            ) from None
        stamp = self._stamp(found) if self.scheme == "timestamped" else None
        self._prove(data, found.get(self._names[0], ""), stamp)
        signed_at = None
        if stamp is not None:
            signed_at = int(stamp)
            age = (self._clock() if now is None else self._moment(now)) - signed_at
            if not -self.tolerance <= age <= self.tolerance:
                raise self._untimely(age)
        _, _, delivery, retry_count, request_id = self._names
        get = found.get
        return self.event(data, delivery_of(get(delivery), get(retry_count), get(request_id), signed_at))

    def event(self, body: bytes, delivery: Delivery) -> WebhookEvent:
        """The event in a body that is known to be the platform's. Raises WebhookVerificationError."""
        try:
            raw = _json.loads(body)
            name = raw["event"]
        except (ValueError, RecursionError):
            raise self._refusal("malformed_body", "The signature is right, but the body is not JSON.") from None
        except (LookupError, TypeError):
            name = raw = None
        if type(name) is not str or not _json.is_object(raw):
            raise self._refusal("malformed_body", "The signature is right, but the body is no event: it has no name.")
        return self.platform.decode(name, raw, body, delivery)

    def _keys_of(self, platform: WebhookConventions, secrets: object) -> tuple[Key, ...]:
        if isinstance(secrets, str | bytes):
            secrets = [secrets]
        if not isinstance(secrets, Iterable):
            raise platform.errors[ConfigurationError](f"secrets is a list of texts, not {type(secrets).__name__}.")
        return tuple(key_of(secret, platform.errors) for secret in cast("Iterable[object]", secrets))

    def _bytes(self, body: object) -> bytes:
        if not isinstance(body, bytes | bytearray | memoryview):
            raise self._refusal(
                "body_not_bytes",
                f"The body is {type(body).__name__}, not bytes: something decoded or parsed it before. The signature "
                "covers the bytes as they came; hand over the raw body of the request.",
            )
        try:
            size = len(body) if not isinstance(body, memoryview) else body.nbytes  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType, reportUnknownArgumentType]  # a view of anything
            if size <= self.max_body:
                return bytes(body)  # pyright: ignore[reportUnknownArgumentType]  # a view of anything
        except (ValueError, BufferError):  # a view that was released
            raise self._refusal("body_not_bytes", "The body is a memoryview that cannot be read any more.") from None
        raise self._refusal(
            "body_too_large",
            f"The body has {size:,} bytes, which is more than max_body={self.max_body:,}. Deliveries are smaller; "
            "raise max_body if yours are not.",
        )

    def _stamp(self, found: dict[str, str]) -> str:
        name = self.platform.timestamp_header or ""
        text = found.get(self._names[1], "")
        if text.isascii() and text.isdigit() and len(text) <= _STAMP_DIGITS:
            return text  # nearly always
        values = {part.strip() for part in text.split(",")} - {""}
        if not values:
            hint = (
                ' Does the sender sign the body alone? scheme="body" takes that.' if found.get(self._names[0]) else ""
            )
            raise self._refusal(
                "missing_timestamp", f"There is no {name} header: a proxy took it away, or the sender is another.{hint}"
            )
        stamp = values.pop()
        if values or not stamp.isascii() or not stamp.isdigit() or len(stamp) > _STAMP_DIGITS:
            raise self._refusal("malformed_timestamp", f"The {name} header is not one number of seconds.")
        return stamp

    def _prove(self, body: bytes, value: str, stamp: str | None) -> None:
        if value.isascii() and proven(self._keys, (value,), body, stamp):
            return  # nearly always: it is the one signature, as we would write it
        given = signatures_in(value, self.scheme)
        if not given or not proven(self._keys, given, body, stamp):
            raise self._unproven(value, given, body, stamp)

    def _unproven(self, value: str, given: list[str], body: bytes, stamp: str | None) -> WebhookVerificationError:
        name = self.platform.signature_header
        if not value.strip(" ,"):
            return self._refusal(
                "missing_signature", f"There is no {name} header: a proxy took it away, or the sender is another."
            )
        if not given:
            bare = self.scheme == "timestamped" and signatures_in(value, "body")
            hint = ' It is a bare digest: pass scheme="body" if your platform sends these.' if bare else ""
            return self._refusal("malformed_signature", f"The {name} header holds no `sha256=` and digest.{hint}")
        cause = likely_cause(self._keys, given, body, stamp)
        return self._refusal("signature_mismatch", f"The signature does not match. {cause}")

    def _untimely(self, age: float) -> WebhookVerificationError:
        if age > 0:
            reason: Reason = "timestamp_too_old"
            problem = f"was sent {age:.0f} s ago: it is sent again by someone else, or your clock is {age:.0f} s ahead."
        else:
            reason = "timestamp_in_future"
            problem = f"comes from {-age:.0f} s in the future: your clock is {-age:.0f} s behind."
        return self._refusal(
            reason, f"The signature is right, but the delivery {problem} Up to {self.tolerance:g} s are taken."
        )

    def _moment(self, now: object) -> float:
        try:
            seconds = now.timestamp() if isinstance(now, datetime.datetime) else now
            if _is_number(seconds) and math.isfinite(cast("float", seconds)):
                return float(cast("float", seconds))
        except (OverflowError, ValueError, OSError):
            pass
        raise self._refusal("clock_unreadable", "now is a number of seconds of Unix time, or an aware datetime.")

    def _refusal(self, reason: Reason, message: str) -> WebhookVerificationError:
        return self.platform.errors[WebhookVerificationError](message, reason=reason)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.scheme}, {len(self._keys)} secrets, {self.tolerance:g} s>"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
