"""Orders, and the append-only trail of what happened to each."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from descrow.contract.order_status import OrderStatus, PaymentMode
from descrow.kernel.db import Base, utc_now
from descrow.kernel.money import Planck, Wei, planck_from_wei, wei_from_planck


class Order(Base):
    """A buyer's order and what the finalized chain says of it.

    Everything below `contract_order_id` is written by the projection alone.
    """

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("amount_planck > 0 AND amount_kes_cents > 0", name="amount_is_positive"),
        CheckConstraint("num_nonnulls(amount_planck, amount_kes_cents) = 1", name="amount_is_in_one_currency"),
        CheckConstraint("num_nonnulls(price_planck, price_kes_cents) <= 1", name="price_is_in_one_currency"),
        CheckConstraint("buyer_id <> seller_id", name="parties_differ"),
        Index("ix_orders_status_deadline_at", "status", "deadline_at"),
        Index(
            "ix_orders_reserved_until",
            "reserved_until",
            postgresql_where=text("reserved_until IS NOT NULL AND status = 'created'"),
        ),
        Index("ix_orders_buyer_id", "buyer_id", "id"),
        Index("ix_orders_seller_id", "seller_id", "id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    reference: Mapped[UUID] = mapped_column(unique=True)
    """Random; the contract's `OrderCreated` event carries it, which ties the chain's order to this row."""
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    product_cid: Mapped[str | None]
    """Names the document of what was offered when it was ordered; the contract keeps its digest."""
    product_title: Mapped[str | None]
    price_planck: Mapped[int | None]
    price_kes_cents: Mapped[int | None]
    """What the seller called the product and asked for it when it was ordered; orders before version 0.3 do not say."""
    buyer_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    seller_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    amount_planck: Mapped[int | None]
    """What an order costs whose coin the contract holds; all others have `amount_kes_cents`, in whole shillings."""
    amount_kes_cents: Mapped[int | None]
    quote_id: Mapped[int | None] = mapped_column(ForeignKey("quotes.id"), unique=True)
    """Where the amount comes from, unless it is the seller's own price: the rate, and when it was so."""
    seller_phone: Mapped[str | None]
    """Where M-Pesa pays the seller, as it was when the order was made: whoever steals a session cannot redirect it."""
    fee_bps: Mapped[int]
    terms_id: Mapped[int]
    payment_method: Mapped[str]
    """The name of the way to pay, such as `mpesa`: see `orders.payment_methods`."""
    delivery_address: Mapped[str]
    holds_piece: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    """Whether a piece of the product's stock is kept for it, or sold by it."""
    reserved_until: Mapped[datetime | None]
    """While it is unpaid, its piece is kept so long; None for as long as it can be paid."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    @property
    def payment_mode(self) -> PaymentMode:
        """Say how the contract keeps its money, which is how the amount is counted."""
        return PaymentMode.RECORD if self.amount_planck is None else PaymentMode.COIN

    @property
    def contract_amount(self) -> int:
        """Return what the order costs as the contract counts it: in units of 10**-18 DOT, or in KES cents."""
        if self.amount_planck is not None:
            return wei_from_planck(Planck(self.amount_planck))
        return int(self.amount_kes_cents or 0)

    def amount_from_contract(self, counted: int) -> int:
        """Return a part of the amount, counted as the contract does, in planck or in KES cents.

        Raises ValueError where less than a planck would be lost.
        """
        return counted if self.amount_planck is None else planck_from_wei(Wei(counted))

    contract_order_id: Mapped[int | None] = mapped_column(unique=True)
    status: Mapped[OrderStatus] = mapped_column(default=OrderStatus.CREATED)
    deadline_at: Mapped[datetime | None]
    """From then on anyone may settle the present status on the chain; none in final statuses."""
    tracking: Mapped[str | None]
    """What the seller said of the parcel, as the 32 bytes on the chain: 0x and 64 digits."""
    funded_at: Mapped[datetime | None]
    shipped_at: Mapped[datetime | None]
    transit_extended_at: Mapped[datetime | None]
    """When the buyer gave the goods more time to arrive, which happens once."""
    received_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    disputed_at: Mapped[datetime | None]
    """From then on its arbiter sees it, whatever becomes of it."""
    ended_at: Mapped[datetime | None]


class OrderTransition(Base):
    """One step of an order's life: what changed, when, by whom, in which transaction.

    PostgreSQL refuses to change or delete a row. When the chain takes a step back, that is a further row.
    """

    __tablename__ = "order_transitions"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    status_before: Mapped[OrderStatus | None]
    status_after: Mapped[OrderStatus]
    cause: Mapped[str]
    """Name of the contract's event, or `ChainReorganized` when the chain gave up blocks that had been final."""
    actor: Mapped[str | None]
    """EVM address of who did it, where the event says so."""
    details: Mapped[dict[str, object]] = mapped_column(JSONB)
    block_number: Mapped[int]
    block_hash: Mapped[str]
    event_index: Mapped[int | None]
    extrinsic_hash: Mapped[str | None]
    happened_at: Mapped[datetime]
    """The block's time."""
    recorded_at: Mapped[datetime] = mapped_column(default=utc_now)


class OrderReminder(Base):
    """A reminder of a deadline that was sent, so that it is sent once. Another deadline has reminders of its own."""

    __tablename__ = "order_reminders"

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    deadline_at: Mapped[datetime] = mapped_column(primary_key=True)
    hours_before: Mapped[int] = mapped_column(primary_key=True)
    sent_at: Mapped[datetime] = mapped_column(default=utc_now)


class ReconciliationRun(Base):
    """One comparison of our rows with the contract, at one final block."""

    __tablename__ = "reconciliation_runs"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(default=utc_now)
    block_number: Mapped[int]
    orders_compared: Mapped[int]
    orders_repaired: Mapped[int]
    """Orders that were made anew from the log, which made them agree."""
    differences: Mapped[list[dict[str, object]]] = mapped_column(JSONB)
    """What was left; each has a case. Empty when all is well."""
