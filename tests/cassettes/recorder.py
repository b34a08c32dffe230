"""What goes into a cassette and what does not: addresses made equal, secrets masked before anything is written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any, cast

_vcr: Any = import_module("vcr")  # it has no type information

RECORDINGS = Path(__file__).parent / "recordings"
MASK = "***"
SECRET_NAMES = frozenset(
    {
        "access_token",
        "accessToken",
        "refresh_token",
        "refreshToken",
        "client_secret",
        "secret",
        "token",
        "code",
        "password",
    }
)
_API_KEY = re.compile(r"ak_\w+")
_BOUNDARY = re.compile(r"(?<=--|y=)[0-9a-f]{32}")
_LOOPBACK = re.compile(r"http://127\.0\.0\.1:\d+")
_JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")
PLACE = "http://sandbox.invalid"


def recorder(mode: str) -> Any:
    """A recorder that writes ("all") or only plays ("none")."""
    return _vcr.VCR(
        record_mode=mode,
        match_on=("method", "scheme", "host", "port", "path", "query", "body"),
        before_record_request=scrub_request,
        before_record_response=scrub_response,
        decode_compressed_response=True,
    )


def scrub_request(request: Any) -> Any:
    """A request as it is written, and as it is compared with what was written."""
    request.uri = scrub_text(request.uri)
    request.headers = {
        name: MASK if name.lower() in {"authorization", "idempotency-key", "x-api-key"} else scrub_text(value)
        for name, value in request.headers.items()
        if name.lower() not in {"host", "user-agent"}
    }
    if request.body:
        request.body = scrub_body(request.body)
    return request


def scrub_response(response: dict[str, Any]) -> dict[str, Any]:
    """A reply as it is written. The length is left to be counted anew: masking changes it."""
    headers = response["headers"]
    response["headers"] = {
        name: [scrub_text(value) for value in values]
        for name, values in headers.items()
        if name.lower() != "content-length"
    }
    if response["body"]["string"]:
        response["body"]["string"] = scrub_body(response["body"]["string"])
    return response


def scrub_body(body: bytes) -> bytes:
    text = body.decode()
    try:
        return json.dumps(mask(json.loads(text)), separators=(",", ":")).encode()
    except ValueError:
        return scrub_text(text).encode()


def mask(value: Any, name: str = "") -> Any:
    """JSON with the values of secret names masked at any depth, and tokens masked wherever they stand in a text."""
    if isinstance(value, dict):
        return {key: mask(inner, key) for key, inner in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [mask(inner, name) for inner in cast("Iterable[Any]", value)]
    if isinstance(value, str):
        return MASK if name in SECRET_NAMES else scrub_text(value)
    return value


def scrub_text(text: str) -> str:
    text = _LOOPBACK.sub(PLACE, _API_KEY.sub(MASK, _JWT.sub(MASK, text)))
    return _BOUNDARY.sub("boundary", text)
