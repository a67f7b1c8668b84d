"""`descrow admin` as a person types it, with the settings of a worker."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from descrow.app.cli.main import app
from descrow.app.settings import Settings, get_settings
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


@contextmanager
def at_a_terminal(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give the commands of this process these settings, by the environment as an operator does."""
    for name in REQUIRED:
        value = getattr(settings, name)
        monkeypatch.setenv(f"DESCROW_{name.upper()}", value if isinstance(value, str) else value.get_secret_value())
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()
