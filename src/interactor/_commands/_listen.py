"""`interactor webhooks listen`: the sandbox sends its events to an address of yours, and you see how that goes."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Generator, Iterator
from typing import Any

from ._controls import Controls
from ._keys import Keys
from ._problem import CommandError

SECRET_VARIABLE = "INTERACTOR_WEBHOOK_SECRET"  # noqa: S105  # the name of a variable, not a secret
_PAUSE = 0.2  # seconds between two looks
_LOOK_BACK = "500"  # deliveries of one look


class Watch:
    """The attempts that were not seen before."""

    def __init__(self, controls: Controls, endpoint: str) -> None:
        self._controls = controls
        self._endpoint = endpoint
        self._seen: dict[str, int] = {}
        self.last: str | None = None

    def news(self) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
        """Deliveries with a new attempt, oldest first; without one when they were given up before the first."""
        found = self._controls.get("/deliveries", endpoint=self._endpoint, limit=_LOOK_BACK)["deliveries"]
        for delivery in found:
            seen = self._seen.get(delivery["id"], 0)
            fresh = [attempt for attempt in delivery["attempts"] if attempt["number"] > seen]
            for attempt in fresh:
                self._seen[delivery["id"]], self.last = attempt["number"], delivery["id"]
                yield delivery, attempt
            if not delivery["attempts"] and delivery["reason"] and delivery["id"] not in self._seen:
                self._seen[delivery["id"]] = 0
                yield delivery, None


def listen(arguments: argparse.Namespace) -> int:
    """Have events sent until Ctrl-C or `q`; `r` sends the last one again."""
    controls = Controls(arguments.url)
    given = os.environ.get(SECRET_VARIABLE)
    wanted = {"events": arguments.events, "namespace": arguments.namespace, "secret": given}
    asked = {name: value for name, value in wanted.items() if value}
    with _until_interrupted():
        endpoint = controls.post("/endpoints", url=arguments.forward, **asked)
        try:
            _welcome(controls, arguments.forward, None if given else endpoint["secret"])
            with Keys() as keys:
                _follow(controls, Watch(controls, endpoint["id"]), keys)
        finally:
            _take_away(controls, endpoint["id"])
    return 0


def _follow(controls: Controls, watch: Watch, keys: Keys) -> None:
    while True:
        for delivery, attempt in watch.news():
            print(line(delivery, attempt), flush=True)
        key = keys.wait(_PAUSE)
        if key == "q":
            return
        if key == "r" and watch.last:
            controls.post("/deliveries/resend", delivery=watch.last)
        elif key == "r":
            print("Nothing was delivered yet that could be sent again.", file=sys.stderr, flush=True)


def line(delivery: dict[str, Any], attempt: dict[str, Any] | None) -> str:
    """One attempt in one line."""
    about = f"{delivery['event']:<32} {delivery['id']}"
    if attempt is None:
        return f"{delivery['created_at'][11:19]}  {about}  {delivery['status']}: {delivery['reason']}"
    outcome = str(attempt["status"]) if attempt["status"] is not None else attempt["error"]
    text = f"{attempt['time'][11:19]}  {about}  {outcome}  {attempt['duration_ms']:.0f} ms"
    if attempt["cause"] != "schedule":
        text += f"  ({attempt['cause']})"
    is_last = attempt["number"] == delivery["attempts"][-1]["number"]
    if is_last and delivery["next_attempt_at"]:
        text += f"  again at {delivery['next_attempt_at'][11:19]}"
    if is_last and delivery["status"] == "dead":
        text += "  dead"
    return text


def _welcome(controls: Controls, forward: str, secret: str | None) -> None:
    print(f"Events of {controls.url} are sent to {forward}")
    if secret:
        # The sandbox made it up for this one listener, who has to verify with it; it ends with the command.
        print(f"They are signed: export {SECRET_VARIABLE}={secret}")
    print("r: send the last one again   q: end", flush=True)


@contextlib.contextmanager
def _until_interrupted() -> Generator[None]:
    """Ctrl-C and SIGTERM are the way to end it, and no error."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    earlier = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


def _take_away(controls: Controls, endpoint: str) -> None:
    with contextlib.suppress(CommandError):  # the sandbox is gone, or was reset, and the endpoint with it
        controls.delete("/endpoints", id=endpoint)
