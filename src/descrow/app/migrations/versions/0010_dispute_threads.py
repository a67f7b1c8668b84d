"""Disputes: since when an order is in one, who decides it, what is said in it, and the keys of what is shown."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Set the time of disputes from the events in the log."""
    op.add_column("orders", sa.Column("disputed_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        """
        UPDATE orders SET disputed_at = chain_events.happened_at FROM chain_events
        WHERE chain_events.name = 'OrderDisputed' AND chain_events.standing = 'finalized'
          AND chain_events.applied_at IS NOT NULL AND chain_events.chain_order_id = orders.chain_order_id
        """
    )
    op.create_index(
        "ix_chain_events_terms",
        "chain_events",
        [sa.text("(arguments ->> 'terms_id')")],
        postgresql_where=sa.text("name = 'TermsPublished'"),
    )
    _thread()


def _thread() -> None:
    media_types = (
        "image/jpeg",
        "image/png",
        "image/webp",
        "application/pdf",
        "text/plain",
        "application/octet-stream",
    )
    op.create_table(
        "dispute_entries",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("message", "evidence", "erasure", name="entrykind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("file_digest", sa.LargeBinary(), nullable=True),
        sa.Column("cid", sa.String(), nullable=True),
        sa.Column("media_type", sa.Enum(*media_types, name="mediatype", native_enum=False, length=32), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("erases", sa.BigInteger(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous_digest", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "octet_length(digest) = 32 AND octet_length(previous_digest) = 32",
            name=op.f("ck_dispute_entries_digests_are_whole"),
        ),
        sa.CheckConstraint(
            "CASE kind WHEN 'message' THEN text IS NOT NULL WHEN 'erasure' THEN erases IS NOT NULL"
            " ELSE num_nulls(file_digest, cid, media_type, size_bytes) = 0 END",
            name=op.f("ck_dispute_entries_says_what_its_kind_says"),
        ),
        sa.ForeignKeyConstraint(["author"], ["accounts.evm_address"], name=op.f("fk_dispute_entries_author")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_dispute_entries_order_id")),
        sa.PrimaryKeyConstraint("order_id", "number", name=op.f("pk_dispute_entries")),
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON dispute_entries "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.create_table(
        "evidence_keys",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("reader", sa.String(), nullable=False),
        sa.Column("wrap", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id", "number"],
            ["dispute_entries.order_id", "dispute_entries.number"],
            name=op.f("fk_evidence_keys_order_id_number"),
        ),
        sa.PrimaryKeyConstraint("order_id", "number", "reader", name=op.f("pk_evidence_keys")),
    )


def downgrade() -> None:
    op.drop_table("evidence_keys")
    op.drop_table("dispute_entries")
    op.drop_index("ix_chain_events_terms", table_name="chain_events")
    op.drop_column("orders", "disputed_at")
