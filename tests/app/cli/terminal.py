"""`descrow admin` as a person types it, with the settings of a worker."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from typer.testing import CliRunner, Result

from descrow.app.cli.main import app
from descrow.incidents.models import AuditEntry
from tests.market import Market

REQUIRED = ("database_url", "valkey_url", "chain_url", "jwt_secret", "operator_key")


@dataclass
class Operator:
    """A person at the command line."""

    market: Market

    async def types(self, *words: str, answers: str = "") -> Result:
        return await asyncio.to_thread(CliRunner().invoke, app, ["admin", *words], input=answers)

    async def reads(self, *words: str) -> Any:
        """Return what a command tells programs."""
        return json.loads((await self.types(*words, "--json")).stdout)

    async def noted(self) -> list[tuple[str, str, str, str | None]]:
        async with self.market.sessions() as session:
            entries = await session.scalars(select(AuditEntry).order_by(AuditEntry.id))
            return [(entry.actor, entry.action, entry.subject, entry.reason) for entry in entries]
