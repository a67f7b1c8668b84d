"""uvicorn's WebSocket, with bounds for clients that do not read and for handshakes that are refused."""

import asyncio

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState

STALLS_FOR_S = 20
"""How long a client may read nothing of what waits for it."""


class WebSocket(WebSocketsSansIOProtocol):
    """One client's WebSocket."""

    _stall: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self.handshake_initiated:  # refused, and the answer is not sent by itself
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    def pause_writing(self) -> None:
        """Read nothing more, pings above all, whose answers would only make the buffer longer."""
        super().pause_writing()
        self.transport.pause_reading()
        self._stall = self.loop.call_later(STALLS_FOR_S, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_stall()
        if not self.read_paused:
            self.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_stall()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        try:
            super().shutdown()
        except InvalidState:  # it is closing already
            self.transport.abort()

    def _stop_stall(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None
