"""Money that comes and goes by M-Pesa: attempts to pay, what is owed to whom, and what Daraja told us.

The ledger's rows are in `payments.mpesa.ledger`.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from descrow.kernel.db import Base, utc_now
from descrow.kernel.money import KesCents, Shillings, cents_from_shillings
from descrow.kernel.retry.columns import Retried
from descrow.mpesa.phones import Msisdn, masked

CLOSED_BY_SYSTEM = "payments"
"""The name by which the system closes a case that is over by itself."""


class PaymentStatus(StrEnum):
    """Describe where an attempt to pay stands.

    `requested`: its prompt is not sent, or nobody knows yet; `prompted`: the phone shows it; `unknown`: asked, and no
    answer that counts. `confirmed`: M-Pesa itself says that the money came, and it is the order's. The last four: money
    came that the order cannot take, and it goes back.
    """

    REQUESTED = "requested"
    PROMPTED = "prompted"
    UNKNOWN = "unknown"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    LATE = "late"
    DOUBLE = "double"
    SHORT = "short"
    SURPLUS = "surplus"


LIVE_STATUSES = (PaymentStatus.REQUESTED, PaymentStatus.PROMPTED, PaymentStatus.UNKNOWN)
"""One payment of an order may be so at a time."""


class PaidBy(StrEnum):
    """Name how the money is asked for, or came."""

    PROMPT = "prompt"
    """A prompt on a phone."""
    HAND = "hand"
    """Somebody paid the paybill and typed the order's account number."""


