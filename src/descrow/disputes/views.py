"""Disputes as the API shows them."""

from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.order_status import OrderStatus
from descrow.disputes import access, queries, service
from descrow.disputes.access import SeenDispute
from descrow.disputes.models import DisputeEntry
from descrow.disputes.schemas import DisputeView, EntryView, OpenDisputeView
from descrow.disputes.service import OpenDispute
from descrow.disputes.thread import EntryKind
from descrow.orders import service as orders
from descrow.orders.queries import OrderInFull
from descrow.orders.schemas import DivisionView
from descrow.orders.settlements import WHOLE_BPS, chain_record_of, standing_offers
from descrow.orders.timeline import division_of, offer_view
from descrow.orders.transitions import Action


async def dispute_view(
    session: AsyncSession, seen: SeenDispute, account_id: int, *, after: int, limit: int
) -> DisputeView:
    """Return where the dispute stands for this account, and its thread behind entry number `after`."""
    found, order = seen.found, seen.found.order
    terms = await access.terms_of(session, order)
    offer = (await standing_offers(session, [order])).get(order.id)
    actions = [] if seen.role is None else orders.actions_open(found, account_id, offer)
    entries = await queries.entries_after(session, order.id, after, limit=limit + 1)
    page = entries[:limit]
    shown = [entry.number for entry in page if entry.kind is EntryKind.EVIDENCE]
    erasures = await queries.erasures_of(session, order.id, shown)
    return DisputeView(
        order_id=order.id,
        status=order.status,
        role=seen.role,
        actions=[action.word for action in actions],
        arbiter_address=terms.arbiter,
        disputed_at=order.disputed_at,
        deadline_at=order.deadline_at if order.status is OrderStatus.DISPUTED else None,
        default_buyer_bps=WHOLE_BPS - terms.default_seller_bps,
        offer=None if offer is None else offer_view(found, offer),
        division=await _division(session, found),
        may_write=Action.ADD_EVIDENCE in actions,
        may_show_files=not {Action.ADD_EVIDENCE, Action.DISPUTE}.isdisjoint(actions),
        entries=[entry_view(found, entry, erasures.get(entry.number)) for entry in page],
        next=page[-1].number if len(entries) > limit else None,
    )


async def _division(session: AsyncSession, found: OrderInFull) -> DivisionView | None:
    """Return how the money was divided, where it was."""
    if found.order.status is not OrderStatus.RESOLVED:
        return None
    [*_, ended] = [event for event in await chain_record_of(session, found.order) if event.name == "OrderResolved"]
    return division_of(found.order, ended.arguments)


def entry_view(found: OrderInFull, entry: DisputeEntry, erasure: DisputeEntry | None = None) -> EntryView:
    """`erasure` is the entry that says the file of this one was erased."""
    return EntryView(
        number=entry.number,
        by=orders.role_of_address(found, entry.author),
        author_address=entry.author,
        kind=entry.kind,
        text=entry.text,
        file=service.file_in(entry),
        erases=entry.erases,
        written_at=entry.written_at,
        previous_digest=entry.previous_digest.hex(),
        digest=entry.digest.hex(),
        erased_by=None if erasure is None else orders.role_of_address(found, erasure.author),
        erased_at=None if erasure is None else erasure.written_at,
    )


def open_dispute_view(dispute: OpenDispute) -> OpenDisputeView:
    found, order = dispute.found, dispute.found.order
    return OpenDisputeView(
        order_id=order.id,
        product_title=found.product_title,
        buyer_address=found.buyer.address,
        seller_address=found.seller.address,
        payment_method=order.payment_method,
        amount_planck=None if order.amount_planck is None else str(order.amount_planck),
        amount_kes_cents=None if order.amount_kes_cents is None else str(order.amount_kes_cents),
        disputed_at=order.disputed_at,
        deadline_at=order.deadline_at,
        default_buyer_bps=WHOLE_BPS - dispute.terms.default_seller_bps,
        messages=dispute.counts.messages,
        evidence=dispute.counts.evidence,
    )
