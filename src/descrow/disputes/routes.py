"""Disputes over HTTP: the thread of one, the files in it, and the desk of who decides them."""

from typing import Annotated

from litestar import Controller, Response, delete, get, post
from litestar.params import HeaderParameter, JSONBody, MultipartBody, PathParameter
from litestar.response import Stream

from descrow.content import service as content
from descrow.content.cids import Cid
from descrow.content.dependencies import WithBlocks, WithEvidencePictures, WithUploadLimits
from descrow.disputes import access, evidence, service
from descrow.disputes.bundle import SignedBundle, make_bundle, sign
from descrow.disputes.dependencies import WithDisputeKeys
from descrow.disputes.refusals import DISPUTE_REFUSALS, EVIDENCE_REFUSALS
from descrow.disputes.schemas import (
    DisputeView,
    EntryView,
    OpenDisputeView,
    ShowFileRequest,
    SigningKeyView,
    WriteMessageRequest,
)
from descrow.disputes.showing import EvidenceRequest, show
from descrow.disputes.views import dispute_view, entry_view, open_dispute_view
from descrow.kernel.db import LARGEST_ID, utc_now
from descrow.kernel.http.access import Open
from descrow.kernel.http.caller import CallerRequest
from descrow.kernel.http.dependencies import WithSessions
from descrow.kernel.http.ranges import range_headers, wanted_range
from descrow.kernel.http.streams import begun
from descrow.kernel.idempotency import IdempotencyKey, answer_once
from descrow.kernel.pages import After, Limit, Page
from descrow.orders.schemas import OrderId

EntryNumber = Annotated[int, PathParameter(ge=1, le=LARGEST_ID)]


class DisputeController(Controller):
    path = "/orders/{order_id:int}/dispute"
    tags = ("disputes",)

    @get(access=Open.SIGNED_IN, refusals=DISPUTE_REFUSALS)
    async def get_dispute(
        self,
        sessions: WithSessions,
        request: CallerRequest,
        order_id: OrderId,
        after: After = None,
        limit: Limit = 100,
    ) -> DisputeView:
        """Return where the dispute stands, and its thread behind entry number `after`. `disputeEntry` events tell of
        more.
        """
        async with sessions() as session:
            seen = await access.see_dispute(session, order_id, request.user.account_id)
            return await dispute_view(session, seen, request.user.account_id, after=after or 0, limit=limit)

    @get("/bundle", access=Open.SIGNED_IN, refusals=(*DISPUTE_REFUSALS, "bundle_not_offered"))
    async def get_dispute_bundle(
        self, sessions: WithSessions, dispute_keys: WithDisputeKeys, request: CallerRequest, order_id: OrderId
    ) -> Response[SignedBundle]:
        """The whole dispute in one signed document, which `descrow verify-bundle` checks without this shop."""
        key = dispute_keys.signing_key
        async with sessions() as session:
            bundle = await make_bundle(session, order_id, request.user.account_id, now=utc_now())
        return Response(
            sign(bundle, key),
            headers={
                "Content-Disposition": f'attachment; filename="order-{order_id}-dispute.json"',
                "Cache-Control": "private, no-store",
            },
        )

    @post(
        "/messages",
        access=Open.SIGNED_IN,
        refusals=(
            "idempotency_key_reused",
            "order_not_found",
            "thread_closed",
            "thread_full",
        ),
    )
    async def write_dispute_message(
        self,
        sessions: WithSessions,
        request: CallerRequest,
        order_id: OrderId,
        data: JSONBody[WriteMessageRequest],
        idempotency_key: IdempotencyKey = None,
    ) -> EntryView:
        """Say something to the other party and the arbiter. It cannot be taken back."""
        async with sessions.begin() as session:

            async def write() -> EntryView:
                found, entry = await service.write_message(session, order_id, request.user, data.text, now=utc_now())
                return entry_view(found, entry)

            asked = EvidenceRequest(order_id, data.text)
            return await answer_once(session, request.user.account_id, idempotency_key, asked, write, EntryView)


