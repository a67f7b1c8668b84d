"""Each account's feed: everything it should hear of, numbered without gaps."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from descrow.kernel.db import Base, utc_now


class FeedEntry(Base):
    __tablename__ = "feed_entries"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    """From 1, without gaps, per account: a client that has n asks for what comes after n."""
    name: Mapped[str]
    """The Socket.IO event's name, such as `orderUpdate`."""
    payload: Mapped[dict[str, object]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
