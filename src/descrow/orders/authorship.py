"""Say who asked for a step of an order, and whose key signed it: not the same where the shop carries an act."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.models import ChainEvent, ChainTransaction, ContractCall
from descrow.contract.published_terms import published_terms
from descrow.orders.models import OrderTransition
from descrow.orders.queries import OrderInFull
from descrow.orders.transitions import Party


@dataclass(frozen=True)
class Authorship:
    """Name both as far as the chain and our queue tell; None where a block was only given up."""

    asked_by: Party | None
    signed_by: Party | None


Place = tuple[str, int | None]
"""A block's hash, and an event's place in it."""


def place_of(entry: OrderTransition | ChainEvent) -> Place:
    return entry.block_hash, entry.event_index


async def authorship_of(
    session: AsyncSession, found: OrderInFull, entries: Iterable[OrderTransition | ChainEvent]
) -> dict[Place, Authorship]:
    """Return who is behind each of the order's steps and remarks, by its place on the chain."""
    of_extrinsic: dict[str | None, list[OrderTransition | ChainEvent]] = defaultdict(list)
    for entry in sorted(entries, key=lambda entry: entry.event_index or 0):
        of_extrinsic[entry.extrinsic_hash].append(entry)
    carried = await _calls_by_extrinsic(session, found.order.id, [hash_ for hash_ in of_extrinsic if hash_])
    sheet = (await published_terms(session, [found.order.terms_id])).get(found.order.terms_id)
    arbiter = None if sheet is None else sheet.arbiter

    authors: dict[Place, Authorship] = {}
    for extrinsic_hash, caused in of_extrinsic.items():
        calls = carried.get(extrinsic_hash or "", [])
        for number, entry in enumerate(caused):
            # One call moves an order, or remarks on it, once; a transaction may hold several calls for an order.
            call = calls[min(number, len(calls) - 1)] if calls else None
            authors[place_of(entry)] = _in_person(found, entry, arbiter) if call is None else _carried(found, call)
    return authors


async def _calls_by_extrinsic(
    session: AsyncSession, order_id: int, extrinsic_hashes: list[str]
) -> dict[str, list[ContractCall]]:
    rows = await session.execute(
        select(ChainTransaction.hash, ContractCall)
        .join(ContractCall, ContractCall.transaction_id == ChainTransaction.id)
        .where(ContractCall.order_id == order_id, ChainTransaction.hash.in_(extrinsic_hashes))
        .order_by(ContractCall.place)
    )
    calls: dict[str, list[ContractCall]] = defaultdict(list)
    for extrinsic_hash, call in rows:
        calls[extrinsic_hash].append(call)
    return calls


def _carried(found: OrderInFull, call: ContractCall) -> Authorship:
    signed_by = Party(call.signer_role)
    match call.asked_by:
        case None:
            return Authorship(signed_by, signed_by)
        case found.order.buyer_id:
            return Authorship(Party.BUYER, signed_by)
        case found.order.seller_id:
            return Authorship(Party.SELLER, signed_by)
    return Authorship(Party.ARBITER, signed_by)


def _in_person(found: OrderInFull, entry: OrderTransition | ChainEvent, arbiter: str | None) -> Authorship:
    if isinstance(entry, OrderTransition):
        cause, actor = entry.cause, entry.actor
    else:
        cause, actor = entry.name, str(entry.arguments["by"])
    if cause == "ChainReorganized":
        return Authorship(None, None)
    if cause == "OrderCreated":
        return Authorship(Party.OPERATOR, Party.OPERATOR)
    roles = {found.buyer.evm_address: Party.BUYER, found.seller.evm_address: Party.SELLER, arbiter: Party.ARBITER}
    author = roles.get(actor, Party.ANYONE)
    return Authorship(author, author)
