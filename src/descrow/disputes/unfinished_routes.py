"""Showing a file part by part: where a link breaks, the next part goes on from what has come."""

from typing import Annotated

import msgspec
from litestar import Controller, get, post, put
from litestar.params import PathParameter, QueryParameter, RawBody
from valkey.asyncio import Valkey

from descrow.content.dependencies import WithBlocks, WithEvidencePictures, WithUploadLimits
from descrow.content.errors import ContentTooLarge
from descrow.disputes import access
from descrow.disputes.dependencies import WithDisputeKeys
from descrow.disputes.refusals import EVIDENCE_REFUSALS, UNFINISHED_REFUSALS
from descrow.disputes.schemas import EntryView
from descrow.disputes.sealing import Vault
from descrow.disputes.showing import show
from descrow.disputes.unfinished import UnfinishedFile
from descrow.kernel.db import LARGEST_ID, Sessions
from descrow.kernel.http.access import Open
from descrow.kernel.http.caller import Caller, CallerRequest
from descrow.kernel.http.dependencies import WithSessions, WithValkey
from descrow.kernel.idempotency import IdempotencyKey
from descrow.orders.schemas import OrderId

Digest = Annotated[
    str, PathParameter(pattern="^[0-9a-f]{64}$", description="The whole file's SHA-256, in 64 hex digits.")
]
Offset = Annotated[int, QueryParameter(ge=0, le=LARGEST_ID, description="Where in the file the part begins.")]


class ReceivedView(msgspec.Struct, rename="camel"):
    """Describe how much of the file has come, from its beginning; the next part begins there."""

    received_bytes: int


class UnfinishedEvidenceController(Controller):
    path = "/orders/{order_id:int}/dispute/evidence/parts/{sha256:str}"
    tags = ("disputes",)

    @get(access=Open.SIGNED_IN, refusals=UNFINISHED_REFUSALS)
    async def get_evidence_progress(
        self,
        sessions: WithSessions,
        valkey: WithValkey,
        dispute_keys: WithDisputeKeys,
        request: CallerRequest,
        order_id: OrderId,
        sha256: Digest,
    ) -> ReceivedView:
        """Return how much of the file is here already: a part of it is kept for a day."""
        file = await _unfinished(sessions, valkey, dispute_keys.vault, request.user, order_id, sha256)
        return ReceivedView(await file.received_bytes())

    @put(
        access=Open.SIGNED_IN,
        refusals=(*UNFINISHED_REFUSALS, "content_too_large", "part_not_next"),
        takes_bytes=True,
    )
    async def put_evidence_part(
        self,
        sessions: WithSessions,
        valkey: WithValkey,
        upload_limits: WithUploadLimits,
        dispute_keys: WithDisputeKeys,
        request: CallerRequest,
        order_id: OrderId,
        sha256: Digest,
        offset: Offset,
        body: RawBody,
    ) -> ReceivedView:
        """Send the next part, of at most a megabyte. A file of another digest takes the place of the one before."""
        file = await _unfinished(sessions, valkey, dispute_keys.vault, request.user, order_id, sha256)
        most = upload_limits.max_bytes
        if offset + len(body) > most:
            raise ContentTooLarge(offset + len(body), max_bytes=most)
        return ReceivedView(await file.append(body, offset=offset))

    @post(access=Open.SIGNED_IN, refusals=(*EVIDENCE_REFUSALS, "file_not_whole"))
    async def finish_evidence(
        self,
        sessions: WithSessions,
        valkey: WithValkey,
        blocks: WithBlocks,
        evidence_pictures: WithEvidencePictures,
        upload_limits: WithUploadLimits,
        dispute_keys: WithDisputeKeys,
        request: CallerRequest,
        order_id: OrderId,
        sha256: Digest,
        idempotency_key: IdempotencyKey = None,
    ) -> EntryView:
        """Show the file, all of which has come, to the other party and the arbiter; nobody else can read it."""
        vault = dispute_keys.vault
        file = await _unfinished(sessions, valkey, vault, request.user, order_id, sha256)
        with await file.whole() as whole:
            shown = await show(
                sessions,
                blocks,
                evidence_pictures,
                vault,
                upload_limits,
                request.user,
                order_id,
                whole,
                idempotency_key=idempotency_key,
            )
        await file.forget_soon()
        return shown


async def _unfinished(
    sessions: Sessions, valkey: Valkey, vault: Vault, caller: Caller, order_id: int, sha256: str
) -> UnfinishedFile:
    """Raises OrderNotFound or ThreadClosed."""
    async with sessions() as session:
        found = await access.order_to_show_for(session, order_id, caller)
    return UnfinishedFile(valkey, vault, found.order.reference, caller.account_id, sha256)
