"""What an operator must hear of."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from descrow.db import Base, utc_now


class AlertKind(StrEnum):
    """What can be wrong so that a person must act; who raises it also clears it."""

    LOW_BALANCE = "low_balance"
    SPEND_LIMIT_REACHED = "spend_limit_reached"
    TRANSACTION_TOO_DEAR = "transaction_too_dear"
    NODE_BEHIND = "node_behind"


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
