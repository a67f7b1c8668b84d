"""One connection of the public port: look at the head of each request, and pass the connection on."""

import asyncio
from collections.abc import Callable
from functools import partial
from random import uniform
from typing import TYPE_CHECKING, cast

import httptools

from descrow.app.front.exchanges import Exchanges
from descrow.kernel.http.addresses import caller_of, network_of
from descrow.kernel.http.server import HEAD_WITHIN_S, LARGEST_HEAD_BYTES

if TYPE_CHECKING:
    from descrow.app.front.front import Front

IDLE_FOR_S = HEAD_WITHIN_S
"""How long a connection is kept for its client's next request."""
RESTS_AFTER_S = 1
REFUSED_AFTER_S = 5
STALLS_FOR_S = 20
"""How long a client may read nothing of its answer."""


def _refusal(status: str) -> bytes:
    return f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode()


_NOT_HTTP = _refusal("400 Bad Request")
_HEAD_TOO_LARGE = _refusal("431 Request Header Fields Too Large")
_TOO_MANY_WEBSOCKETS = _refusal("429 Too Many Requests")
_UNAVAILABLE = _refusal("503 Service Unavailable")


class Connection(asyncio.Protocol):
    """Between a client and Granian, until the client turns out to want a WebSocket."""

    network = "unknown"

    def __init__(self, front: "Front") -> None:
        self.front = front
        self._exchanges = Exchanges()
        self._held = bytearray()
        """What has come since the last whole head: it is not known yet for whom it is."""
        self._server: asyncio.Transport | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_over = False
        self._waits_for_turn = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._client = cast(asyncio.Transport, transport)
        self.peer: tuple[str, int] = self._client.get_extra_info("peername")[:2]
        self.network = network_of(self.peer[0])
        self._after(HEAD_WITHIN_S, self.close)
        if self.front.admit(self):
            self.front.idle.enter(self, self.network)
        else:
            self._refuse(_UNAVAILABLE)

    def data_received(self, data: bytes) -> None:
        if self._is_over or self._waits_for_turn:  # who waits has nothing to say before the answer
            return
        is_idle, begins = self._exchanges.unanswered == 0, not self._held
        self._held += data
        try:
            self._exchanges.client_sent(data)
        except httptools.HttpParserError:
            self._refuse(_NOT_HTTP)
            return
        if self._exchanges.wants_websocket and not self._exchanges.is_within_head:
            # Only where nothing else is under way: what follows an unfinished request may be a part of it.
            if self._exchanges.unanswered == 1:
                self._ask_for_websocket()
            else:
                self._refuse(_NOT_HTTP)
        elif self._exchanges.is_within_head:
            if len(self._held) > LARGEST_HEAD_BYTES:
                self._refuse(_HEAD_TOO_LARGE)
            elif begins:
                self._after(HEAD_WITHIN_S, self.close)
        else:
            if is_idle:
                self.front.idle.leave(self)
            self._stop_timer()
            self._pass_on()

    def pause_writing(self) -> None:
        """Let Granian wait for a client that reads slowly, and end one that reads nothing."""
        if self._server is not None:
            self._server.pause_reading()
        self._expect_reading()

    def resume_writing(self) -> None:
        if not self._is_over:
            self._stop_timer()
            if self._exchanges.unanswered == 0:
                self._after(RESTS_AFTER_S, self._rest)
        if self._server is not None:
            self._server.resume_reading()

    def connection_lost(self, _exc: Exception | None) -> None:
        self._end()
        self._stop_timer()
        self.front.forget(self)

    def close(self) -> None:
        """Close it after what was written has been sent, as long as the client reads."""
        self._end()
        self._client.close()
        self._expect_reading()

    def _end(self) -> None:
        self._is_over = True
        self._stop_timer()
        self.front.idle.leave(self)
        self._let_server_go()

    def _let_server_go(self) -> None:
        if self._server is not None:
            server, self._server = self._server, None
            server.abort()

    def _after(self, seconds: float, do: Callable[[], None]) -> None:
        """Do this then, unless something comes before."""
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_later(seconds, do)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _pass_on(self) -> None:
        """Send what is held to Granian, by a line that is opened where there is none."""
        if self._server is not None:
            self._server.write(bytes(self._held))
            self._held.clear()
        elif self._connecting is None:
            self._client.pause_reading()
            self._connecting = asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: _ToServer(self), *self.front.http_address)
        except OSError:
            self._refuse(_UNAVAILABLE)

    def server_connected(self, server: asyncio.Transport) -> None:
        self._connecting = None
        if self._is_over:
            server.abort()
            return
        self._server = server
        self._client.resume_reading()
        self._pass_on()

    def server_sent(self, data: bytes) -> None:
        if self._is_over:
            return
        self._client.write(data)
        self._exchanges.server_sent(data)
        if self._client.is_closing():
            return
        if self._exchanges.is_answered_early:
            self.close()
        elif self._exchanges.unanswered == 0:
            self.front.idle.enter(self, self.network)
            self._after(RESTS_AFTER_S, self._rest)

    def server_lost(self, server: asyncio.Transport) -> None:
        if self._server is server:  # else we have let it go
            self._server = None
            self.close()

    def client_may_send(self, *, more: bool) -> None:
        """Let the client wait while Granian takes no more."""
        if more:
            self._client.resume_reading()
        else:
            self._client.pause_reading()

    def _expect_reading(self, unsent_bytes: int | None = None) -> None:
        """End the connection when a while has passed in which the client has read nothing."""
        left_bytes = self._client.get_write_buffer_size()
        if left_bytes == 0 and not self._is_over:
            self._after(IDLE_FOR_S, self.close)
        elif left_bytes == unsent_bytes:
            self._client.abort()
        else:
            self._after(STALLS_FOR_S, partial(self._expect_reading, left_bytes))

    def _rest(self) -> None:
        """Keep the client's side only, which takes a third of the memory, and not for ever."""
        self._let_server_go()
        if self._client.get_write_buffer_size() > 0:
            self._expect_reading()
            return
        self._after(IDLE_FOR_S - RESTS_AFTER_S, self.close)

    def _ask_for_websocket(self) -> None:
        self._stop_timer()
        caller = caller_of(self._exchanges.forwarded_for, self.peer[0], proxies=self.front.proxies)
        wait_s = self.front.websocket_turn(network_of(caller))
        if wait_s == 0:
            self._become_websocket()
            return
        self._waits_for_turn = True
        self.front.idle.enter(self, self.network)
        if wait_s is None:
            # Late, so that a client that tries again at once does not do so all the time.
            self._after(uniform(0.5, 1.5) * REFUSED_AFTER_S, partial(self._refuse, _TOO_MANY_WEBSOCKETS))  # noqa: S311
        else:
            self._after(wait_s, self._become_websocket)

    def _become_websocket(self) -> None:
        """Let another protocol have the connection from the beginning of this request."""
        self._end()
        self.front.forget(self)
        sockets = self.front.socket_protocol()
        self._client.set_protocol(sockets)
        sockets.connection_made(self._client)
        sockets.data_received(bytes(self._held))

    def _refuse(self, answer: bytes) -> None:
        if not self._is_over:
            self._client.write(answer)
            self.close()


class _ToServer(asyncio.Protocol):
    """The line to Granian."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._port = str(self._transport.get_extra_info("sockname")[1])
        self._connection.front.peers[self._port] = self._connection.peer
        self._connection.server_connected(self._transport)

    def data_received(self, data: bytes) -> None:
        self._connection.server_sent(data)

    def pause_writing(self) -> None:
        self._connection.client_may_send(more=False)

    def resume_writing(self) -> None:
        self._connection.client_may_send(more=True)

    def connection_lost(self, _exc: Exception | None) -> None:
        del self._connection.front.peers[self._port]
        self._connection.server_lost(self._transport)
