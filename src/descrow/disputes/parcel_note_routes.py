"""Notes on parcels over HTTP."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Controller, get, post
from litestar.params import JSONBody

from descrow.content.dependencies import WithBlocks
from descrow.disputes import parcel_notes
from descrow.disputes.dependencies import WithDisputeKeys
from descrow.kernel.http.access import Open
from descrow.kernel.http.caller import CallerRequest
from descrow.kernel.http.dependencies import WithSessions
from descrow.orders.schemas import OrderId


class WriteParcelNoteRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """`text` is a parcel number, a bus, or a rider's phone."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=500, pattern=r"\S")]


class ParcelNoteView(msgspec.Struct, rename="camel"):
    """`cid` is of the sealed note: the `trackingCid` to ship with."""

    order_id: int
    cid: str
    text: str
    written_at: datetime


class ParcelNoteController(Controller):
    path = "/orders/{order_id:int}/parcel-note"
    tags = ("orders",)

    @post(
        access=Open.SIGNED_IN,
        refusals=("block_store_unavailable", "evidence_not_offered", "move_not_allowed", "order_not_found"),
    )
    async def write_parcel_note(
        self,
        sessions: WithSessions,
        blocks: WithBlocks,
        dispute_keys: WithDisputeKeys,
        request: CallerRequest,
        order_id: OrderId,
        data: JSONBody[WriteParcelNoteRequest],
    ) -> ParcelNoteView:
        """Seal what the seller says of the parcel, for the parties and the arbiter of a dispute; then ship with its
        CID.
        """
        note = await parcel_notes.write_note(sessions, blocks, dispute_keys.vault, request.user, order_id, data.text)
        return ParcelNoteView(order_id=order_id, cid=note.cid, text=data.text, written_at=note.written_at)

    @get(
        access=Open.SIGNED_IN,
        refusals=(
            "block_store_unavailable",
            "content_damaged",
            "evidence_not_offered",
            "order_not_found",
            "parcel_note_not_found",
            "parcel_note_unreadable",
        ),
    )
    async def get_parcel_note(
        self,
        sessions: WithSessions,
        blocks: WithBlocks,
        dispute_keys: WithDisputeKeys,
        request: CallerRequest,
        order_id: OrderId,
    ) -> ParcelNoteView:
        """The sealed note that the order was shipped with. A public file is at `GET /ipfs/{trackingCid}` instead."""
        note, text = await parcel_notes.read_note(sessions, blocks, dispute_keys.vault, request.user, order_id)
        return ParcelNoteView(order_id=order_id, cid=note.cid, text=text, written_at=note.written_at)
