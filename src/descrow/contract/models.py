"""Define what the chain said and what we want to say to it: event log, cursor, queued calls, signed transactions."""

from datetime import datetime
from enum import IntEnum, StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from descrow.kernel.db import Base, utc_now
from descrow.kernel.retry.columns import Retried


class Deployment(Base):
    """The contract this database belongs to; one row."""

    __tablename__ = "deployments"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=1, autoincrement=False)
    genesis_hash: Mapped[str]
    contract_address: Mapped[str]
    block_number: Mapped[int]
    """The contract is in this block; the event log begins here."""
    terms_id: Mapped[int]
    """The published terms that new orders are made under."""
    fee_bps: Mapped[int]
    arbiter_address: Mapped[str]
    """Of these terms; as contracts know it."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Finality(StrEnum):
    """Describe what a block is to its chain: `best` may still be reverted, `finalized` counts, `orphaned` was given
    up.
    """

    BEST = "best"
    FINALIZED = "finalized"
    ORPHANED = "orphaned"


class ChainBlock(Base):
    """A block that was read whole: its events are in `chain_events`. The highest finalized one is the cursor."""

    __tablename__ = "chain_blocks"
    __table_args__ = (
        Index("uq_chain_blocks_one_a_height", "number", unique=True, postgresql_where=text("finality <> 'orphaned'")),
    )

    hash: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]
    parent_hash: Mapped[str]
    finality: Mapped[Finality]
    produced_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(default=utc_now)
    orphaned_at: Mapped[datetime | None]


class ChainEvent(Retried, Base):
    """An event of our contract, as logged. The log has no holes; `applied_at` says how far the projection is."""

    __tablename__ = "chain_events"
    __table_args__ = (
        Index(
            "ix_chain_events_pending",
            "contract_order_id",
            "block_number",
            "event_index",
            postgresql_where=text("applied_at IS NULL AND finality = 'finalized'"),
        ),
        Index("ix_chain_events_of_order", "contract_order_id", "block_number", "event_index"),
        Index(
            "ix_chain_events_creation_of_reference",
            text("(arguments ->> 'reference')"),
            postgresql_where=text("name = 'OrderCreated'"),
        ),
        Index(
            "ix_chain_events_credit_of_payee",
            text("(arguments ->> 'payee')"),
            postgresql_where=text("name IN ('Credited', 'Withdrawn')"),
        ),
        Index(
            "ix_chain_events_terms",
            text("(arguments ->> 'terms_id')"),
            postgresql_where=text("name = 'TermsPublished'"),
        ),
    )

    block_hash: Mapped[str] = mapped_column(ForeignKey("chain_blocks.hash"), primary_key=True)
    event_index: Mapped[int] = mapped_column(primary_key=True)
    """Place among all events of the block."""
    block_number: Mapped[int]
    finality: Mapped[Finality]
    """The block's: only finalized events are applied."""
    extrinsic_index: Mapped[int | None]
    extrinsic_hash: Mapped[str | None]
    name: Mapped[str]
    contract_order_id: Mapped[int | None]
    arguments: Mapped[dict[str, object]] = mapped_column(JSONB)
    """By the contract's names; integers as strings of digits, bytes and addresses as 0x and hex digits."""
    happened_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    next_attempt_at: Mapped[datetime | None]
    """None until it could not be applied."""


class CallStatus(StrEnum):
    """Describe where a call stands. Only a final block makes it `succeeded`; `dropped` means it was obsolete."""

    QUEUED = "queued"
    SIGNED = "signed"
    SUCCEEDED = "succeeded"
    DROPPED = "dropped"


class SignerRole(StrEnum):
    """Describe whose key signs a call: the contract lets each do its own things only."""

    OPERATOR = "operator"
    ORACLE = "oracle"


class CallPriority(IntEnum):
    """Order the calls of a signer: a lower number goes first, and may use more of the day's budget.

    Who queues a call names its priority. Whatever anybody can have queued without paying is `UNPAID`.
    """

    DISPUTE = 0
    """A dispute, and what ends one."""
    MONEY = 1
    """The record of money that was received, and what lets held money go after a deadline."""
    ORDERS = 2
    """Acts on paid orders, and new orders of buyers who have paid before."""
    UNPAID = 3
    """New orders of buyers who have never paid, and the end of unpaid orders."""


