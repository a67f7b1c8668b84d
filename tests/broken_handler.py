"""A handler made to fail from outside: a rule in PostgreSQL that refuses what it writes of one order."""

from sqlalchemy import text

from tests.market import Market


async def break_handler(market: Market, table: str, of_order: str) -> None:
    """From now on every write of such rows fails; `of_order` is a condition on NEW."""
    async with market.sessions.begin() as session:
        await session.execute(
            text(
                "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'this handler was made to fail'; END $$"
            )
        )
        await session.execute(
            text(
                f"CREATE TRIGGER fails BEFORE INSERT OR UPDATE ON {table} "
                f"FOR EACH ROW WHEN ({of_order}) EXECUTE FUNCTION fail()"
            )
        )


async def repair_handler(market: Market) -> None:
    """All is written again."""
    async with market.sessions.begin() as session:
        await session.execute(text("DROP FUNCTION fail CASCADE"))
