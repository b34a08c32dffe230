"""Where the library of the fast transport is loaded: in a thread that does not end."""

from __future__ import annotations

import sys
import threading
from importlib import import_module

from tandem._places import process

_CLIENTS = "pyreqwest.client"
_LIBRARY = "pyreqwest._pyreqwest"
_keepers: dict[object, Keeper] = {}


def load() -> None:
    """Load pyreqwest, for whichever thread calls. Raises ImportError.

    Its allocator belongs to the thread that loads it: once that one has ended, the next use brings the process down.
    The main thread does not end before the process does; for any other one a keeper loads it.
    """
    if _LIBRARY in sys.modules or threading.get_ident() == threading.main_thread().ident:
        return
    keeper = Keeper()
    first = _keepers.setdefault(process(), keeper)  # no lock: a child process might inherit it locked
    if first is keeper:
        try:
            keeper.start()
        except RuntimeError:  # no thread can be had
            _keepers.pop(process(), None)
            keeper.done.set()
    first.done.wait()
    if _LIBRARY not in sys.modules:
        raise ImportError("no thread could load pyreqwest")


class Keeper(threading.Thread):
    """Loads the library, and then sleeps for as long as the process lives: this is what keeps the library usable.

    So it outlives every client, as the library does. It is a daemon: no process waits for it.
    """

    def __init__(self) -> None:
        super().__init__(name="keeps pyreqwest", daemon=True)
        self.done = threading.Event()

    def run(self) -> None:
        try:
            import_module(_CLIENTS)
        except Exception:  # noqa: S110  # whatever it says: nobody uses what is not there
            pass
        finally:
            self.done.set()
        threading.Event().wait()
