"""Name an order's way to pay apart from the contract's payment mode, and let methods be added without a migration.

Which currency an order is in says how the contract keeps its money; no constraint names a method any more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLES = ("orders", "quotes")
IN_ONE_CURRENCY = "num_nonnulls(amount_planck, amount_kes_cents) = 1"
IN_THE_OTHER_CURRENCY = (
    "num_nonnulls(price_planck, price_kes_cents) = 1 AND num_nonnulls(price_planck, amount_planck) = 1"
    " AND num_nonnulls(price_kes_cents, amount_shillings) = 1"
)
IN_THE_CURRENCY_OF_THE_MODE = (
    "CASE payment_mode WHEN 'dot' THEN amount_planck IS NOT NULL AND amount_kes_cents IS NULL"
    " ELSE amount_kes_cents IS NOT NULL AND amount_planck IS NULL END"
)
IN_THE_OTHER_CURRENCY_OF_THE_MODE = (
    "CASE payment_mode WHEN 'dot' THEN num_nulls(price_planck, amount_shillings) = 2"
    " AND num_nulls(price_kes_cents, amount_planck) = 0"
    " ELSE num_nulls(price_planck, amount_shillings) = 0"
    " AND num_nulls(price_kes_cents, amount_planck) = 2 END"
)


def upgrade() -> None:
    op.drop_constraint(op.f("ck_orders_amount_is_in_the_currency_of_the_mode"), "orders")
    op.drop_constraint(op.f("ck_quotes_amount_is_in_the_other_currency"), "quotes")
    for table in TABLES:
        op.alter_column(table, "payment_mode", new_column_name="payment_method", type_=sa.String())
    op.create_check_constraint(op.f("ck_orders_amount_is_in_one_currency"), "orders", IN_ONE_CURRENCY)
    op.create_check_constraint(op.f("ck_quotes_amount_is_in_the_other_currency"), "quotes", IN_THE_OTHER_CURRENCY)


def downgrade() -> None:
    op.drop_constraint(op.f("ck_orders_amount_is_in_one_currency"), "orders")
    op.drop_constraint(op.f("ck_quotes_amount_is_in_the_other_currency"), "quotes")
    for table in TABLES:
        op.alter_column(table, "payment_method", new_column_name="payment_mode", type_=sa.String(length=32))
    op.create_check_constraint(
        op.f("ck_orders_amount_is_in_the_currency_of_the_mode"), "orders", IN_THE_CURRENCY_OF_THE_MODE
    )
    op.create_check_constraint(
        op.f("ck_quotes_amount_is_in_the_other_currency"), "quotes", IN_THE_OTHER_CURRENCY_OF_THE_MODE
    )
