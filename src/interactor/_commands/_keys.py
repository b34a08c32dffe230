"""Single key presses, from a terminal or a pipe."""

from __future__ import annotations

import os
import select
import sys
import time
from types import ModuleType, TracebackType
from typing import Any

try:
    import termios as _termios
    import tty as _tty
except ImportError:  # a system without them: keys are lines there, as from a pipe
    termios: ModuleType | None = None
    tty: ModuleType | None = None
else:
    termios, tty = _termios, _tty


class Keys:
    """The keys that are pressed inside of the `with` block; without an input there are none."""

    def __init__(self) -> None:
        self._input = _input()
        self._settings: Any = None

    def __enter__(self) -> Keys:
        if self._input is not None and termios is not None and tty is not None and os.isatty(self._input):
            self._settings = termios.tcgetattr(self._input)
            tty.setcbreak(self._input)  # keys without Return; Ctrl-C still interrupts
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._settings is not None and termios is not None and self._input is not None:
            termios.tcsetattr(self._input, termios.TCSADRAIN, self._settings)

    def wait(self, seconds: float) -> str:
        """The next key, or "" when none came in this time."""
        if self._input is None:
            time.sleep(seconds)
            return ""
        try:
            ready, _, _ = select.select([self._input], [], [], seconds)
        except (OSError, ValueError):  # an input that cannot be waited for
            self._input = None
            return ""
        if not ready:
            return ""
        key = os.read(self._input, 1)
        if not key:
            self._input = None  # it has ended; the command has not
        return key.decode("ascii", errors="ignore").strip()


def _input() -> int | None:
    try:
        return sys.stdin.fileno()
    except (AttributeError, OSError, ValueError):
        return None
