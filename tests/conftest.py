"""What tests stand on: real PostgreSQL, Valkey and chain, started once; a database and a contract of their own each."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pytest
from asgi_lifespan import LifespanManager
from litestar.types import ASGIApp
from pydantic import SecretStr

from descrow.app.api import build_app
from descrow.app.demo.shop_client import ShopClient
from descrow.app.devstack.roles import development_roles
from descrow.app.devstack.stack import DevStackEndpoints as DevStackEndpoints
from descrow.app.devstack.stack import parts_for_tests
from descrow.app.migrations import migrate
from descrow.app.settings import Settings
from descrow.app.wiring import payment_methods, wire
from descrow.chain.client import ChainClient
from descrow.chain.keys import EvmAddress, Keypair
from descrow.contract.deployment import Terms, deploy, instantiate
from descrow.contract.models import Deployment
from descrow.kernel.db import Sessions, open_engine, plain_url, sessions_of
from tests.app.openapi.recorder import Recorder
from tests.chain.liar import Liar, a_liar
from tests.market import Market

TEMPLATE = "descrow_template"
_OURS = "datname = $1 AND usename = current_user"


@pytest.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DevStackEndpoints]:
    """The parts, with a migrated database to copy from, in a process whose features are wired together."""
    wire(payment_methods(None))
    async with parts_for_tests(Path(tmp_path_factory.mktemp("stack"))) as parts:
        await _on_server(parts, f"CREATE DATABASE {TEMPLATE}")
        await migrate(_database(parts, TEMPLATE))
        yield parts


@pytest.fixture
async def database_url(stack: DevStackEndpoints) -> AsyncIterator[str]:
    """An empty database in its newest shape."""
    name = f"test_{uuid4().hex}"
    await _on_server(stack, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield _database(stack, name)
    # Not WITH (FORCE): that would end an autovacuum worker too, which only a superuser may. A plain DROP asks it to go.
    await _on_server(stack, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {_OURS}", name)
    await _on_server(stack, f"DROP DATABASE {name}")


@pytest.fixture
async def sessions(database_url: str) -> AsyncIterator[Sessions]:
    engine = open_engine(database_url, pool_size=5)
    yield sessions_of(engine)
    await engine.dispose()


@pytest.fixture
async def chain(stack: DevStackEndpoints) -> AsyncIterator[ChainClient]:
    client = ChainClient(stack.chain_url)
    yield client
    await client.close()


@pytest.fixture
async def liar(stack: DevStackEndpoints) -> AsyncIterator[Liar]:
    """A node in front of the chain that lies when it is told to."""
    async with a_liar(stack.chain_url) as node:
        yield node


@pytest.fixture
def settings(stack: DevStackEndpoints, database_url: str) -> Settings:
    return Settings(
        database_url=SecretStr(database_url),
        valkey_url=SecretStr(stack.valkey_url),
        chain_url=stack.chain_url,
        jwt_secret=SecretStr("a secret that only tests know, 32 bytes"),
        operator_key=SecretStr("//Operator"),
        bundle_key=SecretStr("a secret for bundles that tests know, 32"),
        evidence_key=SecretStr("a master key that only tests know, 32"),
        rate_limit_factor=0,
    )


@pytest.fixture
async def deployment(sessions: Sessions, chain: ChainClient, settings: Settings) -> Deployment:
    """A contract of this test's own, under terms whose windows are a minute."""
    terms = Terms(fund_window_s=60, ship_window_s=60, inspection_window_s=60, dispute_window_s=60)
    owner, caps = Keypair.from_uri("//Owner"), settings.oracle_caps
    return await deploy(sessions, chain, owner, development_roles(), terms, caps)


@pytest.fixture
async def second_contract(market: Market) -> EvmAddress:
    """The same contract once more, with nothing to do with the marketplace."""
    address, _ = await instantiate(market.chain, Keypair.from_uri("//Owner"), development_roles())
    return address


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[ASGIApp]:
    """The web application, started. What it answers and does not describe fails the test."""
    application = Recorder(build_app(settings))
    # Not its own `app`: that one shares one scope state among all requests.
    async with LifespanManager(application):  # type: ignore[arg-type]
        yield application
    assert application.undescribed == set(), "say so in descrow/app/openapi/responses.py"


@pytest.fixture
async def market(app: ASGIApp, sessions: Sessions, chain: ChainClient, deployment: Deployment) -> AsyncIterator[Market]:
    """The application with its contract, and people who trade there."""
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    people = {
        name: ShopClient("http://127.0.0.1:8080", Keypair.from_uri(key), chain, transport)
        for name, key in {"buyer": "//Wanjiru", "seller": "//Otieno", "stranger": "//Kamau"}.items()
    }
    yield Market(sessions=sessions, chain=chain, deployment=deployment, **people)
    for person in people.values():
        await person.close()


def _database(parts: DevStackEndpoints, name: str) -> str:
    return parts.database_url.rpartition("/")[0] + "/" + name


async def _on_server(parts: DevStackEndpoints, statement: str, *arguments: str) -> None:
    connection = await asyncpg.connect(plain_url(parts.database_url))
    try:
        await connection.execute(statement, *arguments)
    finally:
        await connection.close()
