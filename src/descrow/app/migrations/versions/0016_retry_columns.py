"""Give every queue the same three columns: next_attempt_at, attempt_count and last_error."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

COLUMNS = (
    ("chain_events", "attempts", "attempt_count"),
    ("chain_events", "retry_at", "next_attempt_at"),
    ("contract_calls", "attempts", "attempt_count"),
    ("contract_calls", "retry_at", "next_attempt_at"),
    ("payments", "looks", "attempt_count"),
    ("payments", "look_at", "next_attempt_at"),
    ("payouts", "retry_at", "next_attempt_at"),
    ("payout_attempts", "looks", "attempt_count"),
    ("payout_attempts", "look_at", "next_attempt_at"),
    ("status_queries", "asked", "attempt_count"),
    ("status_queries", "ask_at", "next_attempt_at"),
    ("daraja_callbacks", "attempts", "attempt_count"),
    ("daraja_callbacks", "retry_at", "next_attempt_at"),
    ("notification_deliveries", "attempts", "attempt_count"),
    ("notification_deliveries", "error", "last_error"),
)
INDEXES = (
    ("ix_payments_to_look_at", "ix_payments_due"),
    ("ix_payouts_waiting", "ix_payouts_due"),
    ("ix_payout_attempts_to_look_at", "ix_payout_attempts_due"),
    ("ix_status_queries_to_ask", "ix_status_queries_due"),
)
WITHOUT_LAST_ERROR = ("payments", "payout_attempts", "status_queries")


def upgrade() -> None:
    for table, column, name in COLUMNS:
        op.alter_column(table, column, new_column_name=name)
    for index, name in INDEXES:
        _rename_index(index, name)
    for table in WITHOUT_LAST_ERROR:
        op.add_column(table, sa.Column("last_error", sa.String(), nullable=True))
    op.add_column("payouts", sa.Column("attempt_count", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE payouts SET attempt_count = made.count FROM"
        " (SELECT payout_id, count(*) FROM payout_attempts GROUP BY payout_id) made WHERE made.payout_id = payouts.id"
    )
    op.alter_column("payouts", "attempt_count", server_default=None)


def downgrade() -> None:
    op.drop_column("payouts", "attempt_count")
    for table in WITHOUT_LAST_ERROR:
        op.drop_column(table, "last_error")
    for index, name in INDEXES:
        _rename_index(name, index)
    for table, column, name in COLUMNS:
        op.alter_column(table, name, new_column_name=column)


def _rename_index(index: str, name: str) -> None:
    op.execute(f"ALTER INDEX {index} RENAME TO {name}")
