"""Define what an operator must hear of, what waits for one, and what operators did."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from descrow.kernel.db import Base, utc_now


class AlertKind(StrEnum):
    """Describe what can be wrong so that a person must act; who raises it also clears it."""

    LOW_BALANCE = "low_balance"
    SPEND_LIMIT_NEAR = "spend_limit_near"
    """Half of a signer's budget for the day is spent."""
    SPEND_LIMIT_REACHED = "spend_limit_reached"
    TRANSACTION_TOO_DEAR = "transaction_too_dear"
    NODES_DISAGREE = "nodes_disagree"
    WITNESS_STANDS_STILL = "witness_stands_still"
    """A node that must confirm what is final has told the same head for long: nothing new counts until it moves."""
    FINALITY_WENT_BACK = "finality_went_back"
    FORGED_CALLBACK = "forged_callback"
    """Somebody posts to us in Safaricom's name; nothing was changed by it. Cleared after a day of silence."""
    POST_NOT_HANDLED = "post_not_handled"
    """What Daraja posted cannot be acted upon, again and again: a fault of ours."""
    RATE_NOT_PLAUSIBLE = "rate_not_plausible"
    """The source of the exchange rate says something out of bounds; it is not used, and no price is converted."""
    MESSAGE_LIMIT_NEAR = "message_limit_near"
    """So many SMS, or e-mails, were sent today that only those about payments still are. Cleared by the first message
    of the next day.
    """
    LEDGER_DIFFERS = "ledger_differs"
    """M-Pesa says that our account holds another sum than the ledger, though nothing is under way."""


class Alert(Base):
    """One trouble: its kind and whom or what it is about. Open until `cleared_at`; the same row if it comes back."""

    __tablename__ = "alerts"
    __table_args__ = (Index("ix_alerts_open", "raised_at", postgresql_where=text("cleared_at IS NULL")),)

    kind: Mapped[AlertKind] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    """An address, an order's reference, a block's number: whatever tells one trouble of this kind from another."""
    details: Mapped[dict[str, object]] = mapped_column(JSONB)
    """As last seen; amounts as strings of digits."""
    raised_at: Mapped[datetime] = mapped_column(default=utc_now)
    last_seen_at: Mapped[datetime] = mapped_column(default=utc_now)
    cleared_at: Mapped[datetime | None]


class AuditEntry(Base):
    """One act of an operator, or of the machinery that repairs rows. PostgreSQL refuses to change or delete it."""

    __tablename__ = "audit_entries"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(default=utc_now)
    actor: Mapped[str]
    """Who: the operating system's user name of a person at the command line, or `reconciler`."""
    action: Mapped[str]
    subject: Mapped[str]
    """What it was done to, such as `order 17` or `call 3`."""
    reason: Mapped[str | None]
    details: Mapped[dict[str, object]] = mapped_column(JSONB)


class CaseKind(StrEnum):
    """Describe what kind of thing a person has to look at."""

    OVERSOLD = "oversold"
    """More orders than pieces: an order's piece was given back and sold, and then it was paid, or its end undone."""

    PAYMENT_UNKNOWN = "payment_unknown"
    """A buyer may have paid by M-Pesa, and Daraja does not say."""
    HAND_PAYMENT_HELD = "hand_payment_held"
    """Money came to the paybill by hand, and it can neither be placed nor sent back by rule."""
    PAYOUT_HELD = "payout_held"
    """M-Pesa cannot carry out a payout as it is: the number, the amount or our account stands in the way."""
    PAYOUT_UNKNOWN = "payout_unknown"
    """A payout may have been made, and Daraja does not say. It is not sent again."""
    PAID_TWICE = "paid_twice"
    """A payout that a person took for not made had been made: the payee has the money twice."""
    LEDGER_DIFFERS = "ledger_differs"
    """The chain promised other sums of an order than its buyer paid; nothing was paid out."""

    # Found by the reconciler, which also closes them; `descrow.orders.reconciliation` says what each means.
    MISSING_ON_CHAIN = "missing_on_chain"
    MISSING_HERE = "missing_here"
    STATE_DIFFERS = "state_differs"
    AMOUNT_DIFFERS = "amount_differs"
    PARTIES_DIFFER = "parties_differ"
    TERMS_DIFFER = "terms_differ"
    DEADLINE_DIFFERS = "deadline_differs"
    MONEY_DIFFERS = "money_differs"
    CALL_WAITS = "call_waits"
    TRANSACTION_WAITS = "transaction_waits"


class Case(Base):
    """Something that cannot be repaired by rule: it waits for a person, and names what differs."""

    __tablename__ = "cases"
    __table_args__ = (
        Index(
            "uq_cases_one_open_a_subject", "kind", "subject", unique=True, postgresql_where=text("closed_at IS NULL")
        ),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    kind: Mapped[CaseKind]
    subject: Mapped[str]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    details: Mapped[dict[str, object]] = mapped_column(JSONB)
    opened_at: Mapped[datetime] = mapped_column(default=utc_now)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    resolution: Mapped[str | None]