class Payment(Retried, Base):
    """One attempt to pay for an order: one prompt on one phone, or one payment to the paybill by hand."""

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("amount_shillings > 0", name="amount_is_positive"),
        Index(
            "uq_payments_one_live_an_order",
            "order_id",
            unique=True,
            postgresql_where=text("status IN ('requested', 'prompted', 'unknown')"),
        ),
        Index(
            "uq_payments_one_confirmed_an_order",
            "order_id",
            unique=True,
            postgresql_where=text("status = 'confirmed'"),
        ),
        Index("ix_payments_due", "next_attempt_at", postgresql_where=text("next_attempt_at IS NOT NULL")),
        Index("ix_payments_order_id", "order_id"),
        Index("ix_payments_phone_created_at", "phone", "created_at"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    buyer_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    phone: Mapped[str]
    """254 and nine digits: personal data, masked wherever others may read. By hand: as M-Pesa shows it."""
    paid_by: Mapped[PaidBy] = mapped_column(default=PaidBy.PROMPT, server_default=PaidBy.PROMPT)
    amount_shillings: Mapped[int]
    """What is due."""
    status: Mapped[PaymentStatus] = mapped_column(default=PaymentStatus.REQUESTED)
    sent_at: Mapped[datetime | None]
    """Written before Daraja is asked for the prompt, so that it is never asked twice."""
    merchant_request_id: Mapped[str | None]
    checkout_request_id: Mapped[str | None] = mapped_column(unique=True)
    failure: Mapped[str | None]
    """Why it failed, in the words of `mpesa.results.StkFailure`, or `not_sent` or `no_answer`."""
    retry_after_at: Mapped[datetime | None]
    """M-Pesa would refuse another attempt before then."""
    receipt_number: Mapped[str | None] = mapped_column(unique=True)
    """One receipt is one payment's. None while unpaid, and where Daraja confirmed the payment without naming it."""
    received_cents: Mapped[int | None]
    """What M-Pesa says that came."""
    paid_at: Mapped[datetime | None]
    said_paid_at: Mapped[datetime | None]
    """When M-Pesa first said that the money came, though not all that is needed: its receipt, or who paid it."""
    next_attempt_at: Mapped[datetime | None]
    """When to ask Daraja next what became of it; None when there is nothing left to ask."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    ended_at: Mapped[datetime | None]

    @property
    def amount_cents(self) -> KesCents:
        """Return what is asked for, as the contract and the ledger count it."""
        return cents_from_shillings(Shillings(self.amount_shillings))

    @property
    def shown_phone(self) -> str:
        """Return the phone as others may read it; empty where M-Pesa shows no number of a payment by hand."""
        digits_are_shown = all(sign.isdigit() or sign in "+* " for sign in self.phone)
        return masked(Msisdn(self.phone)) if self.phone and digits_are_shown else ""

    @property
    def began_at(self) -> datetime:
        """Return when the phone was asked; when it was to be asked, as long as it was not."""
        return self.sent_at or self.created_at


class Purpose(StrEnum):
    """Why money goes to a phone."""

    SELLER = "seller"
    """The seller's part of an order that ended."""
    REFUND = "refund"
    """The buyer's part of an order that ended."""
    RETURN = "return"
    """A payment that its order could not take."""


class PayoutStatus(StrEnum):
    """`queued`: to be sent; `sent`: Daraja has it, or may have it; `held`: a person has to look; `paid`: it is over."""

    QUEUED = "queued"
    SENT = "sent"
    HELD = "held"
    PAID = "paid"


class Payout(Retried, Base):
    """Money that is owed to a phone because of a fact, once per `key`. A sum above M-Pesa's limit is several rows."""

    __tablename__ = "payouts"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount_is_positive"),
        Index("ix_payouts_due", "next_attempt_at", postgresql_where=text("status = 'queued'")),
        Index("ix_payouts_order_id", "order_id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    """What it is owed for, such as `order <reference>: seller, part 1`: owed once, however often it is found."""
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"))
    """The payment that goes back."""
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    purpose: Mapped[Purpose]
    phone: Mapped[str | None]
    """None while the payee has not said where to."""
    amount_cents: Mapped[int]
    status: Mapped[PayoutStatus] = mapped_column(default=PayoutStatus.QUEUED)
    next_attempt_at: Mapped[datetime] = mapped_column(default=utc_now)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    paid_at: Mapped[datetime | None]


class AttemptStatus(StrEnum):
    """`open` until M-Pesa says `paid` or `failed`; `not_taken`: Daraja said no at once, so nothing was begun.

    `paid_twice`: it was given up, and had paid all the same, when another had been sent for the same debt.
    """

    OPEN = "open"
    PAID = "paid"
    FAILED = "failed"
    NOT_TAKEN = "not_taken"
    PAID_TWICE = "paid_twice"


class PayoutAttempt(Retried, Base):
    """One B2C request: stored before it is sent, repeated only under the same id, which M-Pesa carries out once."""

    __tablename__ = "payout_attempts"
    __table_args__ = (
        Index(
            "uq_payout_attempts_one_open_or_paid",
            "payout_id",
            unique=True,
            postgresql_where=text("status IN ('open', 'paid')"),
        ),
        Index("ix_payout_attempts_due", "next_attempt_at", postgresql_where=text("status = 'open'")),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    payout_id: Mapped[int] = mapped_column(ForeignKey("payouts.id"))
    originator_conversation_id: Mapped[str] = mapped_column(unique=True)
    status: Mapped[AttemptStatus] = mapped_column(default=AttemptStatus.OPEN)
    conversation_id: Mapped[str | None]
    receipt_number: Mapped[str | None] = mapped_column(unique=True)
    charge_cents: Mapped[int | None]
    failure: Mapped[str | None]
    is_to_send: Mapped[bool] = mapped_column(default=True)
    """Whether the next look sends it (again, under the same id) rather than asks for it."""
    next_attempt_at: Mapped[datetime] = mapped_column(default=utc_now)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    ended_at: Mapped[datetime | None]


class StatusQuery(Retried, Base):
    """A question to Transaction Status: about the receipt of a prompt or of a payment by hand, or about a payout."""

    __tablename__ = "status_queries"
    __table_args__ = (
        CheckConstraint(
            "num_nonnulls(payment_id, payout_attempt_id, hand_payment_id) = 1",
            name="about_one_thing",
        ),
        Index(
            "uq_status_queries_one_open_a_receipt",
            "payment_id",
            "receipt_number",
            unique=True,
            postgresql_where=text("answered_at IS NULL AND payment_id IS NOT NULL"),
        ),
        Index(
            "uq_status_queries_one_open_an_attempt",
            "payout_attempt_id",
            unique=True,
            postgresql_where=text("answered_at IS NULL AND payout_attempt_id IS NOT NULL"),
        ),
        Index(
            "uq_status_queries_one_open_a_hand_payment",
            "hand_payment_id",
            unique=True,
            postgresql_where=text("answered_at IS NULL AND hand_payment_id IS NOT NULL"),
        ),
        Index("ix_status_queries_due", "next_attempt_at", postgresql_where=text("answered_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"))
    receipt_number: Mapped[str | None]
    payout_attempt_id: Mapped[int | None] = mapped_column(ForeignKey("payout_attempts.id"))
    hand_payment_id: Mapped[int | None] = mapped_column(ForeignKey("hand_payments.id"))
    next_attempt_at: Mapped[datetime] = mapped_column(default=utc_now)
    answered_at: Mapped[datetime | None]
    answer: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class HandPaymentStatus(StrEnum):
    """Describe where a payment by hand stands.

    `reported`: M-Pesa is asked about it; `came`: M-Pesa says that it was made, and it waits for its order to be on the
    chain; `placed`: it is a payment of its order; `prompted`: it is the money of a prompt; `returning` and `returned`:
    it goes back to its payer; `held`: a person has to look; `not_known`: M-Pesa has no such payment.
    """

    REPORTED = "reported"
    CAME = "came"
    PLACED = "placed"
    PROMPTED = "prompted"
    RETURNING = "returning"
    RETURNED = "returned"
    HELD = "held"
    NOT_KNOWN = "not_known"


class HandPayment(Retried, Base):
    """Money that came to the paybill, as Daraja tells of it: typed in by hand, or by a prompt, once per receipt."""

    __tablename__ = "hand_payments"
    __table_args__ = (
        Index("ix_hand_payments_due", "next_attempt_at", postgresql_where=text("status IN ('came', 'returning')")),
        Index("ix_hand_payments_payment_id", "payment_id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    receipt_number: Mapped[str] = mapped_column(unique=True)
    account_number: Mapped[str]
    """What the payer typed."""
    payer: Mapped[str]
    """As M-Pesa shows it: personal data, masked or hashed as a rule."""
    amount_cents: Mapped[int | None]
    """What M-Pesa says that came, once it was asked."""
    status: Mapped[HandPaymentStatus] = mapped_column(default=HandPaymentStatus.REPORTED)
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"))
    """The payment that it is, of an order or a prompt; None where its account number names nothing."""
    paid_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    ended_at: Mapped[datetime | None]


class PaybillRegistration(Base):
    """The address at which Daraja was told to tell of payments by hand, of each shortcode."""

    __tablename__ = "paybill_registrations"

    shortcode: Mapped[str] = mapped_column(primary_key=True)
    confirmation_url: Mapped[str]
    registered_at: Mapped[datetime] = mapped_column(default=utc_now)


class CallbackKind(StrEnum):
    """Describe what an address of ours is given to Daraja for; a part of the address."""

    STK = "stk"
    PAYOUT = "payout"
    TRANSACTION = "transaction"
    BALANCE = "balance"
    PAYOUT_TIMEOUT = "payout-timeout"
    TRANSACTION_TIMEOUT = "transaction-timeout"
    BALANCE_TIMEOUT = "balance-timeout"
    VALIDATION = "validation"
    """Asked before a payment by hand, and answered at once; never kept."""
    CONFIRMATION = "confirmation"
    REVERSAL = "reversal"
    REVERSAL_TIMEOUT = "reversal-timeout"


class DarajaCallback(Retried, Base):
    """Describe what was posted to an address that only Daraja knows, as it came: kept first, read later, never
    changed.
    """

    __tablename__ = "daraja_callbacks"
    __table_args__ = (
        Index("ix_daraja_callbacks_waiting", "id", postgresql_where=text("handled_at IS NULL")),
        Index("ix_daraja_callbacks_about", "kind", "about_id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    kind: Mapped[CallbackKind]
    about_id: Mapped[int]
    """The payment, the payout attempt, the inquiry, the balance check or the payment by hand that the address is of; 0
    for the one address of all confirmations.
    """
    body: Mapped[bytes]
    sender: Mapped[str | None]
    """The IP address it came from."""
    received_at: Mapped[datetime] = mapped_column(default=utc_now)
    handled_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    """What was made of it, in a word."""
    next_attempt_at: Mapped[datetime | None]
    """None until an attempt has failed."""


class BalanceCheck(Base):
    """One comparison of the ledger with what M-Pesa says that our accounts hold."""

    __tablename__ = "balance_checks"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(default=utc_now)
    answered_at: Mapped[datetime | None]
    utility_cents: Mapped[int | None]
    ledger_cents: Mapped[int | None]
    held_cents: Mapped[int | None]
    """What the shop held for paid orders then."""
    owed_cents: Mapped[int | None]
    """What it owed besides: payouts and returns that were not made yet."""
    moving_cents: Mapped[int | None]
    """What may have left the account though it was owed, or came after M-Pesa had looked."""
    in_flight: Mapped[int | None]
    """How many payments and payouts were under way, or booked since it was asked: each may explain a difference."""
