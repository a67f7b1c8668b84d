"""Keep with each order what the product was called and what its seller asked: orders made before do not say."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("product_title", sa.String(), nullable=True))
    op.add_column("orders", sa.Column("price_planck", sa.BigInteger(), nullable=True))
    op.add_column("orders", sa.Column("price_kes_cents", sa.BigInteger(), nullable=True))
    op.create_check_constraint(
        op.f("ck_orders_price_is_in_one_currency"), "orders", "num_nonnulls(price_planck, price_kes_cents) <= 1"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_orders_price_is_in_one_currency"), "orders")
    for name in ("price_kes_cents", "price_planck", "product_title"):
        op.drop_column("orders", name)
