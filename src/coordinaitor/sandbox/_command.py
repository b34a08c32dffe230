"""`coordinaitor sandbox`: the platform on a port of this machine, until it is told to stop."""

from __future__ import annotations

from argparse import Namespace
from importlib.util import find_spec

from tandem.sandbox import SocketServer, exports, serve

from ._accounts import DEFAULTS
from ._libraries import require_libraries
from ._platform import CoordinaitorPlatform
from ._working import WorkSettings


def run(arguments: Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM. Returns the exit code."""
    return serve(lambda: _platform(arguments), arguments, welcome)


def _platform(arguments: Namespace) -> CoordinaitorPlatform:
    require_libraries()
    return CoordinaitorPlatform(
        db=arguments.db,
        seed=arguments.seed,
        enforce_limits=arguments.enforce_limits,
        webhook_hosts=arguments.allow_host,
        work=WorkSettings(arguments.pace),
    )


def _live(server: SocketServer) -> str:
    if find_spec("websockets") is None:
        return "none without a library: pip install 'interactor[sandbox,coordinaitor]'"
    return f"{server.url.replace('http', 'ws', 1)}/ws"


def welcome(platform: CoordinaitorPlatform, server: SocketServer) -> str:
    """What a developer needs to call the platform. The passwords are the sandbox's own and good for nothing else."""
    people = "\n".join(f"  {each.email:<24} {each.password:<14} {each.role}, {each.plan} plan" for each in DEFAULTS)
    settings = {
        "COORDINAITOR_EMAIL": DEFAULTS[0].email,
        "COORDINAITOR_PASSWORD": DEFAULTS[0].password,
        "COORDINAITOR_BASE_URL": server.url,
    }
    return f"""The CoordinAItor sandbox runs at {server.url} (Ctrl-C stops it)

  API        {server.url}/api/v1
  live       {_live(server)}
  controls   {server.url}/_sandbox/health

{people}

{exports(settings)}
"""
