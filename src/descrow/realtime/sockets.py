"""Live updates over Socket.IO.

A client connects with `auth: {token, after}` and hears every entry of its account's feed that comes after number
`after`, each as an event of its own name with the entry's number in `feedNumber`. One that sees a gap, or comes back
later, connects again with the last number it has. A client that claims more than there is, after the database was
restored from a backup, hears `reload` with the true number and should read everything anew. A connection lasts as
long as its token. Nothing is kept in memory only: PostgreSQL announces each committed entry to every process, and each
serves the clients connected to it.
"""

import asyncio
from typing import Any

import socketio
import structlog
from sqlalchemy.exc import SQLAlchemyError

from descrow.accounts.tokens import Caller, read_token
from descrow.db import LARGEST_ID, listen, utc_now
from descrow.parts import Parts
from descrow.realtime.models import FeedEntry
from descrow.realtime.service import CHANNEL, entries_after, newest_number

log = structlog.get_logger()

BATCH = 200
RECONNECT_S = 1


class LiveFeed:
    """The Socket.IO server of this process, fed by `run`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.server = socketio.AsyncServer(
            async_mode="asgi",
            cors_allowed_origins=[parts.settings.public_url],
            transports=["websocket"],  # long polling would tie a client to one of several processes
        )
        self._listeners: dict[str, _Listener] = {}
        self._ending: set[asyncio.Future[None]] = set()
        self.server.on("connect", self._connect)
        self.server.on("disconnect", self._disconnect)

    async def run(self) -> None:
        """Pass on what PostgreSQL announces, for ever; after a lost connection all are caught up from the table."""
        while True:
            try:
                url = self._parts.settings.database_url.get_secret_value()
                await listen(url, CHANNEL, self._announced, began=self._wake_all)
            except Exception as error:  # whatever ended it, listening must begin again
                log.warning("feed connection lost", error=str(error))
            await asyncio.sleep(RECONNECT_S)

    def _announced(self, entry: str) -> None:
        account_id = int(entry.partition(":")[0])
        for listener in self._listeners.values():
            if listener.account_id == account_id:
                listener.wake()

    def _wake_all(self) -> None:
        for listener in self._listeners.values():
            listener.wake()

    async def _connect(self, sid: str, _environ: dict[str, Any], auth: object) -> None:
        token, after = _credentials(auth)
        known = read_token(self._parts.settings, token)
        if known is None:
            raise socketio.exceptions.ConnectionRefusedError("unauthenticated")
        caller, expires_at = known
        self._listeners[sid] = _Listener(self._parts, self.server, sid, caller, after)
        asyncio.get_running_loop().call_later(max(0.0, (expires_at - utc_now()).total_seconds()), self._expired, sid)

    def _expired(self, sid: str) -> None:
        """A connection lasts as long as its token: the client comes again with a new one, and misses nothing."""
        if sid in self._listeners:
            task = asyncio.ensure_future(self.server.disconnect(sid))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _disconnect(self, sid: str, _reason: str) -> None:
        listener = self._listeners.pop(sid, None)
        if listener is not None:
            listener.stop()


class _Listener:
    """One connected client: a task that sends what the table has beyond the last number sent."""

    def __init__(self, parts: Parts, server: socketio.AsyncServer, sid: str, caller: Caller, after: int) -> None:
        self.account_id = caller.account_id
        self._parts = parts
        self._server = server
        self._sid = sid
        self._sent = after
        self._news = asyncio.Event()
        self._news.set()
        self._task = asyncio.create_task(self._run())

    def wake(self) -> None:
        self._news.set()

    def stop(self) -> None:
        self._task.cancel()

    async def _run(self) -> None:
        is_checked = False
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                if not is_checked:
                    await self._check_number()
                    is_checked = True
                await self._send_new_entries()
            except (OSError, SQLAlchemyError) as error:
                log.warning("feed not readable", account_id=self.account_id, error=str(error))
                await asyncio.sleep(RECONNECT_S)
                self._news.set()

    async def _check_number(self) -> None:
        """A number from the future would keep the client waiting for ever."""
        async with self._parts.sessions() as session:
            newest = await newest_number(session, self.account_id)
        if self._sent > newest:
            await self._server.emit("reload", {"feedNumber": newest}, to=self._sid)
            self._sent = newest

    async def _send_new_entries(self) -> None:
        while True:
            async with self._parts.sessions() as session:
                entries = await entries_after(session, self.account_id, self._sent, limit=BATCH)
            for entry in entries:
                await self._server.emit(entry.name, _message(entry), to=self._sid)
                self._sent = entry.number
            if len(entries) < BATCH:
                return


def _message(entry: FeedEntry) -> dict[str, object]:
    return {**entry.payload, "feedNumber": entry.number}


def _credentials(auth: object) -> tuple[str, int]:
    """Token and last number from what the client sent; anything unusable counts as no token."""
    if not isinstance(auth, dict) or not isinstance(auth.get("token"), str):
        return "", 0
    after = auth.get("after", 0)
    return auth["token"], after if isinstance(after, int) and 0 <= after <= LARGEST_ID else 0
