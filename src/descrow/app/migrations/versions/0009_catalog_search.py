"""Products in two currencies, with pictures, found by their words; quotes both ways; what an order was made for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

WORDS = "setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', description), 'B')"
CATEGORIES = "phones electronics fashion textiles home food farm beauty crafts books services other"
IN_THE_OTHER_CURRENCY = (
    "CASE payment_mode WHEN 'dot' THEN num_nulls(price_planck, amount_shillings) = 2"
    " AND num_nulls(price_kes_cents, amount_planck) = 0"
    " ELSE num_nulls(price_planck, amount_shillings) = 0"
    " AND num_nulls(price_kes_cents, amount_planck) = 2 END"
)


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    _upgrade_products()
    _upgrade_quotes()
    op.add_column("orders", sa.Column("product_cid", sa.String(), nullable=True))


def _upgrade_products() -> None:
    # Categories were free text; what is no shelf of the shop goes to the last one.
    op.execute(
        sa.text("UPDATE products SET category = 'other' WHERE category <> ALL (:shelves)").bindparams(
            sa.bindparam("shelves", CATEGORIES.split(), postgresql.ARRAY(sa.String()))
        )
    )
    op.alter_column("products", "category", type_=sa.String(length=32), existing_type=sa.String())
    op.add_column("products", sa.Column("price_kes_cents", sa.BigInteger(), nullable=True))
    op.alter_column("products", "price_planck", existing_type=sa.BigInteger(), nullable=True)
    op.add_column(
        "products",
        sa.Column("specifications", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
    )
    op.add_column(
        "products",
        sa.Column("picture_cids", postgresql.ARRAY(sa.String()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.add_column(
        "products",
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.add_column("products", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "products", sa.Column("words", postgresql.TSVECTOR(), sa.Computed(WORDS, persisted=True), nullable=False)
    )
    op.drop_constraint(op.f("ck_products_price_is_positive"), "products")
    op.create_check_constraint(
        op.f("ck_products_price_is_positive"), "products", "price_planck > 0 AND price_kes_cents > 0"
    )
    op.create_check_constraint(
        op.f("ck_products_price_is_in_one_currency"), "products", "num_nonnulls(price_planck, price_kes_cents) = 1"
    )
    op.create_check_constraint(op.f("ck_products_price_is_in_whole_shillings"), "products", "price_kes_cents % 100 = 0")
    op.create_index(
        "ix_products_category_id", "products", ["category", "id"], postgresql_where=sa.text("withdrawn_at IS NULL")
    )
    op.create_index("ix_products_words", "products", ["words"], postgresql_using="gin")
    op.create_index(
        "ix_products_title", "products", ["title"], postgresql_using="gin", postgresql_ops={"title": "gin_trgm_ops"}
    )


def _upgrade_quotes() -> None:
    op.add_column("quotes", sa.Column("payment_mode", sa.String(length=32), server_default="mpesa", nullable=False))
    op.alter_column("quotes", "payment_mode", existing_type=sa.String(length=32), server_default=None)
    op.add_column("quotes", sa.Column("price_kes_cents", sa.BigInteger(), nullable=True))
    op.add_column("quotes", sa.Column("amount_planck", sa.BigInteger(), nullable=True))
    op.alter_column("quotes", "price_planck", existing_type=sa.BigInteger(), nullable=True)
    op.alter_column("quotes", "amount_shillings", existing_type=sa.BigInteger(), nullable=True)
    op.drop_constraint(op.f("ck_quotes_amount_is_positive"), "quotes")
    op.create_check_constraint(
        op.f("ck_quotes_amount_is_positive"), "quotes", "amount_shillings > 0 AND amount_planck > 0"
    )
    op.create_check_constraint(op.f("ck_quotes_amount_is_in_the_other_currency"), "quotes", IN_THE_OTHER_CURRENCY)


def downgrade() -> None:
    """Refused by PostgreSQL while anything is priced in shillings: the older shape has no place for it."""
    op.drop_column("orders", "product_cid")
    op.drop_constraint(op.f("ck_quotes_amount_is_in_the_other_currency"), "quotes")
    op.drop_constraint(op.f("ck_quotes_amount_is_positive"), "quotes")
    op.create_check_constraint(op.f("ck_quotes_amount_is_positive"), "quotes", "amount_shillings > 0")
    op.alter_column("quotes", "amount_shillings", existing_type=sa.BigInteger(), nullable=False)
    op.alter_column("quotes", "price_planck", existing_type=sa.BigInteger(), nullable=False)
    for name in ("amount_planck", "price_kes_cents", "payment_mode"):
        op.drop_column("quotes", name)
    for name in ("ix_products_title", "ix_products_words", "ix_products_category_id"):
        op.drop_index(name, table_name="products")
    for name in ("price_is_in_whole_shillings", "price_is_in_one_currency", "price_is_positive"):
        op.drop_constraint(op.f(f"ck_products_{name}"), "products")
    op.create_check_constraint(op.f("ck_products_price_is_positive"), "products", "price_planck > 0")
    op.alter_column("products", "price_planck", existing_type=sa.BigInteger(), nullable=False)
    for name in ("words", "withdrawn_at", "changed_at", "picture_cids", "specifications", "price_kes_cents"):
        op.drop_column("products", name)
    op.alter_column("products", "category", type_=sa.String(), existing_type=sa.String(length=32))
