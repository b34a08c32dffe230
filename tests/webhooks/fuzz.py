"""Made-up deliveries by the thousand: each ends in a true event or in a refusal of ours.

    python -m tests.webhooks.fuzz 1000000

Most are true deliveries that chance has changed; the rest are values without sense. Whether one is true is judged by
signatures that were worked out here, apart from the code under test. A run with the same seed makes the same ones.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, TypeGuard, cast

from interactor.webhooks import WebhookVerificationError, WebhookVerifier
from tandem._json import is_array, is_object
from tandem.webhooks import Scheme

from .deliveries import EXAMPLES, NOW, body_of

SECRETS = ("whsec_new", "whsec_old")
TOLERANCE = 300
NAMES = ("X-Interactor-Signature", "X-Interactor-Timestamp", "X-Interactor-Delivery", "X-Interactor-Retry-Count")
ODD_VALUES: tuple[Any, ...] = (
    None,
    7,
    -1,
    1.5,
    True,
    "",
    " ",
    "text",
    "é",
    "\ud800",
    "\x00",
    "sha256=",
    "9" * 5000,
    "a" * 9_000,
    b"",
    b"\xff\xfe",
    b"\x00" * 100,
    bytearray(b"x"),
    memoryview(b"abc"),
    [],
    [None],
    ["a", b"b"],
    {},
    {"a": 1},
    (),
    object(),
    float("nan"),
    float("inf"),
    datetime.datetime.now,
    10**400,
    range(3),
    {1, 2},
    Exception("x"),
    iter("ab"),
    b"[" * 3_000,
    b'{"event":"x"}',
    b'{"event":' + b"1" * 5000 + b"}",
    b'{"a":' * 3_000,
    b"null",
    b'"\\ud800"',
    b"\xef\xbb\xbf{}",
)


def digest(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def is_true(body: object, headers: object, scheme: str) -> bool:
    """Whether a delivery is the platform's, as the documents say it; read in the plainest way, and slowly."""
    if not isinstance(body, bytes | bytearray | memoryview):
        return False
    pairs: Any = headers.items() if is_object(headers) else headers
    found: dict[str, list[str]] = {}
    try:
        for name, value in pairs:
            name = (name.decode("latin-1") if isinstance(name, bytes) else name).lower()
            if name not in {"x-interactor-signature", "x-interactor-timestamp"}:
                continue
            for each in flat(value):
                text = each.decode("latin-1") if isinstance(each, bytes) else str.__str__(each)
                found.setdefault(name, []).extend(part.strip() for part in text.split(","))
    except Exception:  # whatever headers are made of
        return False
    stamps = {stamp for stamp in found.get("x-interactor-timestamp", []) if stamp}
    if scheme == "timestamped" and (len(stamps) != 1 or not in_time(next(iter(stamps)))):
        return False
    sent = bytes(cast("bytes", body))
    message = sent if scheme == "body" else next(iter(stamps)).encode() + b"." + sent
    given = {signature.lower() for signature in found.get("x-interactor-signature", [])}
    due = {digest(secret, message) for secret in SECRETS}
    return bool(given & ({f"sha256={each}" for each in due} | (due if scheme == "body" else set())))


def flat(value: Any) -> list[Any]:
    return [*value] if isinstance(value, list | tuple) else [value]


def is_pairs(headers: object) -> TypeGuard[list[Any]]:
    return is_array(headers) and bool(headers) and isinstance(headers[0], tuple)


def in_time(stamp: str) -> bool:
    return stamp.isascii() and stamp.isdigit() and abs(int(stamp) - NOW) <= TOLERANCE if len(stamp) < 20 else False


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")


