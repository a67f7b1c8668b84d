"""People, known by the account their wallet signs with."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Identity
from sqlalchemy.orm import Mapped, mapped_column

from descrow.db import Base, utc_now


class Account(Base):
    """One row per 32-byte Substrate account that ever signed in."""

    __tablename__ = "accounts"
    __table_args__ = (CheckConstraint("octet_length(public_key) = 32", name="public_key_is_32_bytes"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    public_key: Mapped[bytes] = mapped_column(unique=True)
    address: Mapped[str] = mapped_column(unique=True)
    """SS58 with our prefix; whatever prefix the wallet shows, this is the same account."""
    evm_address: Mapped[str] = mapped_column(unique=True)
    """What the contract calls this account: 0x and 40 lower-case digits."""
    mpesa_phone: Mapped[str | None]
    """Where M-Pesa pays this account as a seller: 254 and nine digits. Once said it may be changed, not taken back."""
    last_feed_number: Mapped[int] = mapped_column(default=0)
    """Number of the newest entry in this account's feed; raised under the row's lock, so the feed has no gaps."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
