"""A dispute's thread, which only grows, and the keys of the files in it, which can be destroyed."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from descrow.content.media_types import MediaType
from descrow.disputes.thread import EntryKind
from descrow.kernel.db import Base


class DisputeEntry(Base):
    """An entry of the thread. PostgreSQL refuses to change or delete a row."""

    __tablename__ = "dispute_entries"
    __table_args__ = (
        CheckConstraint("octet_length(digest) = 32 AND octet_length(previous_digest) = 32", name="digests_are_whole"),
        CheckConstraint(
            "CASE kind WHEN 'message' THEN text IS NOT NULL WHEN 'erasure' THEN erases IS NOT NULL"
            " ELSE num_nulls(file_digest, cid, media_type, size_bytes) = 0 END",
            name="says_what_its_kind_says",
        ),
    )

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    """From 1, without gaps, in each thread."""
    author: Mapped[str] = mapped_column(ForeignKey("accounts.evm_address"))
    kind: Mapped[EntryKind]
    text: Mapped[str | None]
    file_digest: Mapped[bytes | None]
    """SHA-256 of a file that was shown, as it was before it was encrypted."""
    cid: Mapped[str | None]
    """Of the encrypted file."""
    media_type: Mapped[MediaType | None]
    size_bytes: Mapped[int | None]
    erases: Mapped[int | None]
    """Number of the entry whose file was erased."""
    written_at: Mapped[datetime]
    previous_digest: Mapped[bytes]
    digest: Mapped[bytes]


class EvidenceKey(Base):
    """The key of a file that was shown, wrapped for one who may read it. Without such a row nobody can."""

    __tablename__ = "evidence_keys"
    __table_args__ = (
        ForeignKeyConstraint(["order_id", "number"], ["dispute_entries.order_id", "dispute_entries.number"]),
    )

    order_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    reader: Mapped[str] = mapped_column(primary_key=True)
    """EVM address: the arbiter of the terms may never have signed in."""
    wrap: Mapped[bytes]