@dataclass
class Fuzzer:
    """Makes deliveries up, and keeps count of what became of them."""

    seed: int = 7
    outcomes: Counter[str] = field(default_factory=Counter[str])
    foreign: Counter[str] = field(default_factory=Counter[str])
    false_accepts: list[Any] = field(default_factory=list[Any])
    false_refusals: list[Any] = field(default_factory=list[Any])

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        schemes: tuple[Scheme, ...] = ("timestamped", "body")
        self.verifiers: dict[str, WebhookVerifier] = {
            scheme: WebhookVerifier(SECRETS, TOLERANCE, scheme, clock=lambda: NOW, max_body=60_000)
            for scheme in schemes
        }
        self.bodies = [body_of(name) for name in EXAMPLES]

    def run(self, count: int) -> None:
        for _ in range(count):
            scheme = "timestamped" if self.chance.random() < 0.8 else "body"
            body, headers = self.delivery(scheme)
            if is_pairs(headers) and self.chance.random() < 0.02:
                self._try(scheme, body, headers, iter(headers))
            else:
                self._try(scheme, body, headers, headers)

    def _try(self, scheme: str, body: Any, headers: Any, given: Any) -> None:
        try:
            event = self.verifiers[scheme].verify(body, given)
        except WebhookVerificationError as problem:
            self.outcomes[problem.reason] += 1
            if problem.reason == "signature_mismatch" and is_true(body, headers, scheme):
                self.false_refusals.append((body, headers))
        except BaseException as problem:  # the find: it must not be there
            self.foreign[type(problem).__name__] += 1
        else:
            self.outcomes["event"] += 1
            if not event.type or not is_true(body, headers, scheme):
                self.false_accepts.append((body, headers))

    def delivery(self, scheme: str) -> tuple[Any, Any]:
        """A body and headers: a true delivery that up to three changes were made to."""
        chance = self.chance
        stamp = str(NOW + chance.randint(-320, 320))
        body: Any = chance.choice(self.bodies)
        signed: Any = self._changed(body) if chance.random() < 0.3 else body
        message = signed if scheme == "body" else stamp.encode() + b"." + signed
        signature = digest(chance.choice(SECRETS), message)
        if scheme == "timestamped" or chance.random() < 0.5:
            signature = "sha256=" + signature
        headers: Any = [(NAMES[0], signature), (NAMES[1], stamp), (NAMES[2], "del_1"), (NAMES[3], "0"), ("Host", "a")]
        for _ in range(chance.choice((0, 0, 1, 1, 2, 3))):
            signed, headers = self._spoilt(signed, headers)
        return signed, headers

    def _spoilt(self, body: Any, headers: Any) -> tuple[Any, Any]:
        chance = self.chance
        if not is_pairs(headers):
            return body, headers
        at = chance.randrange(len(headers))
        match chance.randrange(12):
            case 0 if isinstance(body, bytes):
                return self._changed(body), headers
            case 1:
                return chance.choice(ODD_VALUES), headers
            case 2:
                return body, chance.choice(ODD_VALUES)
            case 3 if isinstance(body, bytes):
                return chance.choice((bytearray, memoryview, bytes.hex, bytes.upper))(body), headers
            case 4:
                return body, {name: value for name, value in headers if isinstance(name, str | bytes)}
            case 5:
                return body, headers[:at] + headers[at + 1 :]
            case 6:
                return body, [*headers, headers[at]]
            case 7:
                return body, [*headers[:at], (headers[at][0], chance.choice(ODD_VALUES)), *headers[at + 1 :]]
            case 8:
                return body, [*headers[:at], (chance.choice(ODD_VALUES), headers[at][1]), *headers[at + 1 :]]
            case 9:
                spell = chance.choice((str.lower, str.upper, str.title, str.swapcase, _encoded))
                return body, [(spell(name) if isinstance(name, str) else name, value) for name, value in headers]
            case 10:
                return body, [*headers[:at], (headers[at][0], [headers[at][1], "sha256=0"]), *headers[at + 1 :]]
            case _:
                name, value = headers[at]
                changed = self._changed(_encoded(value)) if isinstance(value, str) else b"?"
                return body, [*headers[:at], (name, changed), *headers[at + 1 :]]

    def _changed(self, data: bytes) -> bytes:
        chance, at = self.chance, self.chance.randrange(len(data) or 1)
        match chance.randrange(5):
            case 0:
                return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
            case 1:
                return data[:at] + data[at + chance.randint(1, 9) :]
            case 2:
                return data[:at] + chance.randbytes(chance.randint(1, 9)) + data[at:]
            case 3:
                return data[at:] + data[:at]
            case _:
                return data[:at] + data[:at]

    def __str__(self) -> str:
        total = self.outcomes.total() + self.foreign.total()
        reasons = ", ".join(f"{name} {count:,}" for name, count in self.outcomes.most_common())
        return (
            f"{total:,} deliveries: foreign exceptions {dict(self.foreign) or 0}, false accepts "
            f"{len(self.false_accepts)}, false refusals {len(self.false_refusals)}; {reasons}"
        )


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    fuzzer, started = Fuzzer(), time.perf_counter()
    fuzzer.run(count)
    print(f"{fuzzer}; {time.perf_counter() - started:.0f} s")
    sys.exit(bool(fuzzer.foreign or fuzzer.false_accepts or fuzzer.false_refusals))


if __name__ == "__main__":
    main()
