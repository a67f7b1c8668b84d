"""Live updates over Socket.IO.

A client connects with `auth: {token, after, language}` and hears every entry of its account's feed that comes after
number `after`, each as an event of its own name with the entry's number in `feedNumber`. One that sees a gap, or comes
back later, connects again with the last number it has. A client whose number is too old, or beyond what there is since
the database was restored from a backup, hears `reload` with the true number and should read everything anew. A
connection lasts as long as its token; then the server closes it, as it does before it stops. Nothing is kept in memory
only: PostgreSQL announces each committed entry to every process, and each serves the clients connected to it.
`language` is `en` or `sw`; without it the header `Accept-Language` counts.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import socketio
import structlog
from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError

from descrow.accounts.tokens import read_token
from descrow.feed.announcements import Announcements
from descrow.feed.models import FeedEntry
from descrow.feed.service import Reload, read_feed
from descrow.feed.socket_closing import close_socket
from descrow.kernel.db import LARGEST_ID, Sessions, one_read, utc_now
from descrow.kernel.http.caller import Caller
from descrow.kernel.texts import said_in
from descrow.kernel.texts.languages import Language, language_of

log = structlog.get_logger(__name__)

BATCH = 200
RETRY_S = 1


class LiveFeed:
    """The Socket.IO server of this process."""

    def __init__(
        self, sessions: Sessions, announcements: Announcements, *, token_secret: SecretStr, origins: list[str]
    ) -> None:
        """`origins` are those whose pages may connect."""
        self._sessions = sessions
        self._token_secret = token_secret
        self._announcements = announcements
        self.server = socketio.AsyncServer(
            async_mode="asgi",
            cors_allowed_origins=origins,
            transports=["websocket"],  # long polling would tie a client to one of several processes
        )
        self._listeners: dict[str, _Listener] = {}
        self.server.on("connect", self._connect)
        self.server.on("disconnect", self._disconnect)

    async def _connect(self, sid: str, environ: dict[str, Any], auth: object) -> None:
        token, after = _credentials(auth)
        known = read_token(self._token_secret, token)
        if known is None:
            raise socketio.exceptions.ConnectionRefusedError("unauthenticated")
        caller, expires_at = known
        self._listeners[sid] = _Listener(
            self._sessions,
            self._announcements,
            self.server,
            sid,
            caller,
            after,
            _language_of(environ, auth),
            partial(self._send_away, sid),
        )
        asyncio.get_running_loop().call_later(max(0.0, (expires_at - utc_now()).total_seconds()), self._send_away, sid)

    def _send_away(self, sid: str) -> None:
        """Close the socket: the client reconnects, with a new token or to another process, and misses nothing."""
        if sid in self._listeners:
            close_socket(self.server.get_environ(sid)["asgi.scope"])

    async def _disconnect(self, sid: str, _reason: str) -> None:
        listener = self._listeners.pop(sid, None)
        if listener is not None:
            listener.stop()


class _Listener:
    """One connected client: a task that sends what the table has beyond the last number sent."""

    def __init__(
        self,
        sessions: Sessions,
        announcements: Announcements,
        server: socketio.AsyncServer,
        sid: str,
        caller: Caller,
        after: int,
        language: Language,
        send_away: Callable[[], None],
    ) -> None:
        self._account_id = caller.account_id
        self._sessions = sessions
        self._announcements = announcements
        self._server = server
        self._sid = sid
        self._sent = after
        self._language = language
        self._send_away = send_away
        self._task = asyncio.create_task(self._run())

    def stop(self) -> None:
        self._task.cancel()

    async def _run(self) -> None:
        has_entries = asyncio.Event()
        has_entries.set()
        with self._announcements.waking(self._account_id, has_entries.set):
            while True:
                await has_entries.wait()
                has_entries.clear()
                if self._announcements.are_over:
                    self._send_away()
                    return
                try:
                    await self._send_new_entries()
                except (OSError, SQLAlchemyError) as error:
                    log.warning("feed not readable", account_id=self._account_id, error=str(error))
                    await asyncio.sleep(RETRY_S)
                    has_entries.set()

    async def _send_new_entries(self) -> None:
        while True:
            async with one_read(self._sessions) as session:
                entries = await read_feed(session, self._account_id, self._sent, limit=BATCH)
            if isinstance(entries, Reload):
                await self._server.emit("reload", {"feedNumber": entries.number}, to=self._sid)
                self._sent = entries.number
                return
            for entry in entries:
                await self._server.emit(entry.name, _message(entry, self._language), to=self._sid)
                self._sent = entry.number
            if len(entries) < BATCH:
                return


def _message(entry: FeedEntry, language: Language) -> dict[str, object]:
    return {**said_in(entry.payload, language), "feedNumber": entry.number}


def _language_of(environ: dict[str, Any], auth: object) -> Language:
    """Return the language that the client names in `auth.language`, or its `Accept-Language` header."""
    named = auth.get("language") if isinstance(auth, dict) else None
    return language_of(named if isinstance(named, str) else str(environ.get("HTTP_ACCEPT_LANGUAGE", "")))


def _credentials(auth: object) -> tuple[str, int]:
    """Token and last number from what the client sent; anything unusable counts as no token."""
    if not isinstance(auth, dict) or not isinstance(auth.get("token"), str):
        return "", 0
    after = auth.get("after", 0)
    return auth["token"], after if isinstance(after, int) and 0 <= after <= LARGEST_ID else 0
