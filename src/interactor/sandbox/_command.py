"""`interactor sandbox`: the platform on a port of this machine, until it is told to stop."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from pathlib import Path
from typing import Any

from tandem.sandbox import SocketServer, exports, serve

from ._json import is_object
from ._libraries import require_libraries
from ._platform import InteractorPlatform
from ._streams import StreamSettings
from .workflows._engine import WorkflowSettings


def run(arguments: Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM. Returns the exit code."""
    return serve(lambda: _platform(arguments), arguments, welcome)


def _platform(arguments: Namespace) -> InteractorPlatform:
    require_libraries()
    return InteractorPlatform(
        db=arguments.db,
        seed=arguments.seed,
        enforce_limits=arguments.enforce_limits,
        webhook_hosts=arguments.allow_host,
        workflows=WorkflowSettings(allow_hosts=arguments.allow_host, secrets=_secrets(arguments.secrets)),
        streams=StreamSettings(heartbeat=arguments.heartbeat, pace=arguments.pace),
        model_url=arguments.model_url,
        # Not an option of its own: what stands in a command line is there for everybody to see.
        model_key=os.environ.get("INTERACTOR_MODEL_KEY"),
    )


def _secrets(path: str | None) -> dict[str, str]:
    """The secrets of a file. Raises ValueError, which never quotes any of them."""
    if path is None:
        return {}
    try:
        found: Any = json.loads(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise ValueError(f"The secrets in {path} cannot be read: {type(error).__name__}.") from None
    if not is_object(found) or not all(isinstance(value, str) for value in found.values()):
        raise ValueError(f"{path} has to hold a JSON object of names and texts.")
    return found


def welcome(platform: InteractorPlatform, server: SocketServer) -> str:
    """What a developer needs to call the platform. The secret is the sandbox's own and good for nothing else."""
    client = platform.default_client
    account, core = (server.url + platform.base_path(host) for host in ("account", "core"))
    settings = {
        "INTERACTOR_CLIENT_ID": client.client_id,
        "INTERACTOR_CLIENT_SECRET": client.client_secret,
        "INTERACTOR_ACCOUNT_SERVER_URL": account,
        "INTERACTOR_CORE_API_URL": core,
        "INTERACTOR_NAMESPACE": "user_1",
    }
    return f"""The Interactor sandbox runs at {server.url} (Ctrl-C stops it)

  account server  {account}
  core API        {core}
  controls        {server.url}/_sandbox/health
  client id       {client.client_id}
  client secret   {client.client_secret}

{exports(settings)}
"""
