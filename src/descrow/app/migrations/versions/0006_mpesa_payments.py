"""Money by M-Pesa: quotes, payments, payouts, the ledger, and what Daraja posts."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

APPEND_ONLY = ("ledger_postings", "ledger_entries")


def upgrade() -> None:
    op.create_table(
        "balance_checks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("utility_cents", sa.BigInteger(), nullable=True),
        sa.Column("ledger_cents", sa.BigInteger(), nullable=True),
        sa.Column("in_flight", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_balance_checks")),
    )
    op.create_table(
        "daraja_posts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "stk",
                "payout",
                "transaction",
                "balance",
                "payout-timeout",
                "transaction-timeout",
                "balance-timeout",
                name="postkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("about_id", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sender", sa.String(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_daraja_posts")),
    )
    op.create_index("ix_daraja_posts_about", "daraja_posts", ["kind", "about_id"], unique=False)
    op.create_index(
        "ix_daraja_posts_waiting", "daraja_posts", ["id"], unique=False, postgresql_where=sa.text("handled_at IS NULL")
    )
    op.create_table(
        "ledger_postings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_postings")),
        sa.UniqueConstraint("key", name=op.f("uq_ledger_postings_key")),
    )
    op.create_table(
        "quotes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("price_planck", sa.BigInteger(), nullable=False),
        sa.Column("kes_cents_per_dot", sa.BigInteger(), nullable=False),
        sa.Column("spread_bps", sa.BigInteger(), nullable=False),
        sa.Column("rate_source", sa.String(), nullable=False),
        sa.Column("rate_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount_shillings", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_shillings > 0", name=op.f("ck_quotes_amount_is_positive")),
        sa.ForeignKeyConstraint(["buyer_id"], ["accounts.id"], name=op.f("fk_quotes_buyer_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_quotes_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotes")),
    )
    op.create_index(op.f("ix_quotes_buyer_id"), "quotes", ["buyer_id"], unique=False)
    op.create_table(
        "ledger_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("posting_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "account",
            sa.Enum(
                "utility",
                "charges_paid",
                "held",
                "owed_to_sellers",
                "owed_to_buyers",
                "fees_earned",
                "mpesa_charges",
                "operator",
                name="ledgeraccount",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_ledger_entries_order_id")),
        sa.ForeignKeyConstraint(["posting_id"], ["ledger_postings.id"], name=op.f("fk_ledger_entries_posting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
    )
    op.create_index("ix_ledger_entries_account_order_id", "ledger_entries", ["account", "order_id"], unique=False)
    op.create_index(op.f("ix_ledger_entries_posting_id"), "ledger_entries", ["posting_id"], unique=False)
    op.create_table(
        "payments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("amount_shillings", sa.BigInteger(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "requested",
                "prompted",
                "unknown",
                "confirmed",
                "failed",
                "late",
                "double",
                "short",
                "surplus",
                name="paymentstatus",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merchant_request_id", sa.String(), nullable=True),
        sa.Column("checkout_request_id", sa.String(), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("retry_after_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receipt_number", sa.String(), nullable=True),
        sa.Column("received_cents", sa.BigInteger(), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("said_paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looks", sa.BigInteger(), nullable=False),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_shillings > 0", name=op.f("ck_payments_amount_is_positive")),
        sa.ForeignKeyConstraint(["buyer_id"], ["accounts.id"], name=op.f("fk_payments_buyer_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_payments_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("checkout_request_id", name=op.f("uq_payments_checkout_request_id")),
        sa.UniqueConstraint("receipt_number", name=op.f("uq_payments_receipt_number")),
    )
    op.create_index("ix_payments_order_id", "payments", ["order_id"], unique=False)
    op.create_index("ix_payments_phone_created_at", "payments", ["phone", "created_at"])
    op.create_index(
        "ix_payments_to_look_at", "payments", ["look_at"], unique=False, postgresql_where=sa.text("look_at IS NOT NULL")
    )
    op.create_index(
        "uq_payments_one_confirmed_an_order",
        "payments",
        ["order_id"],
        unique=True,
        postgresql_where=sa.text("status = 'confirmed'"),
    )
    op.create_index(
        "uq_payments_one_live_an_order",
        "payments",
        ["order_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('requested', 'prompted', 'unknown')"),
    )
    op.create_table(
        "payouts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum("seller", "refund", "return", name="purpose", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("queued", "sent", "held", "paid", name="payoutstatus", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_payouts_amount_is_positive")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_payouts_account_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_payouts_order_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_payouts_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts")),
        sa.UniqueConstraint("key", name=op.f("uq_payouts_key")),
    )
    op.create_index("ix_payouts_order_id", "payouts", ["order_id"], unique=False)
    op.create_index(
        "ix_payouts_waiting", "payouts", ["retry_at"], unique=False, postgresql_where=sa.text("status = 'queued'")
    )
    op.create_table(
        "payout_attempts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("payout_id", sa.BigInteger(), nullable=False),
        sa.Column("originator_conversation_id", sa.String(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("open", "paid", "failed", "not_taken", name="attemptstatus", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("conversation_id", sa.String(), nullable=True),
        sa.Column("receipt_number", sa.String(), nullable=True),
        sa.Column("charge_cents", sa.BigInteger(), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("is_to_send", sa.Boolean(), nullable=False),
        sa.Column("looks", sa.BigInteger(), nullable=False),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["payout_id"], ["payouts.id"], name=op.f("fk_payout_attempts_payout_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_attempts")),
        sa.UniqueConstraint("originator_conversation_id", name=op.f("uq_payout_attempts_originator_conversation_id")),
        sa.UniqueConstraint("receipt_number", name=op.f("uq_payout_attempts_receipt_number")),
    )
    op.create_index(
        "ix_payout_attempts_to_look_at",
        "payout_attempts",
        ["look_at"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index(
        "uq_payout_attempts_one_open_or_paid",
        "payout_attempts",
        ["payout_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('open', 'paid')"),
    )
    op.create_table(
        "inquiries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        sa.Column("receipt_number", sa.String(), nullable=True),
        sa.Column("payout_attempt_id", sa.BigInteger(), nullable=True),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(payment_id IS NULL) <> (payout_attempt_id IS NULL)", name=op.f("ck_inquiries_about_one_thing")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_inquiries_payment_id")),
        sa.ForeignKeyConstraint(
            ["payout_attempt_id"], ["payout_attempts.id"], name=op.f("fk_inquiries_payout_attempt_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiries")),
    )
    op.create_index(
        "ix_inquiries_to_ask", "inquiries", ["ask_at"], unique=False, postgresql_where=sa.text("answered_at IS NULL")
    )
    op.create_index(
        "uq_inquiries_one_open_a_receipt",
        "inquiries",
        ["payment_id", "receipt_number"],
        unique=True,
        postgresql_where=sa.text("answered_at IS NULL AND payment_id IS NOT NULL"),
    )
    op.create_index(
        "uq_inquiries_one_open_an_attempt",
        "inquiries",
        ["payout_attempt_id"],
        unique=True,
        postgresql_where=sa.text("answered_at IS NULL AND payout_attempt_id IS NOT NULL"),
    )
    op.add_column("accounts", sa.Column("mpesa_phone", sa.String(), nullable=True))
    op.add_column("orders", sa.Column("amount_kes_cents", sa.BigInteger(), nullable=True))
    op.add_column("orders", sa.Column("seller_phone", sa.String(), nullable=True))
    op.add_column("orders", sa.Column("quote_id", sa.BigInteger(), nullable=True))
    op.alter_column("orders", "amount_planck", existing_type=sa.BIGINT(), nullable=True)
    op.create_unique_constraint(op.f("uq_orders_quote_id"), "orders", ["quote_id"])
    op.create_foreign_key(op.f("fk_orders_quote_id"), "orders", "quotes", ["quote_id"], ["id"])
    op.drop_constraint("ck_orders_amount_is_positive", "orders")
    op.create_check_constraint(
        op.f("ck_orders_amount_is_positive"), "orders", "amount_planck > 0 AND amount_kes_cents > 0"
    )
    op.create_check_constraint(
        op.f("ck_orders_amount_is_in_the_currency_of_the_mode"),
        "orders",
        "CASE payment_mode WHEN 'dot' THEN amount_planck IS NOT NULL AND amount_kes_cents IS NULL"
        " ELSE amount_kes_cents IS NOT NULL AND amount_planck IS NULL END",
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE FUNCTION refuse_unbalanced_posting() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF (SELECT sum(amount_cents) FROM ledger_entries WHERE posting_id = NEW.posting_id) <> 0 THEN "
        "RAISE EXCEPTION 'the entries of posting % do not sum to zero', NEW.posting_id; END IF; "
        "RETURN NULL; END $$"
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER sums_to_zero AFTER INSERT ON ledger_entries DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION refuse_unbalanced_posting()"
    )


def downgrade() -> None:
    op.drop_constraint("ck_orders_amount_is_in_the_currency_of_the_mode", "orders")
    op.drop_constraint("ck_orders_amount_is_positive", "orders")
    op.create_check_constraint(op.f("ck_orders_amount_is_positive"), "orders", "amount_planck > 0")
    op.drop_constraint(op.f("fk_orders_quote_id"), "orders", type_="foreignkey")
    op.drop_constraint(op.f("uq_orders_quote_id"), "orders", type_="unique")
    op.alter_column("orders", "amount_planck", existing_type=sa.BIGINT(), nullable=False)
    op.drop_column("orders", "quote_id")
    op.drop_column("orders", "seller_phone")
    op.drop_column("orders", "amount_kes_cents")
    op.drop_column("accounts", "mpesa_phone")
    op.drop_index(
        "uq_inquiries_one_open_an_attempt",
        table_name="inquiries",
        postgresql_where=sa.text("answered_at IS NULL AND payout_attempt_id IS NOT NULL"),
    )
    op.drop_index(
        "uq_inquiries_one_open_a_receipt",
        table_name="inquiries",
        postgresql_where=sa.text("answered_at IS NULL AND payment_id IS NOT NULL"),
    )
    op.drop_index("ix_inquiries_to_ask", table_name="inquiries", postgresql_where=sa.text("answered_at IS NULL"))
    op.drop_table("inquiries")
    op.drop_index(
        "uq_payout_attempts_one_open_or_paid",
        table_name="payout_attempts",
        postgresql_where=sa.text("status IN ('open', 'paid')"),
    )
    op.drop_index(
        "ix_payout_attempts_to_look_at", table_name="payout_attempts", postgresql_where=sa.text("status = 'open'")
    )
    op.drop_table("payout_attempts")
    op.drop_index("ix_payouts_waiting", table_name="payouts", postgresql_where=sa.text("status = 'queued'"))
    op.drop_index("ix_payouts_order_id", table_name="payouts")
    op.drop_table("payouts")
    op.drop_index(
        "uq_payments_one_live_an_order",
        table_name="payments",
        postgresql_where=sa.text("status IN ('requested', 'prompted', 'unknown')"),
    )
    op.drop_index(
        "uq_payments_one_confirmed_an_order", table_name="payments", postgresql_where=sa.text("status = 'confirmed'")
    )
    op.drop_index("ix_payments_to_look_at", table_name="payments", postgresql_where=sa.text("look_at IS NOT NULL"))
    op.drop_index("ix_payments_phone_created_at", table_name="payments")
    op.drop_index("ix_payments_order_id", table_name="payments")
    op.drop_table("payments")
    op.drop_index(op.f("ix_ledger_entries_posting_id"), table_name="ledger_entries")
    op.drop_index("ix_ledger_entries_account_order_id", table_name="ledger_entries")
    op.drop_table("ledger_entries")
    op.drop_index(op.f("ix_quotes_buyer_id"), table_name="quotes")
    op.drop_table("quotes")
    op.drop_table("ledger_postings")
    op.drop_index("ix_daraja_posts_waiting", table_name="daraja_posts", postgresql_where=sa.text("handled_at IS NULL"))
    op.drop_index("ix_daraja_posts_about", table_name="daraja_posts")
    op.drop_table("daraja_posts")
    op.drop_table("balance_checks")
    op.execute("DROP FUNCTION refuse_unbalanced_posting")
