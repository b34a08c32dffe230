"""What every local platform needs, built from an OpenAPI document: routes, validation, state, time, faults.

A product brings three things: its document (`Api`), one handler per operation (`Registry`) and its own rules
(a subclass of `Platform`). The engine brings the rest, and serves it on a socket (`SocketServer`) or in process
(`InProcessTransport`, `AsyncInProcessTransport`).
"""

from __future__ import annotations

from tandem._lazy import lazy_names

TYPE_CHECKING = False  # not typing's: its import would be most of what this package's import costs
if TYPE_CHECKING:
    from ._agenda import Agenda as Agenda
    from ._api import Api as Api
    from ._api import ApiOperation as ApiOperation
    from ._app import App as App
    from ._channels import Channels as Channels
    from ._clock import Clock as Clock
    from ._closing import close_all as close_all
    from ._command import exports as exports
    from ._command import serve as serve
    from ._context import Context as Context
    from ._context import Place as Place
    from ._context import Principal as Principal
    from ._context import Scene as Scene
    from ._control import Actions as Actions
    from ._control import BadControlError as BadControlError
    from ._deliverer import Deliverer as Deliverer
    from ._deliverer import Endpoint as Endpoint
    from ._deliverer import Letter as Letter
    from ._deliverer import Subscribers as Subscribers
    from ._deliveries import Delivery as Delivery
    from ._deliveries import DeliveryAttempt as DeliveryAttempt
    from ._delivering import DeliveringPlatform as DeliveringPlatform
    from ._delivery_controls import DeliveryControls as DeliveryControls
    from ._delivery_controls import moment as moment
    from ._delivery_post import Poster as Poster
    from ._errors import ConnectionCutError as ConnectionCutError
    from ._errors import DocumentError as DocumentError
    from ._errors import RegistryMismatchError as RegistryMismatchError
    from ._errors import SandboxError as SandboxError
    from ._errors import UnknownDeliveryError as UnknownDeliveryError
    from ._errors import UnknownSnapshotError as UnknownSnapshotError
    from ._event_controls import EventControls as EventControls
    from ._examples import event_data as event_data
    from ._examples import event_names as event_names
    from ._examples import example_of as example_of
    from ._faults import Fault as Fault
    from ._faults import FaultBook as FaultBook
    from ._hosts import Hosts as Hosts
    from ._ids import Ids as Ids
    from ._inprocess import AsyncInProcessTransport as AsyncInProcessTransport
    from ._inprocess import InProcessTransport as InProcessTransport
    from ._journal import Journal as Journal
    from ._journal import JournalEntry as JournalEntry
    from ._limits import LimitRule as LimitRule
    from ._limits import LimitVerdict as LimitVerdict
    from ._local import LocalSandbox as LocalSandbox
    from ._local import hosts_of as hosts_of
    from ._pages import Paged as Paged
    from ._platform import Platform as Platform
    from ._platform import PlatformSettings as PlatformSettings
    from ._registry import Registry as Registry
    from ._reply import EventStream as EventStream
    from ._reply import Later as Later
    from ._reply import Problem as Problem
    from ._reply import RawReply as RawReply
    from ._reply import Reply as Reply
    from ._reply import ServerEvent as ServerEvent
    from ._request import Request as Request
    from ._schemas import Violation as Violation
    from ._server import SocketServer as SocketServer
    from ._server import serve_forever as serve_forever
    from ._store import Query as Query
    from ._store import Store as Store
    from ._token_desk import TokenDesk as TokenDesk
    from ._token_desk import bearer as bearer
    from ._uploads import Upload as Upload
    from ._web_pages import is_way_back as is_way_back
    from ._web_pages import web_page as web_page
    from ._web_pages import with_query as with_query

_HOMES = {
    "Actions": "_control",
    "Agenda": "_agenda",
    "Api": "_api",
    "ApiOperation": "_api",
    "App": "_app",
    "AsyncInProcessTransport": "_inprocess",
    "BadControlError": "_control",
    "Channels": "_channels",
    "Clock": "_clock",
    "ConnectionCutError": "_errors",
    "Context": "_context",
    "Deliverer": "_deliverer",
    "DeliveringPlatform": "_delivering",
    "Delivery": "_deliveries",
    "DeliveryAttempt": "_deliveries",
    "DeliveryControls": "_delivery_controls",
    "DocumentError": "_errors",
    "Endpoint": "_deliverer",
    "EventControls": "_event_controls",
    "EventStream": "_reply",
    "Fault": "_faults",
    "FaultBook": "_faults",
    "Hosts": "_hosts",
    "Ids": "_ids",
    "InProcessTransport": "_inprocess",
    "Journal": "_journal",
    "JournalEntry": "_journal",
    "Later": "_reply",
    "Letter": "_deliverer",
    "LimitRule": "_limits",
    "LimitVerdict": "_limits",
    "LocalSandbox": "_local",
    "Paged": "_pages",
    "Place": "_context",
    "Platform": "_platform",
    "PlatformSettings": "_platform",
    "Poster": "_delivery_post",
    "Principal": "_context",
    "Problem": "_reply",
    "Query": "_store",
    "RawReply": "_reply",
    "Registry": "_registry",
    "RegistryMismatchError": "_errors",
    "Reply": "_reply",
    "Request": "_request",
    "SandboxError": "_errors",
    "Scene": "_context",
    "ServerEvent": "_reply",
    "SocketServer": "_server",
    "Store": "_store",
    "Subscribers": "_deliverer",
    "TokenDesk": "_token_desk",
    "UnknownDeliveryError": "_errors",
    "UnknownSnapshotError": "_errors",
    "Upload": "_uploads",
    "Violation": "_schemas",
    "bearer": "_token_desk",
    "close_all": "_closing",
    "event_data": "_examples",
    "event_names": "_examples",
    "example_of": "_examples",
    "exports": "_command",
    "hosts_of": "_local",
    "is_way_back": "_web_pages",
    "moment": "_delivery_controls",
    "serve": "_command",
    "serve_forever": "_server",
    "web_page": "_web_pages",
    "with_query": "_web_pages",
}

__all__ = sorted(_HOMES)  # pyright: ignore[reportUnsupportedDunderAll]  # the names are those of the table above

if not TYPE_CHECKING:  # a checker reads the names above, and knows what is not there
    __getattr__, __dir__ = lazy_names(__name__, {name: f".{home}" for name, home in _HOMES.items()})