class HoldReason(StrEnum):
    """Why a call is not sent although the contract would take it: it would cost more than the operator allows."""

    FEE_ABOVE_CEILING = "fee_above_ceiling"
    DEPOSIT_ABOVE_CEILING = "deposit_above_ceiling"
    SPEND_LIMIT_REACHED = "spend_limit_reached"


class ContractCall(Retried, Base):
    """A call somebody wants made, written in the transaction that wants it. It takes effect exactly once."""

    __tablename__ = "contract_calls"
    __table_args__ = (
        Index("ix_contract_calls_waiting", "signer_role", "id", postgresql_where=text("status = 'queued'")),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    signer_role: Mapped[SignerRole] = mapped_column(default=SignerRole.OPERATOR)
    priority: Mapped[int] = mapped_column(default=CallPriority.ORDERS)
    """One of `CallPriority`."""
    function: Mapped[str]
    arguments: Mapped[list[object]] = mapped_column(JSONB)
    """In the contract's order; integers as strings of digits, bytes and addresses as 0x and hex digits."""
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    """The account whose act this is; None where the shop acts by itself."""
    correlation_id: Mapped[str | None]
    """Of the request that asked for it."""
    status: Mapped[CallStatus] = mapped_column(default=CallStatus.QUEUED)
    transaction_id: Mapped[int | None] = mapped_column(ForeignKey("chain_transactions.id"))
    place: Mapped[int | None]
    """Place in the transaction's batch, from 0."""
    next_attempt_at: Mapped[datetime] = mapped_column(default=utc_now)
    held_back: Mapped[HoldReason | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    ended_at: Mapped[datetime | None]


class SignerState(Base):
    """Keep what a worker last saw of the key that it signs with, for processes without a key. A role has one row."""

    __tablename__ = "signer_states"

    role: Mapped[SignerRole] = mapped_column(primary_key=True)
    address: Mapped[str]
    free_planck: Mapped[int]
    per_day_planck: Mapped[int | None]
    """The worker's budget of a day; None where only the balance is the limit."""
    cap_per_order_kes_cents: Mapped[int | None]
    cap_per_day_kes_cents: Mapped[int | None]
    """What the contract believes the oracle; None for other signers."""
    seen_at: Mapped[datetime]


class TransactionStatus(StrEnum):
    """`expired`: its era is over and no block up to there holds it, so it can never take effect.

    `replaced`: another with its nonce was signed after it, for the same calls. It still counts if a block takes it.
    """

    SIGNED = "signed"
    REPLACED = "replaced"
    FINALIZED = "finalized"
    EXPIRED = "expired"


class ChainTransaction(Base):
    """Signed bytes, stored before they are sent. After a crash the same bytes are sent again, never new ones.

    A signer has more than one open only when blocks that held earlier ones were abandoned. Those that share a nonce
    are for the same calls, and a block takes one of them at most.
    """

    __tablename__ = "chain_transactions"
    __table_args__ = (
        Index("ix_chain_transactions_open", "signer", "nonce", postgresql_where=text("status = 'signed'")),
        Index("ix_chain_transactions_replaced", "signer", "nonce", postgresql_where=text("status = 'replaced'")),
        Index("ix_chain_transactions_final", "signer", "nonce", postgresql_where=text("status = 'finalized'")),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    signer: Mapped[str]
    nonce: Mapped[int]
    extrinsic: Mapped[bytes]
    hash: Mapped[str] = mapped_column(unique=True)
    birth_hash: Mapped[str]
    """The block its era begins with, which is signed too: on a branch without that block it can never be valid."""
    valid_until_block: Mapped[int]
    """The last block that may hold it: its era ends there."""
    status: Mapped[TransactionStatus] = mapped_column(default=TransactionStatus.SIGNED)
    block_number: Mapped[int | None]
    block_hash: Mapped[str | None]
    tip_planck: Mapped[int] = mapped_column(default=0)
    fee_estimate_planck: Mapped[int]
    """With the tip."""
    deposit_limit_planck: Mapped[int]
    """The most that the chain may hold for what all calls of it store."""
    fee_planck: Mapped[int | None]
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    ended_at: Mapped[datetime | None]
