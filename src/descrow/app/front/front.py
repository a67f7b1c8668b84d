"""Listen at the public port, and know every connection that came by it."""

import asyncio
import contextlib
import resource
import socket
from collections import Counter
from collections.abc import Mapping

from litestar.types import ASGIApp, Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.server import ServerState

from descrow.app.front.connection import Connection
from descrow.app.front.websocket import WebSocket
from descrow.kernel.http.allowances import Allowances
from descrow.kernel.http.limits import Allowance
from descrow.kernel.http.server import BACKLOG, MOST_CONNECTIONS
from descrow.kernel.room import Room

Peer = tuple[str, int]
"""Address and port of a client."""

MOST_IDLE_OF_A_NETWORK = 2500
"""Customers of a mobile provider share an address; a browser keeps up to six connections."""
MOST_OF_A_NETWORK = 4000
"""Idle or not, so that one network never has all places."""
WEBSOCKETS_OF_A_NETWORK = Allowance(per_minute=3000, burst=30)
"""How many it may open at once, and how fast it goes on: a handshake costs more than any request."""
WAITS_FOR_TURN_S = 10
"""After a restart all clients of a network come back at once: five hundred of them get their turn."""
LARGEST_MESSAGE_BYTES = 65_536
"""What a client sends by a WebSocket is a token, a number and pings."""


class Front:
    """The connections of one process."""

    def __init__(
        self, app: ASGIApp, *, http_address: tuple[str, int], proxies: int = 0, rate_limit_factor: int = 1
    ) -> None:
        """`app` serves the WebSockets, `http_address` is where Granian serves the rest."""
        self.http_address = http_address
        self.peers: dict[str, Peer] = {}
        """Whose connection it is, by the port from which it is passed on to Granian, which tells ports as text."""
        self.idle = Room[Connection](
            Connection.close,
            most_of_an_owner=None if proxies else MOST_IDLE_OF_A_NETWORK,  # a proxy's are all of one network
        )
        """Connections that wait for their client's next request.

        What is in a request is never closed here: how long one may take is bounded where it is served.
        """
        self.proxies = proxies
        self._websockets = Allowances(WEBSOCKETS_OF_A_NETWORK, factor=rate_limit_factor)
        self._connections: set[Connection] = set()
        self._of_network: Counter[str] = Counter()
        self._config = Config(
            app,
            interface="asgi3",
            lifespan="off",
            proxy_headers=False,
            log_config=None,
            log_level="warning",
            ws="websockets-sansio",
            ws_max_size=LARGEST_MESSAGE_BYTES,
            ws_per_message_deflate=False,
            ws_ping_interval=None,  # Engine.IO has its own
        )
        self._config.load()
        self._sockets = ServerState()
        self._server: asyncio.Server | None = None

    async def listen(self, listening: socket.socket) -> None:
        """Accept what comes to this socket from now on."""
        _open_as_many_files_as_allowed()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), sock=listening, backlog=BACKLOG)

    def admit(self, connection: Connection) -> bool:
        """Return whether there is room for one more; a connection that waits is closed for it."""
        if len(self._connections) >= MOST_CONNECTIONS and not self.idle.make_room():
            return False
        if not self.proxies and self._of_network[connection.network] >= MOST_OF_A_NETWORK:
            return False
        self._connections.add(connection)
        self._of_network[connection.network] += 1
        return True

    def forget(self, connection: Connection) -> None:
        """Count it no longer: it is gone, or a WebSocket."""
        self.idle.leave(connection)
        if connection in self._connections:
            self._connections.discard(connection)
            self._of_network[connection.network] -= 1
            if not self._of_network[connection.network]:
                del self._of_network[connection.network]

    def websocket_turn(self, network: str) -> float | None:
        """Return in how many seconds the network may open its next WebSocket; None where that would be too late."""
        return self._websockets.turn(network, within_s=WAITS_FOR_TURN_S)

    def socket_protocol(self) -> WebSocket:
        """Return what reads and writes one WebSocket."""
        return WebSocket(self._config, self._sockets, {})

    def stop(self) -> None:
        """Accept nothing more, and close the WebSockets so that their clients come back (close code 1012).

        A repeat does nothing.
        """
        if self._server is not None:
            self._server.close()
            self._server = None
        for protocol in tuple(self._sockets.connections):
            protocol.shutdown()

    def close(self) -> None:
        """Close what is left after the last answers."""
        for connection in tuple(self._connections):
            connection.close()


def with_true_client(app: ASGIApp, peers: Mapping[str, Peer]) -> ASGIApp:
    """Let the application see whose request it is: Granian itself sees connections of this process only."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        if client is not None:
            scope["client"] = peers.get(str(client[1]), client)
        await app(scope, receive, send)

    return serve


def _open_as_many_files_as_allowed() -> None:
    """Raise the limit: a connection of HTTP that is in use takes three."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
