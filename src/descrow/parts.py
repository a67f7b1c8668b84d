"""What a process works with: made once at its start, handed to whoever needs it."""

from dataclasses import dataclass

from litestar.di import NamedDependency
from litestar.params import SkipValidation
from sqlalchemy.ext.asyncio import AsyncEngine
from valkey.asyncio import Valkey

from descrow.chain.client import ChainClient
from descrow.db import Sessions, open_engine, sessions_of
from descrow.settings import Settings


@dataclass(frozen=True)
class Parts:
    settings: Settings
    engine: AsyncEngine
    sessions: Sessions
    valkey: Valkey
    chain: ChainClient
    witnesses: tuple[ChainClient, ...]
    """Nodes that must confirm a final block before its events count; empty unless two nodes are to agree."""

    @classmethod
    def open(cls, settings: Settings) -> "Parts":
        """Nothing is connected yet: each part connects at its first use, and again after it was gone."""
        engine = open_engine(settings.database_url.get_secret_value(), pool_size=settings.database_pool_size)
        return cls(
            settings=settings,
            engine=engine,
            sessions=sessions_of(engine),
            valkey=Valkey.from_url(settings.valkey_url.get_secret_value()),
            chain=ChainClient(*settings.chain_urls),
            witnesses=tuple(ChainClient(url) for url in settings.witness_urls),
        )

    async def close(self) -> None:
        for node in (self.chain, *self.witnesses):
            await node.close()
        await self.valkey.aclose()
        await self.engine.dispose()


WithParts = NamedDependency[SkipValidation[Parts]]
"""How a route asks for them."""
