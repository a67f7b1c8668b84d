"""Granian with bounds: its defaults let 128 connections stop it, and keep silent ones for ever."""

from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

MOST_CONNECTIONS = 8192
"""Of HTTP, in one process."""
BACKLOG = 4096
HEAD_WITHIN_S = 15
"""For the head of a request, and for the wait between two of them."""
LARGEST_HEAD_BYTES = 65_536
LOOPBACK = "127.0.0.1"


def http_server(app: Any, *, address: str = LOOPBACK, port: int = 0, socket: Path | None = None) -> Server:
    """Return a server of this process for an ASGI application, at a port or at a Unix socket, without WebSockets."""
    return Server(
        app,
        address=address,
        port=port,
        uds=socket,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,  # in its other mode, Granian never closes a connection that sends nothing
        websockets=False,
        backlog=BACKLOG,
        backpressure=MOST_CONNECTIONS,  # it counts connections
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_WITHIN_S * 1000, max_buffer_size=LARGEST_HEAD_BYTES),
        log_enabled=False,
    )
