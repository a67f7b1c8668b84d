"""The migrations make the tables that the models describe."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from descrow.app.models import Base
from descrow.kernel.db import Sessions


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, Base.metadata))


async def test_a_migrated_database_has_the_tables_and_columns_of_the_models(sessions: Sessions) -> None:
    async with sessions() as session:
        connection = await session.connection()

        assert await connection.run_sync(differences) == []
