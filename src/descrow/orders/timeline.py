"""An order's life as one list: its steps, and between them what was said of it on the chain."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.models import ChainEvent
from descrow.orders import queries, service
from descrow.orders.authorship import Authorship, authorship_of, place_of
from descrow.orders.models import Order, OrderTransition
from descrow.orders.named_files import cids_of
from descrow.orders.queries import OrderInFull
from descrow.orders.schemas import DivisionView, OfferView, TransitionView
from descrow.orders.settlements import Offer, remarks_on


async def timeline_of(session: AsyncSession, found: OrderInFull) -> list[TransitionView]:
    """Steps in the order in which they were applied, each remark behind the last step that came before it."""
    steps = await queries.transitions_of(session, found.order.id)
    remarks = await remarks_on(session, found.order)
    authors = await authorship_of(session, found, [*steps, *remarks])
    shown = {_evidence_in(step.details) for step in steps} | {_evidence_in(remark.arguments) for remark in remarks}
    cids = await cids_of(session, {(found.order.id, digest) for digest in shown if digest is not None})
    cid_by_digest = {digest: cid for (_, digest), cid in cids.items()}
    follows: list[list[ChainEvent]] = [[] for _ in steps]
    for remark in remarks:
        follows[_last_before(steps, remark)].append(remark)
    views = [
        view
        for step, said in zip(steps, follows, strict=True)
        for view in (
            _step(found, step, authors[place_of(step)]),
            *(_remark(found, step, remark, authors[place_of(remark)]) for remark in said),
        )
    ]
    for view in views:
        view.evidence_cid = None if view.evidence is None else cid_by_digest.get(view.evidence)
    return views


def offer_view(found: OrderInFull, offer: Offer) -> OfferView:
    return OfferView(
        by=service.role_of_address(found, offer.by), buyer_bps=offer.buyer_bps, expires_at=offer.expires_at
    )


def division_of(order: Order, arguments: dict[str, object]) -> DivisionView:
    """From an `OrderResolved`."""

    def amount(name: str) -> str:
        return str(order.amount_from_contract(int(str(arguments[name]))))

    return DivisionView(buyer=amount("buyer_amount"), seller=amount("seller_amount"), fee=amount("fee"))


def _last_before(steps: Sequence[OrderTransition], remark: ChainEvent) -> int:
    place = remark.block_number, remark.event_index
    earlier = [n for n, step in enumerate(steps) if (step.block_number, step.event_index or 0) < place]
    return earlier[-1] if earlier else 0


def _step(found: OrderInFull, step: OrderTransition, author: Authorship) -> TransitionView:
    return TransitionView(
        status_before=step.status_before,
        status_after=step.status_after,
        cause=step.cause,
        actor=step.actor,
        asked_by=author.asked_by,
        signed_by=author.signed_by,
        block_number=step.block_number,
        block_hash=step.block_hash,
        extrinsic_hash=step.extrinsic_hash,
        happened_at=step.happened_at,
        evidence=_evidence_in(step.details),
        division=division_of(found.order, step.details) if "buyer_amount" in step.details else None,
    )


def _remark(found: OrderInFull, after: OrderTransition, remark: ChainEvent, author: Authorship) -> TransitionView:
    is_offer = remark.name == "SettlementProposed"
    return TransitionView(
        status_before=after.status_after,
        status_after=after.status_after,
        cause=remark.name,
        actor=str(remark.arguments["by"]),
        asked_by=author.asked_by,
        signed_by=author.signed_by,
        block_number=remark.block_number,
        block_hash=remark.block_hash,
        extrinsic_hash=remark.extrinsic_hash,
        happened_at=remark.happened_at,
        offer=offer_view(found, Offer.of_event(remark.arguments)) if is_offer else None,
        evidence=_evidence_in(remark.arguments),
    )


def _evidence_in(arguments: dict[str, object]) -> str | None:
    """The digest that was shown; none where 32 zeros say that nothing was."""
    digest = arguments.get("evidence")
    return str(digest) if digest is not None and int(str(digest), 16) else None
