"""Alembic's way to the database: the address comes from the caller (`descrow.app.migrations.migrate`)."""

from alembic import context
from sqlalchemy import Connection

from descrow.app.models import Base

connection: Connection | None = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("run migrations with `descrow migrate`")

context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
