"""Keep what Daraja tells of payments that people make to the paybill by hand.

Such a payment is a row of `payments` once its account number has named an order. `hand_payments` has each receipt
once, those of prompts too, of which Daraja tells a second time there.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

STATUSES = ("reported", "came", "placed", "prompted", "returning", "returned", "held", "not_known")


def upgrade() -> None:
    op.add_column("payments", sa.Column("paid_by", sa.String(length=32), nullable=False, server_default="prompt"))
    op.create_table(
        "hand_payments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("receipt_number", sa.String(), nullable=False),
        sa.Column("account_number", sa.String(), nullable=False),
        sa.Column("payer", sa.String(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Enum(*STATUSES, name="handpaymentstatus", native_enum=False, length=32), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt_count", sa.BigInteger(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_hand_payments_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_payments")),
        sa.UniqueConstraint("receipt_number", name=op.f("uq_hand_payments_receipt_number")),
    )
    op.create_index(
        "ix_hand_payments_due",
        "hand_payments",
        ["next_attempt_at"],
        postgresql_where=sa.text("status IN ('came', 'returning')"),
    )
    op.create_index("ix_hand_payments_payment_id", "hand_payments", ["payment_id"])
    op.create_table(
        "paybill_registrations",
        sa.Column("shortcode", sa.String(), nullable=False),
        sa.Column("confirmation_url", sa.String(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("shortcode", name=op.f("pk_paybill_registrations")),
    )
    op.add_column("status_queries", sa.Column("hand_payment_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_status_queries_hand_payment_id"), "status_queries", "hand_payments", ["hand_payment_id"], ["id"]
    )
    op.drop_constraint(op.f("ck_status_queries_about_one_thing"), "status_queries", type_="check")
    op.create_check_constraint(
        op.f("ck_status_queries_about_one_thing"),
        "status_queries",
        "num_nonnulls(payment_id, payout_attempt_id, hand_payment_id) = 1",
    )
    op.create_index(
        "uq_status_queries_one_open_a_hand_payment",
        "status_queries",
        ["hand_payment_id"],
        unique=True,
        postgresql_where=sa.text("answered_at IS NULL AND hand_payment_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.execute("DELETE FROM status_queries WHERE hand_payment_id IS NOT NULL")
    op.drop_index("uq_status_queries_one_open_a_hand_payment", table_name="status_queries")
    op.drop_constraint(op.f("ck_status_queries_about_one_thing"), "status_queries", type_="check")
    op.create_check_constraint(
        op.f("ck_status_queries_about_one_thing"),
        "status_queries",
        "(payment_id IS NULL) <> (payout_attempt_id IS NULL)",
    )
    op.drop_constraint(op.f("fk_status_queries_hand_payment_id"), "status_queries", type_="foreignkey")
    op.drop_column("status_queries", "hand_payment_id")
    op.drop_table("paybill_registrations")
    op.drop_index("ix_hand_payments_payment_id", table_name="hand_payments")
    op.drop_index("ix_hand_payments_due", table_name="hand_payments")
    op.drop_table("hand_payments")
    op.drop_column("payments", "paid_by")
