"""Rename tables and columns to the standard terms of docs/glossary.md."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = {"daraja_posts": "daraja_callbacks", "inquiries": "status_queries"}
COLUMNS = (
    ("orders", "chain_order_id", "contract_order_id"),
    ("chain_events", "chain_order_id", "contract_order_id"),
    ("chain_events", "standing", "finality"),
    ("chain_blocks", "standing", "finality"),
    ("reconciliation_runs", "orders_mended", "orders_repaired"),
)


def upgrade() -> None:
    for table, column, name in COLUMNS:
        op.alter_column(table, column, new_column_name=name)
    for table, name in TABLES.items():
        op.rename_table(table, name)
        _rename_parts(name, old=table, new=name)
    _rename_parts("orders", old="chain_order_id", new="contract_order_id")


def downgrade() -> None:
    _rename_parts("orders", old="contract_order_id", new="chain_order_id")
    for table, name in TABLES.items():
        _rename_parts(name, old=name, new=table)
        op.rename_table(name, table)
    for table, column, name in COLUMNS:
        op.alter_column(table, name, new_column_name=column)


def _rename_parts(table: str, *, old: str, new: str) -> None:
    """Rename the constraints, indexes and identity sequence whose names bear the old name."""
    op.execute(
        f"""
        DO $$
        DECLARE part record;
        BEGIN
            FOR part IN SELECT conname AS name FROM pg_constraint
                WHERE conrelid = '{table}'::regclass AND conname LIKE '%{old}%'
            LOOP
                EXECUTE format('ALTER TABLE {table} RENAME CONSTRAINT %I TO %I',
                    part.name, replace(part.name, '{old}', '{new}'));
            END LOOP;
            FOR part IN SELECT relname AS name FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid
                WHERE indrelid = '{table}'::regclass AND relname LIKE '%{old}%'
            LOOP
                EXECUTE format('ALTER INDEX %I RENAME TO %I', part.name, replace(part.name, '{old}', '{new}'));
            END LOOP;
            FOR part IN SELECT relname AS name FROM pg_class JOIN pg_depend ON objid = pg_class.oid
                WHERE refobjid = '{table}'::regclass AND relkind = 'S' AND relname LIKE '%{old}%'
            LOOP
                EXECUTE format('ALTER SEQUENCE %I RENAME TO %I', part.name, replace(part.name, '{old}', '{new}'));
            END LOOP;
        END $$
        """  # noqa: S608  (names of this module, nobody's input)
    )
