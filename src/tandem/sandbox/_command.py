"""A platform on a port of this machine, served from the command line until it is told to stop."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable
from typing import TypeVar

from ._delivering import DeliveringPlatform
from ._errors import SandboxError
from ._server import SocketServer, serve_forever

_P = TypeVar("_P", bound=DeliveringPlatform)


def serve(make: Callable[[], _P], arguments: Namespace, welcome: Callable[[_P, SocketServer], str]) -> int:
    """Serve what `make` makes until Ctrl-C or SIGTERM. Returns the exit code.

    A ValueError or SandboxError of `make` is told in a line. `arguments` has `port` and `shuffle_deliveries`; `welcome`
    says what a developer needs to call the platform.
    """
    try:
        platform = make()
    except (ValueError, SandboxError) as error:
        print(error, file=sys.stderr)
        return 2
    platform.deliverer.shuffled = arguments.shuffle_deliveries
    try:
        serve_forever(platform, arguments.port, lambda server: print(welcome(platform, server), flush=True))
    except KeyboardInterrupt:
        platform.close()  # it came before the platform was ready
    except OSError as error:
        platform.close()
        print(f"Port {arguments.port} cannot be used: {error.strerror or error}. Try --port 0.", file=sys.stderr)
        return 1
    return 0


def exports(settings: dict[str, str]) -> str:
    """Settings as a shell takes them."""
    return "\n".join(f"  export {name}={value}" for name, value in settings.items())
