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
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import socketio
import structlog
from litestar.types import ASGIApp, Scope
from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError

from descrow.accounts.tokens import read_token
from descrow.feed.announcements import Announcements
from descrow.feed.engine_requests import bound_requests
from descrow.feed.models import FeedEntry
from descrow.feed.service import Reload, read_feed
from descrow.kernel.db import LARGEST_ID, Sessions, one_read, utc_now
from descrow.kernel.http.addresses import address_of, network_of
from descrow.kernel.http.allowances import Allowances
from descrow.kernel.http.caller import Caller
from descrow.kernel.http.limits import Allowance
from descrow.kernel.room import Room
from descrow.kernel.texts import said_in
from descrow.kernel.texts.languages import Language, language_of

log = structlog.get_logger(__name__)

BATCH = 200
LARGEST_PACKET_BYTES = 65_536
SIGN_IN_WITHIN_S = 10
HANDSHAKES_OF_A_NETWORK = Allowance(per_minute=3000, burst=300)
"""Of clients that begin by polling: it costs more than any other request."""
MOST_WAITING_OF_A_NETWORK = 64
MOST_WAITING = 1024
"""Connections of one process on which nobody has signed in yet."""
MOST_SOCKETS_OF_AN_ACCOUNT = 50
"""In one process: windows of one person, on all their devices."""
RETRY_S = 1


