"""The feed over plain HTTP, for who missed something."""

from datetime import datetime

import msgspec
from litestar import Controller, Request, get
from litestar.datastructures import State
from litestar.security.jwt import Token

from descrow.accounts.tokens import Caller
from descrow.pages import After, Limit
from descrow.parts import WithParts
from descrow.realtime.service import entries_after


class FeedEntryView(msgspec.Struct, rename="camel"):
    """`name` and `payload` are what Socket.IO sends."""

    number: int
    name: str
    payload: dict[str, object]
    created_at: datetime


class FeedController(Controller):
    path = "/feed"
    tags = ("realtime",)

    @get()
    async def list_entries(
        self, parts: WithParts, request: Request[Caller, Token, State], after: After = None, limit: Limit = 100
    ) -> list[FeedEntryView]:
        """Entries after number `after`, the oldest first; numbers have no gaps."""
        async with parts.sessions() as session:
            entries = await entries_after(session, request.user.account_id, after or 0, limit=limit)
        return [
            FeedEntryView(number=e.number, name=e.name, payload=e.payload, created_at=e.created_at) for e in entries
        ]
