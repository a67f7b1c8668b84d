"""The log knows best, final and orphaned blocks; trails are append-only; cases and operators' acts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("order_transitions", "audit_entries")
NOT_ORPHANED = sa.text("standing <> 'orphaned'")
PENDING = sa.text("applied_at IS NULL AND standing = 'finalized'")


def finality() -> sa.Enum:
    return sa.Enum("best", "finalized", "orphaned", name="standing", native_enum=False, length=32)


def upgrade() -> None:
    _blocks_by_hash()
    op.drop_constraint("uq_order_transitions_block_hash_event_index", "order_transitions")
    op.alter_column("order_transitions", "event_index", existing_type=sa.BigInteger(), nullable=True)
    op.drop_index("uq_chain_transactions_one_open_per_signer", "chain_transactions")
    op.create_index(
        "ix_chain_transactions_open", "chain_transactions", ["signer"], postgresql_where=sa.text("status = 'signed'")
    )
    op.add_column("chain_transactions", sa.Column("birth_hash", sa.String(), nullable=False, server_default=""))
    op.alter_column("chain_transactions", "birth_hash", server_default=None)
    _operations()
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _blocks_by_hash() -> None:
    op.drop_constraint("fk_chain_events_block_number", "chain_events", type_="foreignkey")
    op.drop_constraint("pk_chain_blocks", "chain_blocks")
    op.drop_constraint("uq_chain_blocks_hash", "chain_blocks")
    op.drop_constraint("pk_chain_events", "chain_events")
    op.drop_index("ix_chain_events_pending", "chain_events")
    for table in ("chain_blocks", "chain_events"):  # what was logged so far was final
        op.add_column(table, sa.Column("standing", finality(), nullable=False, server_default="finalized"))
        op.alter_column(table, "standing", server_default=None)
    op.add_column("chain_blocks", sa.Column("orphaned_at", sa.DateTime(timezone=True), nullable=True))
    op.create_primary_key("pk_chain_blocks", "chain_blocks", ["hash"])
    op.create_index(
        "uq_chain_blocks_one_a_height", "chain_blocks", ["number"], unique=True, postgresql_where=NOT_ORPHANED
    )
    op.create_primary_key("pk_chain_events", "chain_events", ["block_hash", "event_index"])
    op.create_foreign_key("fk_chain_events_block_hash", "chain_events", "chain_blocks", ["block_hash"], ["hash"])
    in_order = ["chain_order_id", "block_number", "event_index"]
    op.create_index("ix_chain_events_pending", "chain_events", in_order, postgresql_where=PENDING)
    op.create_index("ix_chain_events_of_order", "chain_events", in_order)


def _operations() -> None:
    details = postgresql.JSONB(astext_type=sa.Text())
    time = sa.DateTime(timezone=True)
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", time, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("details", details, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entries"),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("details", details, nullable=False),
        sa.Column("opened_at", time, nullable=False),
        sa.Column("closed_at", time, nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("resolution", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_cases_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
    )
    op.create_index("ix_cases_order_id", "cases", ["order_id"])
    op.create_index(
        "uq_cases_one_open_a_subject",
        "cases",
        ["kind", "subject"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )


def downgrade() -> None:
    raise NotImplementedError("blocks that were given up cannot be told from others in the older shape")