class LiveFeed:
    """The Socket.IO server of this process."""

    def __init__(
        self,
        sessions: Sessions,
        announcements: Announcements,
        *,
        token_secret: SecretStr,
        origins: list[str],
        proxies: int = 0,
        rate_limit_factor: int = 1,
    ) -> None:
        """`origins` are those whose pages may connect; `proxies` is how many of the operator's stand before us."""
        self._sessions = sessions
        self._token_secret = token_secret
        self._proxies = proxies
        self._announcements = announcements
        self.server = socketio.AsyncServer(
            async_mode="asgi",
            cors_allowed_origins=origins,
            max_http_buffer_size=LARGEST_PACKET_BYTES,
        )
        self._listeners: dict[str, _Listener] = {}
        self._of_account: Counter[int] = Counter()
        self._not_signed_in = Room[str](self._close, most_of_an_owner=MOST_WAITING_OF_A_NETWORK, most=MOST_WAITING)
        self._closing: set[asyncio.Task[None]] = set()
        self._handshakes = Allowances(HANDSHAKES_OF_A_NETWORK, factor=rate_limit_factor)
        self._engine_connected: Callable[..., Any] = self.server.eio.handlers["connect"]
        self._engine_disconnected: Callable[..., Any] = self.server.eio.handlers["disconnect"]
        self.server.eio.on("connect", self._connection_made)
        self.server.eio.on("disconnect", self._connection_ended)
        self.server.on("connect", self._connect)
        self.server.on("disconnect", self._disconnect)

    def asgi(self, other: ASGIApp) -> ASGIApp:
        """Return an application that serves Socket.IO clients, and lets `other` serve everything else."""
        both: ASGIApp = socketio.ASGIApp(self.server, other_asgi_app=other)
        return bound_requests(both, may_connect=self._may_connect, sign_in_within_s=SIGN_IN_WITHIN_S)

    def _may_connect(self, scope: Scope) -> bool:
        return self._handshakes.take(network_of(address_of(scope, proxies=self._proxies)))

    async def _connection_made(self, connection: str, environ: dict[str, Any]) -> Any:
        """Count a connection of Engine.IO before anybody has signed in on it."""
        network = network_of(address_of(environ["asgi.scope"], proxies=self._proxies))
        self._not_signed_in.enter(connection, network)
        asyncio.get_running_loop().call_later(SIGN_IN_WITHIN_S, self._end_if_not_signed_in, connection)
        return await self._engine_connected(connection, environ)

    async def _connection_ended(self, connection: str, reason: str) -> None:
        self._not_signed_in.leave(connection)
        self._end_what_it_waits_for(connection)
        await self._engine_disconnected(connection, reason)

    async def _connect(self, sid: str, environ: dict[str, Any], auth: object) -> None:
        token, after = _credentials(auth)
        known = read_token(self._token_secret, token)
        if known is None:
            raise socketio.exceptions.ConnectionRefusedError("unauthenticated")
        caller, expires_at = known
        if self._of_account[caller.account_id] >= MOST_SOCKETS_OF_AN_ACCOUNT:
            raise socketio.exceptions.ConnectionRefusedError("too_many_connections")
        self._not_signed_in.leave(self.server.manager.eio_sid_from_sid(sid, "/"))
        self._of_account[caller.account_id] += 1
        self._listeners[sid] = _Listener(
            self._sessions,
            self._announcements,
            self.server,
            sid,
            caller,
            after,
            _language_of(environ, auth),
            partial(self._send_away, sid),
            lasts_s=max(0.0, (expires_at - utc_now()).total_seconds()),
        )

    def _end_if_not_signed_in(self, connection: str) -> None:
        if connection in self._not_signed_in:
            self._close(connection)

    def _send_away(self, sid: str) -> None:
        """Close the connection: the client reconnects, with a new token or to another process, and misses nothing."""
        if sid in self._listeners:
            self._close(self.server.manager.eio_sid_from_sid(sid, "/"))

    def _close(self, connection: str) -> None:
        """Close a connection so that its client comes back by itself: after Socket.IO's own `disconnect` none does."""
        found = self.server.eio.sockets.get(connection)
        if found is not None:
            self._end_what_it_waits_for(connection)
            if not found.upgraded:
                task = asyncio.get_running_loop().create_task(found.close(wait=False, abort=True))
                self._closing.add(task)
                task.add_done_callback(self._closing.discard)

    def _end_what_it_waits_for(self, connection: str) -> None:
        """End the task that writes to a WebSocket, which then closes it, or the poll that waits for news."""
        found = self.server.eio.sockets.get(connection)
        if found is not None:
            found.queue.put_nowait(None)

    async def _disconnect(self, sid: str, _reason: str) -> None:
        listener = self._listeners.pop(sid, None)
        if listener is not None:
            listener.stop()
            # A client that only leaves the feed would keep a connection that counts for nobody.
            connection = self.server.manager.eio_sid_from_sid(sid, "/")
            if connection is not None:
                asyncio.get_running_loop().call_soon(self._close, connection)
            self._of_account[listener.account_id] -= 1
            if not self._of_account[listener.account_id]:
                del self._of_account[listener.account_id]


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
        *,
        lasts_s: float,
    ) -> None:
        """`send_away` is called after `lasts_s`, or when this process ends."""
        self.account_id = caller.account_id
        self._sessions = sessions
        self._announcements = announcements
        self._server = server
        self._sid = sid
        self._sent = after
        self._language = language
        self._send_away = send_away
        self._task = asyncio.create_task(self._run())
        self._expiry = asyncio.get_running_loop().call_later(lasts_s, send_away)

    def stop(self) -> None:
        self._task.cancel()
        self._expiry.cancel()

    async def _run(self) -> None:
        has_entries = asyncio.Event()
        has_entries.set()
        with self._announcements.waking(self.account_id, has_entries.set):
            while True:
                await has_entries.wait()
                has_entries.clear()
                if self._announcements.are_over:
                    self._send_away()
                    return
                try:
                    await self._send_new_entries()
                except (OSError, SQLAlchemyError) as error:
                    log.warning("feed not readable", account_id=self.account_id, error=str(error))
                    await asyncio.sleep(RETRY_S)
                    has_entries.set()

    async def _send_new_entries(self) -> None:
        while True:
            async with one_read(self._sessions) as session:
                entries = await read_feed(session, self.account_id, self._sent, limit=BATCH)
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
