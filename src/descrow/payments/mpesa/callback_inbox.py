"""Define where Daraja's posts are kept, durably, before they are answered.

Daraja delivers once. So a post is committed first and read later; posts that come together are committed together,
which is how a thousand a second fit through one small machine.
"""

import asyncio
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import insert, text

from descrow.kernel.db import Sessions, utc_now
from descrow.payments.mpesa.models import CallbackKind, DarajaCallback

CHANNEL = "daraja_callbacks"
"""PostgreSQL tells the worker here, on commit, that there is something to read."""

MOST_AT_ONCE = 500


@dataclass(frozen=True)
class Posted:
    """A post as it came."""

    kind: CallbackKind
    about_id: int
    body: bytes
    sender: str | None
    received_at: datetime = field(default_factory=utc_now)


class CallbackInbox:
    """One for a process."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._waiting: list[tuple[Posted, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def keep(self, posted: Posted) -> None:
        """Returns when the post is committed. Raises the database's error when it could not be."""
        kept = asyncio.get_running_loop().create_future()
        self._waiting.append((posted, kept))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await kept

    async def _write(self) -> None:
        """All that waits, and what comes meanwhile; a batch that fails tells those who wait for it, and no others."""
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
                await self._write_batch(batch)
        finally:
            self._writing = None

    async def _write_batch(self, batch: list[tuple[Posted, asyncio.Future[None]]]) -> None:
        try:
            async with self._sessions.begin() as session:
                await session.execute(insert(DarajaCallback), [asdict(posted) for posted, _ in batch])
                await session.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})
        except Exception as error:  # whatever it is, it is theirs who wait
            for _, kept in batch:
                if not kept.done():
                    kept.set_exception(error)
        else:
            for _, kept in batch:
                if not kept.done():
                    kept.set_result(None)
