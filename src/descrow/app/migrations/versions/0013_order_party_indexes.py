"""A party's newest orders, without sorting all of them."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("buyer_id", "seller_id"):
        op.drop_index(op.f(f"ix_orders_{column}"), table_name="orders")
        op.create_index(op.f(f"ix_orders_{column}"), "orders", [column, "id"])


def downgrade() -> None:
    for column in ("buyer_id", "seller_id"):
        op.drop_index(op.f(f"ix_orders_{column}"), table_name="orders")
        op.create_index(op.f(f"ix_orders_{column}"), "orders", [column])
