"""`interactor sandbox`: the platform on a port of this machine, until it is told to stop."""

from __future__ import annotations

import sys
from argparse import Namespace

from tandem.sandbox import SocketServer, serve_forever

from ._platform import InteractorPlatform


def run(arguments: Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM. Returns the exit code."""
    platform = InteractorPlatform(db=arguments.db, seed=arguments.seed, enforce_limits=arguments.enforce_limits)
    try:
        serve_forever(platform, arguments.port, lambda server: print(welcome(platform, server), flush=True))
    except KeyboardInterrupt:
        platform.close()  # it came before the platform was ready
    except OSError as error:
        platform.close()
        print(f"Port {arguments.port} cannot be used: {error.strerror or error}. Try --port 0.", file=sys.stderr)
        return 1
    return 0


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
    exports = "\n".join(f"  export {name}={value}" for name, value in settings.items())
    return f"""The Interactor sandbox runs at {server.url} (Ctrl-C stops it)

  account server  {account}
  core API        {core}
  controls        {server.url}/_sandbox/health
  client id       {client.client_id}
  client secret   {client.client_secret}

{exports}
"""