class EvidenceController(Controller):
    path = "/orders/{order_id:int}/dispute/evidence"
    tags = ("disputes",)

    @post(access=Open.SIGNED_IN, refusals=EVIDENCE_REFUSALS)
    async def add_evidence(
        self,
        sessions: WithSessions,
        blocks: WithBlocks,
        evidence_pictures: WithEvidencePictures,
        upload_limits: WithUploadLimits,
        dispute_keys: WithDisputeKeys,
        request: CallerRequest,
        order_id: OrderId,
        data: MultipartBody[ShowFileRequest],
        idempotency_key: IdempotencyKey = None,
    ) -> EntryView:
        """Show a JPEG, PNG, WebP, PDF or plain text to the other party and the arbiter; nobody else can read it.

        Its `cid` is what `dispute` or `add_evidence` then tells the chain.
        """
        return await show(
            sessions,
            blocks,
            evidence_pictures,
            dispute_keys.vault,
            upload_limits,
            request.user,
            order_id,
            data.file.file,
            idempotency_key=idempotency_key,
        )

    @get(
        "/{number:int}",
        access=Open.SIGNED_IN,
        refusals=(
            *DISPUTE_REFUSALS,
            "block_store_unavailable",
            "content_damaged",
            "evidence_erased",
            "evidence_not_found",
            "evidence_not_offered",
            "evidence_sealed",
            "evidence_unreadable",
            "range_not_satisfiable",
        ),
        file_answers={200: "The file.", 206: "The bytes of it that `Range` asks for."},
    )
    async def get_evidence(
        self,
        sessions: WithSessions,
        blocks: WithBlocks,
        dispute_keys: WithDisputeKeys,
        request: CallerRequest,
        order_id: OrderId,
        number: EntryNumber,
        range_: Annotated[str | None, HeaderParameter(name="Range")] = None,
        if_range: Annotated[str | None, HeaderParameter(name="If-Range")] = None,
    ) -> Stream:
        """The file that entry `number` shows, or a range of it, to be saved."""
        async with sessions() as session:
            opening = await service.open_evidence(session, order_id, number, request.user)
        etag, size_bytes = evidence.etag_of(opening), int(opening.entry.size_bytes or 0)
        wanted = wanted_range(range_, size_bytes) if if_range in (None, etag) else None
        headers = {
            **range_headers(wanted, size_bytes),
            "Content-Disposition": f'attachment; filename="{evidence.filename_of(opening)}"',
            "ETag": etag,
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, no-store",
        }
        return Stream(
            await begun(evidence.read(dispute_keys.vault, blocks, opening, wanted)),
            status_code=200 if wanted is None else 206,
            media_type=str(opening.entry.media_type),
            headers=headers,
        )

    @delete(
        "/{number:int}",
        status_code=200,
        access=Open.SIGNED_IN,
        refusals=(
            *DISPUTE_REFUSALS,
            "block_store_unavailable",
            "evidence_not_found",
            "evidence_not_yours",
        ),
    )
    async def erase_evidence(
        self,
        sessions: WithSessions,
        blocks: WithBlocks,
        request: CallerRequest,
        order_id: OrderId,
        number: EntryNumber,
    ) -> EntryView:
        """Make the file of entry `number` unreadable for ever: for who showed it, and for the arbiter.

        The entry stays, with the file's digest; the answer is the new one, which says who erased it.
        """
        async with sessions.begin() as session:
            found, erasure, cid = await service.erase_evidence(session, order_id, number, request.user, now=utc_now())
        await content.forget_file(blocks, Cid.parse(cid))
        return entry_view(found, erasure)


class ArbitrationController(Controller):
    path = "/disputes"
    tags = ("disputes",)

    @get("/signing-key", access=Open.ANYBODY, refusals=("bundle_not_offered",))
    async def get_signing_key(self, dispute_keys: WithDisputeKeys) -> SigningKeyView:
        """The key that signs this shop's bundles. Note it while there is no dispute: afterwards it proves less."""
        key = dispute_keys.signing_key
        return SigningKeyView(algorithm="ed25519", public_key=bytes(key.verify_key).hex())

    @get(access=Open.SIGNED_IN, refusals=("cursor_not_valid",))
    async def list_disputes(
        self, sessions: WithSessions, request: CallerRequest, after: After = None, limit: Limit = 20
    ) -> Page[OpenDisputeView]:
        """Return what the caller is to decide as an arbiter, the first deadline first."""
        async with sessions() as session:
            found = await service.open_disputes(session, request.user.account_id, after=after, limit=limit + 1)
        return Page.of([open_dispute_view(one) for one in found], limit, id_of=lambda one: one.order_id)
