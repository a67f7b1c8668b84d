"""A dispute in one signed document, for whoever has to look at it outside: a court, an auditor, a party's lawyer."""

from datetime import datetime
from typing import Self
from uuid import UUID

import msgspec
from nacl.signing import SigningKey
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.escrow import get_deployment
from descrow.contract.models import ChainEvent
from descrow.contract.published_terms import publication_of
from descrow.disputes import access, queries, service
from descrow.disputes.errors import DisputeNotFound
from descrow.disputes.keys import derived_key
from descrow.disputes.thread import ThreadEntry, canonical
from descrow.orders.settlements import chain_record_of

FORMAT = "descrow dispute 1"
"""Changes when an old verifier would misread the document."""


class BundleChain(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Describe where the events can be looked for."""

    genesis_hash: str
    contract: str


class BundleEvent(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """An event of the contract's, and where it is: `eventIndex` counts all events of the block.

    `arguments` by the contract's names; integers are digits, bytes and addresses are 0x and hex digits.
    """

    name: str
    arguments: dict[str, str | bool]
    block_number: int
    block_hash: str
    event_index: int
    extrinsic_hash: str | None
    happened_at: datetime

    @classmethod
    def of_row(cls, row: ChainEvent) -> Self:
        return cls(
            name=row.name,
            arguments=msgspec.convert(row.arguments, dict[str, str | bool]),
            block_number=row.block_number,
            block_hash=row.block_hash,
            event_index=row.event_index,
            extrinsic_hash=row.extrinsic_hash,
            happened_at=row.happened_at,
        )


class Decision(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Describe who ended the dispute by dividing the money, and how: as the contract counts it, in 10**-18 DOT or KES
    cents.
    """

    by: str
    buyer_amount: str
    seller_amount: str
    fee: str

    @classmethod
    def in_events(cls, events: list[BundleEvent]) -> "Decision | None":
        """None while nobody has."""
        for event in events:
            if event.name == "OrderResolved":
                return cls(**{name: str(event.arguments[name]) for name in cls.__struct_fields__})
        return None


class Bundle(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Describe what is signed. `terms` is the event that published them; `events` are the order's, in the order of
    the chain.

    The files that the thread speaks of are not in it: who has one can compare its SHA-256.
    """

    format: str
    made_at: datetime
    chain: BundleChain
    order: UUID
    """The reference that the order's creation carries."""
    contract_order_id: int
    terms: BundleEvent
    events: list[BundleEvent]
    thread: list[ThreadEntry]
    decision: Decision | None


class SignedBundle(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """`signature` is ed25519, over `bundle` as JSON with sorted keys and no spaces; both are hex digits."""

    bundle: Bundle
    public_key: str
    signature: str


def signing_key(secret: SecretStr) -> SigningKey:
    """The shop's key, always the same for the same setting."""
    return SigningKey(derived_key(secret, purpose=b"signs bundles"))


def sign(bundle: Bundle, key: SigningKey) -> SignedBundle:
    signed = key.sign(canonical(msgspec.to_builtins(bundle)))
    return SignedBundle(bundle, bytes(key.verify_key).hex(), signed.signature.hex())


async def make_bundle(session: AsyncSession, order_id: int, account_id: int, *, now: datetime) -> Bundle:
    """Everything of the dispute that this account may read. Raises OrderNotFound or DisputeNotFound."""
    order = (await access.see_dispute(session, order_id, account_id)).found.order
    if order.disputed_at is None or order.contract_order_id is None:
        raise DisputeNotFound(order_id)
    deployment = await get_deployment(session)
    events = [BundleEvent.of_row(row) for row in await chain_record_of(session, order)]
    entries = await queries.entries_after(session, order_id, 0, limit=None)
    return Bundle(
        format=FORMAT,
        made_at=now,
        chain=BundleChain(deployment.genesis_hash, deployment.contract_address),
        order=order.reference,
        contract_order_id=order.contract_order_id,
        terms=BundleEvent.of_row(await publication_of(session, order.terms_id)),
        events=events,
        thread=[service.entry_in_json(entry, order.reference) for entry in entries],
        decision=Decision.in_events(events),
    )
