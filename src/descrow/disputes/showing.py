"""Add an evidence file to a dispute: check, encrypt and store it, and put it into the thread once."""

from typing import IO

import msgspec

from descrow.content import service as content
from descrow.content.block_stores import BlockStore
from descrow.content.cids import Cid
from descrow.content.limits import UploadLimits
from descrow.content.picture_workers import PictureWorkers
from descrow.disputes import access, evidence, service
from descrow.disputes.schemas import EntryView
from descrow.disputes.sealing import Vault
from descrow.disputes.views import entry_view
from descrow.kernel.db import Sessions, utc_now
from descrow.kernel.http.caller import Caller
from descrow.kernel.idempotency import answer_once

FILENAME_IN_COUNT = "evidence"
"""What an upload of evidence is counted under; its own name is not kept."""


class EvidenceRequest(msgspec.Struct):
    """Describe what a repeat of a request must say again."""

    order_id: int
    what: str


async def show(
    sessions: Sessions,
    blocks: BlockStore,
    pictures: PictureWorkers,
    vault: Vault,
    limits: UploadLimits,
    caller: Caller,
    order_id: int,
    file: IO[bytes],
    *,
    idempotency_key: str | None,
) -> EntryView:
    """Show the file to the other party and the arbiter.

    Raises OrderNotFound, ThreadClosed, ThreadFull, IdempotencyKeyReused, and what `content.begin_upload` and
    `content.prepare` raise.
    """
    async with sessions.begin() as session:
        found = await access.order_to_show_for(session, order_id, caller)
        readers = await access.readers_of(session, found)
        upload = await content.begin_upload(
            session, caller.account_id, FILENAME_IN_COUNT, file, limits=limits, is_evidence=True, now=utc_now()
        )
    prepared = await content.prepare(file, pictures, account_id=caller.account_id, max_bytes=limits.max_bytes)
    kept = await evidence.keep_file(vault, blocks, prepared, order=found.order.reference, readers=readers)
    shown: EntryView | None = None
    try:
        async with sessions.begin() as session:

            async def put_into_thread() -> EntryView:
                found, entry = await service.show_file(session, order_id, caller, kept.shown, kept.wraps, now=utc_now())
                await content.finish_sealed_upload(
                    session, upload.id, cid=kept.shown.cid, size_bytes=kept.shown.size_bytes
                )
                return entry_view(found, entry)

            asked = EvidenceRequest(order_id, kept.shown.sha256)
            shown = await answer_once(session, caller.account_id, idempotency_key, asked, put_into_thread, EntryView)
    finally:
        if shown is None or shown.file != kept.shown:  # refused after all, or shown before under another key
            await content.forget_file(blocks, Cid.parse(kept.shown.cid))
    return shown
