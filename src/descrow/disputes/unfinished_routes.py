"""Showing a file part by part: where a link breaks, the next part goes on from what has come."""

from io import BytesIO
from typing import Annotated

import msgspec
from litestar import Controller, get, post, put
from litestar.params import PathParameter, QueryParameter, RawBody

from descrow.app.context import Parts, WithParts
from descrow.content.errors import ContentTooLarge
from descrow.disputes import service
from descrow.disputes.schemas import EntryView
from descrow.disputes.showing import show
from descrow.disputes.unfinished import UnfinishedFile
from descrow.kernel.db import LARGEST_ID
from descrow.kernel.http.caller import Caller, CallerRequest
from descrow.kernel.idempotency import IdempotencyKey
from descrow.orders.schemas import OrderId

Digest = Annotated[
    str, PathParameter(pattern="^[0-9a-f]{64}$", description="The whole file's SHA-256, in 64 hex digits.")
]
Offset = Annotated[int, QueryParameter(ge=0, le=LARGEST_ID, description="Where in the file the part begins.")]


class ReceivedView(msgspec.Struct, rename="camel"):
    """How much of the file has come, from its beginning; the next part begins there."""

    received_bytes: int


class UnfinishedEvidenceController(Controller):
    path = "/orders/{order_id:int}/dispute/evidence/parts/{sha256:str}"
    tags = ("disputes",)

    @get()
    async def get_received(
        self, parts: WithParts, request: CallerRequest, order_id: OrderId, sha256: Digest
    ) -> ReceivedView:
        """How much of the file is here already: a part of it is kept for a day."""
        file = await _unfinished(parts, request.user, order_id, sha256)
        return ReceivedView(await file.received_bytes())

    @put()
    async def put_part(
        self,
        parts: WithParts,
        request: CallerRequest,
        order_id: OrderId,
        sha256: Digest,
        offset: Offset,
        body: RawBody,
    ) -> ReceivedView:
        """Send the next part, of at most a megabyte. A file of another digest takes the place of the one before."""
        file = await _unfinished(parts, request.user, order_id, sha256)
        most = parts.settings.content_max_bytes
        if offset + len(body) > most:
            raise ContentTooLarge(offset + len(body), max_bytes=most)
        return ReceivedView(await file.append(body, offset=offset))

    @post()
    async def show_received(
        self,
        parts: WithParts,
        request: CallerRequest,
        order_id: OrderId,
        sha256: Digest,
        idempotency_key: IdempotencyKey = None,
    ) -> EntryView:
        """Show the file, all of which has come, to the other party and the arbiter; nobody else can read it."""
        file = await _unfinished(parts, request.user, order_id, sha256)
        shown = await show(parts, request.user, order_id, BytesIO(await file.whole()), idempotency_key)
        await file.forget_soon()
        return shown


async def _unfinished(parts: Parts, caller: Caller, order_id: int, sha256: str) -> UnfinishedFile:
    """Raises EvidenceNotOffered, OrderNotFound or ThreadClosed."""
    vault = parts.vault
    async with parts.sessions() as session:
        found = await service.order_to_show_for(session, order_id, caller)
    return UnfinishedFile(parts.valkey, vault, found.order.reference, caller.account_id, sha256)
