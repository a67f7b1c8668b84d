"""Databases to begin a test from: empty, or with the contract deployed and the chain as it was then.

Deploying takes as long as a whole test. So each worker deploys once, keeps the database as a template
and remembers the block. A test gets a copy of the database, and the chain goes back to that block.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields
from typing import NamedTuple
from uuid import uuid4

import asyncpg

from descrow.app.devstack.postgres import ROLE
from descrow.app.devstack.roles import development_roles
from descrow.app.devstack.stack import DevStackEndpoints
from descrow.app.migrations import migrate
from descrow.app.settings import Settings
from descrow.chain.client import ChainClient
from descrow.chain.keys import EvmAddress, Keypair
from descrow.contract.deployment import deploy, instantiate, set_oracle_caps
from descrow.contract.escrow import EscrowContract
from descrow.contract.models import Deployment
from descrow.contract.oracle_caps import OracleCaps
from descrow.contract.terms import Terms
from descrow.kernel.db import Sessions, open_engine, plain_url, sessions_of, utc_now
from tests.compiled import share_compiled_statements
from tests.dev_chain import make_blocks, set_clock, set_head

EMPTY = "descrow_empty"
CAPS = OracleCaps(
    per_order=Settings.model_fields["oracle_cap_per_order_kes_cents"].default,
    per_day=Settings.model_fields["oracle_cap_per_day_kes_cents"].default,
)


class Deployed(NamedTuple):
    template: str
    block_hash: str


class Snapshots:
    """The templates of one worker, each made when a test first asks for it."""

    def __init__(self, parts: DevStackEndpoints, server: asyncpg.Connection) -> None:
        self._parts = parts
        self._server = server
        self._has_empty = False
        self._deployed: dict[Terms, Deployed] = {}

    @asynccontextmanager
    async def empty_database(self) -> AsyncIterator[str]:
        """A database in its newest shape, without rows; the chain stays as it is."""
        await self._make_empty()
        async with self._copy_of(EMPTY) as url:
            yield url

    @asynccontextmanager
    async def deployed_database(self, terms: Terms) -> AsyncIterator[str]:
        """A database that knows of a contract under these terms; the chain's newest block is the first one after it.

        The chain is taken back for that, so whoever still follows it sees blocks disappear.
        """
        if terms not in self._deployed:
            await self._make_empty()
            self._deployed[terms] = await self._deploy(terms)
        deployed = self._deployed[terms]
        async with self._copy_of(deployed.template) as url:
            await self._go_back_to(deployed.block_hash)
            yield url

    async def _make_empty(self) -> None:
        if not self._has_empty:
            await self._server.execute(f"CREATE DATABASE {EMPTY} OWNER {ROLE}")
            await migrate(self._url_of(EMPTY))
            self._has_empty = True

    async def _deploy(self, terms: Terms) -> Deployed:
        template = f"descrow_deployed_{len(self._deployed)}"
        await self._server.execute(f"CREATE DATABASE {template} OWNER {ROLE} TEMPLATE {EMPTY} STRATEGY FILE_COPY")
        engine = open_engine(self._url_of(template), pool_size=1)
        chain = ChainClient(self._parts.chain_url)
        await deploy(sessions_of(engine), chain, Keypair.from_uri("//Owner"), development_roles(), terms, CAPS)
        block_hash = str(await chain.block_hash(await chain.finalized_number()))
        await chain.close()
        await engine.dispose()
        return Deployed(template, block_hash)

    async def _go_back_to(self, block_hash: str) -> None:
        """One block more than the snapshot: the chain's time is the present again.

        Its clock keeps what a test has set when the head goes back, so it is set as well.
        """
        chain = ChainClient(self._parts.chain_url)
        await set_head(chain, block_hash)
        await set_clock(chain, utc_now())
        await make_blocks(chain)
        await chain.close()

    @asynccontextmanager
    async def _copy_of(self, template: str) -> AsyncIterator[str]:
        name = f"test_{uuid4().hex}"
        await self._server.execute(f"CREATE DATABASE {name} OWNER {ROLE} TEMPLATE {template} STRATEGY FILE_COPY")
        yield self._url_of(name)
        await self._server.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _url_of(self, database: str) -> str:
        return self._parts.database_url.rpartition("/")[0] + "/" + database


@asynccontextmanager
async def snapshots_of(parts: DevStackEndpoints) -> AsyncIterator[Snapshots]:
    """As a superuser: only one may end what PostgreSQL itself does in a database that is to be dropped."""
    share_compiled_statements()
    server = await asyncpg.connect(plain_url(parts.database_admin_url))
    yield Snapshots(parts, server)
    await server.close()


def terms_with_windows_of(*, seconds: int) -> Terms:
    return Terms(**{field.name: seconds for field in fields(Terms) if field.name.endswith("_window_s")})


async def deployment_in(sessions: Sessions, chain: ChainClient, settings: Settings) -> Deployment:
    """The contract of a deployed database, with the caps that these settings give its oracle."""
    async with sessions() as session:
        deployment = await session.get_one(Deployment, 1)
    if (caps := settings.oracle_caps) != CAPS:
        contract = EscrowContract(chain, EvmAddress(deployment.contract_address))
        await set_oracle_caps(Keypair.from_uri("//Owner"), contract, caps)
    return deployment


async def another_contract(chain: ChainClient) -> EvmAddress:
    address, _ = await instantiate(chain, Keypair.from_uri("//Owner"), development_roles())
    return address
