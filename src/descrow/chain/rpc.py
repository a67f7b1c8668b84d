"""JSON-RPC over one WebSocket: calls matched by id, subscriptions by theirs, nothing waited for without an end."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

from descrow.chain.errors import BadAnswer, ChainUnreachable, RpcRefused

CALL_TIMEOUT_S = 10.0
OPEN_TIMEOUT_S = 5.0
CLOSE_TIMEOUT_S = 2.0
MAX_ANSWER_BYTES = 64 * 2**20  # metadata is about 0.5 MB, a full block of events a few
NOTIFICATIONS_KEPT = 64
"""Notifications that wait for a slow reader. Then the oldest go: who follows a head wants the newest."""


class RpcConnection:
    """Open with `RpcConnection.open`. Once lost it stays lost: every later call raises ChainUnreachable."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._subscribing: dict[int, asyncio.Queue[Any]] = {}
        self._subscriptions: dict[str | int, asyncio.Queue[Any]] = {}
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, url: str) -> "RpcConnection":
        try:
            socket = await connect(
                url,
                max_size=MAX_ANSWER_BYTES,
                open_timeout=OPEN_TIMEOUT_S,
                close_timeout=CLOSE_TIMEOUT_S,
                compression=None,
            )
        except (OSError, TimeoutError, ValueError, WebSocketException) as error:
            raise ChainUnreachable(_why_not_open(error)) from None  # its words may hold the address, with a key in it
        return cls(socket)

    @property
    def is_open(self) -> bool:
        return not self._reader.done()

    async def close(self) -> None:
        await self._stop_reading()
        await self._socket.close()

    async def abort(self) -> None:
        """Close without waiting for the other side, which may be dead."""
        self._socket.transport.abort()
        await self._stop_reading()

    async def call(self, method: str, *params: Any, timeout_s: float | None = None) -> Any:
        """The node's result. Raises RpcRefused on its error, ChainUnreachable when no answer came in time."""
        return await self._request(next(self._ids), method, params, timeout_s)

    @asynccontextmanager
    async def subscribe(self, method: str, *params: Any, unsubscribe: str) -> AsyncIterator[AsyncIterator[Any]]:
        """A subscription's notifications; it ends with the `async with`, or by ChainUnreachable with the connection."""
        request_id = next(self._ids)
        queue = self._subscribing[request_id] = asyncio.Queue(NOTIFICATIONS_KEPT)
        subscription = await self._request(request_id, method, params)

        async def notifications() -> AsyncIterator[Any]:
            while True:
                item = await queue.get()
                if isinstance(item, ChainUnreachable):
                    raise item
                yield item

        try:
            yield notifications()
        finally:
            self._subscriptions.pop(subscription, None)
            if self.is_open:
                with suppress(ChainUnreachable, RpcRefused):
                    await self.call(unsubscribe, subscription)

    async def _request(
        self, request_id: int, method: str, params: tuple[Any, ...], timeout_s: float | None = None
    ) -> Any:
        if not self.is_open:
            raise ChainUnreachable("the connection is closed")
        patience_s = CALL_TIMEOUT_S if timeout_s is None else timeout_s
        future = self._waiting[request_id] = asyncio.get_running_loop().create_future()
        request = {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}
        try:
            async with asyncio.timeout(patience_s):
                await self._socket.send(json.dumps(request))
                answer = await future
        except TimeoutError as error:
            raise ChainUnreachable(f"no answer to {method} in {patience_s:g} s") from error
        except WebSocketException as error:
            raise ChainUnreachable(str(error)) from error
        finally:
            self._waiting.pop(request_id, None)
            self._subscribing.pop(request_id, None)

        if answer.get("error") is not None:
            raise _refusal(method, answer["error"])
        if "result" not in answer:
            raise BadAnswer(f"to {method} neither a result nor an error")
        return answer["result"]

    async def _stop_reading(self) -> None:
        self._reader.cancel()
        await asyncio.wait([self._reader])

    async def _read(self) -> None:
        lost = "the connection was closed"
        try:
            async for text in self._socket:
                self._dispatch(json.loads(text))
        except Exception as error:  # a node that talks nonsense is as good as gone
            lost = str(error) or type(error).__name__
            self._socket.transport.abort()
        finally:
            unreachable = ChainUnreachable(lost)
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(unreachable)
            for queue in self._subscriptions.values():
                _put_newest(queue, unreachable)

    def _dispatch(self, message: dict[str, Any]) -> None:
        """Hand an answer to who waits for it. From here on a subscription is known: no notification slips through."""
        if "id" in message and message["id"] is not None:
            queue = self._subscribing.pop(message["id"], None)
            if queue is not None and "result" in message:
                self._subscriptions[message["result"]] = queue
            future = self._waiting.get(message["id"])
            if future is not None and not future.done():
                future.set_result(message)
        elif "params" in message:
            queue = self._subscriptions.get(message["params"].get("subscription"))
            if queue is not None:
                _put_newest(queue, message["params"].get("result"))


def _put_newest(queue: asyncio.Queue[Any], item: object) -> None:
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(item)


def _why_not_open(error: Exception) -> str:
    """Return what kept us from connecting, in words that cannot hold the address."""
    return str(error) if isinstance(error, (OSError, InvalidStatus)) and str(error) else type(error).__name__


def _refusal(method: str, error: Any) -> RpcRefused:
    """The node's error, also where it has not the form that JSON-RPC gives it."""
    if not isinstance(error, dict):
        return RpcRefused(method, 0, str(error))
    code = error.get("code")
    return RpcRefused(method, code if isinstance(code, int) else 0, str(error.get("message", "")), error.get("data"))
