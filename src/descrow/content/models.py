"""Define what is kept, under which name, and who brought it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from descrow.content.media_types import MediaType
from descrow.kernel.db import Base, utc_now


class StoredBlock(Base):
    """A block of a file. PostgreSQL itself refuses one that is not what its name says."""

    __tablename__ = "blocks"
    __table_args__ = (CheckConstraint("digest = sha256(data)", name="digest_is_of_data"),)

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    """SHA-256, as in a CID; the codec is no part of it."""
    data: Mapped[bytes]
    put_at: Mapped[datetime] = mapped_column(default=utc_now, server_default=text("now()"))
    """When it was put for the last time, to about an hour."""


class Content(Base):
    """A file whose every block is kept. What has no row here is not served."""

    __tablename__ = "contents"

    cid: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[MediaType]
    size_bytes: Mapped[int]
    thumbnail_cid: Mapped[str | None] = mapped_column(ForeignKey("contents.cid"))
    added_at: Mapped[datetime] = mapped_column(default=utc_now)


class Upload(Base):
    """Somebody's attempt to store a file, counted from its beginning."""

    __tablename__ = "uploads"
    __table_args__ = (Index("ix_uploads_account_began", "account_id", "began_at"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    filename: Mapped[str]
    """What the sender calls it."""
    cid: Mapped[str | None] = mapped_column(ForeignKey("contents.cid"), index=True)
    """None while it is under way, of one that was refused, and of one that is evidence."""
    sealed_cid: Mapped[str | None] = mapped_column(index=True)
    """Of an encrypted file, which is evidence and is not served."""
    size_bytes: Mapped[int | None]
    """Of what is stored for it; before that, of what was sent."""
    began_at: Mapped[datetime] = mapped_column(default=utc_now)
