"""Define what a process works with: made once at its start, handed to whoever needs it."""

from dataclasses import dataclass
from datetime import timedelta

from litestar.di import NamedDependency
from litestar.params import SkipValidation
from sqlalchemy.ext.asyncio import AsyncEngine
from valkey.asyncio import Valkey

from descrow.app.settings import Settings
from descrow.app.wiring import payment_methods
from descrow.chain.client import ChainClient
from descrow.chain.keys import KeySource
from descrow.content.block_stores import BlockStore, KuboBlocks, PostgresBlocks
from descrow.content.limits import UploadLimits
from descrow.content.picture_workers import PictureWorkers
from descrow.contract.escrow import EscrowContract, open_contract
from descrow.contract.models import SignerRole
from descrow.disputes.dependencies import DisputeKeys
from descrow.kernel.db import Sessions, open_engine, sessions_of
from descrow.kernel.fastpath.fast_reads import FastReads
from descrow.kernel.fastpath.response_cache import ResponseCache
from descrow.kernel.http.network_limits import NetworkLimits
from descrow.kernel.money import Planck
from descrow.kernel.retry.policies import use_policies
from descrow.kernel.valkey import open_valkey
from descrow.notifications.context import NotificationContext
from descrow.operations.services import CheckedServices
from descrow.orders.limits import OrderLimits
from descrow.orders.payment_methods import PaymentMethods
from descrow.payments.mpesa.context import PaymentContext


@dataclass(frozen=True)
class AppContext:
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
    payment_methods: PaymentMethods
    blocks: BlockStore
    """What people have uploaded."""
    pictures: PictureWorkers
    evidence_pictures: PictureWorkers
    """Apart from the others, so that evidence waits for no picture of a product."""
    notifications: NotificationContext
    """What messages are sent with, out of the app."""

    @classmethod
    def open(cls, settings: Settings) -> "AppContext":
        """Nothing is connected yet: each part connects at its first use, and again after it was gone."""
        use_policies(settings.retry)
        engine = open_engine(settings.database_url.get_secret_value(), pool_size=settings.database_pool_size)
        sessions = sessions_of(engine)
        valkey = open_valkey(settings.valkey_url.get_secret_value())
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
            payment_methods=payment_methods(settings.mpesa, Planck(settings.smallest_order_planck)),
            blocks=PostgresBlocks(sessions) if settings.kubo_url is None else KuboBlocks(settings.kubo_url),
            pictures=PictureWorkers(),
            evidence_pictures=PictureWorkers(),
            notifications=NotificationContext.open(sessions, settings.jwt_secret, settings.notifications),
        )

    @property
    def signer_keys(self) -> dict[SignerRole, KeySource]:
        """The keys that the settings name."""
        sources = {
            SignerRole.OPERATOR: self.settings.operator_key_source,
            SignerRole.ORACLE: self.settings.oracle_key_source,
        }
        return {role: source for role, source in sources.items() if source is not None}

    @property
    def checked_services(self) -> CheckedServices:
        return CheckedServices(
            sessions=self.sessions,
            valkey=self.valkey,
            chain=self.chain,
            get_contract=self.contract,
            daraja=None if self.mpesa is None else self.mpesa.payment_context.daraja,
        )

    @property
    def upload_limits(self) -> UploadLimits:
        return UploadLimits(
            max_bytes=self.settings.content_max_bytes,
            per_day=self.settings.content_uploads_per_day,
            account_bytes=self.settings.content_bytes_per_account,
            total_bytes=self.settings.content_bytes_total,
        )

    @property
    def order_limits(self) -> OrderLimits:
        settings = self.settings
        return OrderLimits(
            stock_kept=timedelta(minutes=settings.stock_kept_minutes),
            unpaid=settings.unpaid_orders,
            unpaid_of_newcomer=settings.unpaid_orders_of_newcomer,
            unpaid_per_network=settings.unpaid_orders_per_network,
            prompts_per_network=OrderLimits.prompts_per_network
            if settings.mpesa is None
            else settings.mpesa.prompts_a_day_of_network,
        )

    @property
    def network_limits(self) -> NetworkLimits:
        return NetworkLimits(self.valkey, self.settings.proxies, self.settings.rate_limit_factor)

    @property
    def dispute_keys(self) -> DisputeKeys:
        return DisputeKeys(self.settings.evidence_key, self.settings.bundle_key)

    async def contract(self) -> EscrowContract:
        """Return the deployed contract. Raises NotDeployed or WrongChain."""
        return await open_contract(self.sessions, self.chain)

    async def close(self) -> None:
        for node in (self.chain, *self.witnesses):
            await node.close()
        if self.mpesa is not None:
            await self.mpesa.close()
        await self.pictures.close()
        await self.evidence_pictures.close()
        await self.blocks.close()
        await self.notifications.close()
        await self.valkey.aclose()
        await self.reads.close()
        await self.engine.dispose()


WithParts = NamedDependency[SkipValidation[AppContext]]
"""How a route asks for them."""
