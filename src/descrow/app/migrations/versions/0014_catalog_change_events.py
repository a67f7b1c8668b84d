"""Announce changes of the catalogue to the processes that cache answers about it."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "CREATE FUNCTION announce_catalog() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_notify('catalog', ''); RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER products_change AFTER INSERT OR UPDATE OR DELETE ON products"
        " FOR EACH STATEMENT EXECUTE FUNCTION announce_catalog()"
    )
    # Whether a product can be paid by M-Pesa hangs on its seller's phone.
    op.execute(
        "CREATE TRIGGER sellers_change AFTER UPDATE OF mpesa_phone ON accounts"
        " FOR EACH STATEMENT EXECUTE FUNCTION announce_catalog()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER sellers_change ON accounts")
    op.execute("DROP TRIGGER products_change ON products")
    op.execute("DROP FUNCTION announce_catalog()")
