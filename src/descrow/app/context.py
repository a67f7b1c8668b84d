"""What a process works with: made once at its start, handed to whoever needs it."""

from dataclasses import dataclass

from litestar.di import NamedDependency
from litestar.params import SkipValidation
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine
from valkey.asyncio import Valkey

from descrow.app.settings import Settings
from descrow.chain.client import ChainClient
from descrow.chain.keys import EvmAddress
from descrow.content.block_stores import BlockStore, KuboBlocks, PostgresBlocks
from descrow.contract.escrow import EscrowContract, get_deployment
from descrow.disputes.errors import BundleNotOffered, EvidenceNotOffered
from descrow.disputes.sealing import Vault
from descrow.kernel.db import Sessions, open_engine, sessions_of
from descrow.kernel.fastpath.fast_reads import FastReads
from descrow.kernel.fastpath.response_cache import ResponseCache
from descrow.notifications.context import NotificationContext
from descrow.payments.errors import MpesaNotOffered
from descrow.payments.mpesa.context import PaymentContext


@dataclass(frozen=True)
class Parts:
    settings: Settings
    engine: AsyncEngine
    sessions: Sessions
    reads: FastReads
    catalog_cache: ResponseCache
    valkey: Valkey
    chain: ChainClient
    witnesses: tuple[ChainClient, ...]
    """Nodes that must confirm a final block before its events count; empty unless two nodes are to agree."""
    mpesa: PaymentContext | None
    """None where the operator takes DOT only."""
    blocks: BlockStore
    """What people have uploaded."""
    desk: NotificationContext
    """What messages are sent with, out of the app."""

    @classmethod
    def open(cls, settings: Settings) -> "Parts":
        """Nothing is connected yet: each part connects at its first use, and again after it was gone."""
        engine = open_engine(settings.database_url.get_secret_value(), pool_size=settings.database_pool_size)
        sessions = sessions_of(engine)
        valkey = Valkey.from_url(settings.valkey_url.get_secret_value())
        return cls(
            settings=settings,
            engine=engine,
            sessions=sessions,
            reads=FastReads(settings.database_url.get_secret_value(), pool_size=settings.database_pool_size),
            catalog_cache=ResponseCache(settings.database_url.get_secret_value()),
            valkey=valkey,
            chain=ChainClient(*settings.chain_urls),
            witnesses=tuple(ChainClient(url) for url in settings.witness_urls),
            mpesa=None if settings.mpesa is None else PaymentContext.open(sessions, valkey, settings.mpesa),
            blocks=PostgresBlocks(sessions) if settings.kubo_url is None else KuboBlocks(settings.kubo_url),
            desk=NotificationContext.open(sessions, settings.jwt_secret, settings.notifications),
        )

    @property
    def with_mpesa(self) -> PaymentContext:
        """Raises MpesaNotOffered."""
        if self.mpesa is None:
            raise MpesaNotOffered
        return self.mpesa

    @property
    def vault(self) -> Vault:
        """Seals and opens what is shown in disputes. Raises EvidenceNotOffered."""
        if self.settings.evidence_key is None:
            raise EvidenceNotOffered
        return Vault(self.settings.evidence_key)

    @property
    def bundle_key(self) -> SecretStr:
        """Signs bundles of disputes. Raises BundleNotOffered."""
        if self.settings.bundle_key is None:
            raise BundleNotOffered
        return self.settings.bundle_key

    async def contract(self) -> EscrowContract:
        """The deployed contract, on the chain that it was deployed to. Raises NotDeployed or WrongChain."""
        async with self.sessions() as session:
            deployment = await get_deployment(session)
        await self.chain.expect(deployment.genesis_hash)
        return EscrowContract(self.chain, EvmAddress(deployment.contract_address))

    async def close(self) -> None:
        for node in (self.chain, *self.witnesses):
            await node.close()
        if self.mpesa is not None:
            await self.mpesa.close()
        await self.blocks.close()
        await self.desk.close()
        await self.valkey.aclose()
        await self.reads.close()
        await self.engine.dispose()


WithParts = NamedDependency[SkipValidation[Parts]]
"""How a route asks for them."""
