"""Define what tests stand on: real PostgreSQL, Valkey and chain, started once for each worker; a fresh state for each
test.

What only some tests need is imported where it is used: unit tests start in a second or two.
"""

import os
import sys
from collections.abc import AsyncIterator, Generator, Iterator
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from pydantic import SecretStr

from tests import kinds
from tests.chromium import provide_chromium

if TYPE_CHECKING:
    import httpx
    from litestar.types import ASGIApp

    from descrow.app.devstack.stack import DevStackEndpoints
    from descrow.app.settings import Settings
    from descrow.chain.client import ChainClient
    from descrow.chain.keys import EvmAddress
    from descrow.contract.models import Deployment
    from descrow.contract.terms import Terms
    from descrow.kernel.db import Sessions
    from tests.app.cli.terminal import Operator
    from tests.chain.faulty_node import FaultyNode
    from tests.market import Market
    from tests.snapshot import Snapshots

# Tests start hundreds of Python processes: compiled anew, the libraries take each of them four seconds more.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile(
    "descrow", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("descrow")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        kinds.mark(item)
    kinds.put_long_ones_first(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: many tests wait for a block, a browser or a time-out."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: list[str]) -> None:
    _provide_for(ids, node.config)


def pytest_collection_finish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):  # what workers collect is provided for where they are led from
        _provide_for([item.nodeid for item in session.items], session.config)


def _provide_for(ids: list[str], config: pytest.Config) -> None:
    """Install what these tests need and the machine lacks, before the first of them and with a line to be seen."""
    if any(test.startswith("tests/e2e/") for test in ids):
        provide_chromium(config.get_terminal_writer().line)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    with kinds.limited_to_its_kind(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    with kinds.limited_to_its_kind(item):
        return (yield)


@pytest.fixture(scope="session")
async def stack() -> "AsyncIterator[DevStackEndpoints]":
    """PostgreSQL, Valkey and the chain of this worker, in a process whose features are wired together."""
    from descrow.app.devstack.stack import parts_for_tests
    from descrow.app.wiring import payment_methods, wire
    from tests.places import fast_directory

    wire(payment_methods(None))
    with fast_directory() as directory:
        async with parts_for_tests(directory) as parts:
            yield parts


@pytest.fixture(scope="session")
async def snapshots(stack: "DevStackEndpoints") -> "AsyncIterator[Snapshots]":
    from tests.snapshot import snapshots_of

    async with snapshots_of(stack) as opened:
        yield opened


@pytest.fixture
def terms() -> "Terms":
    """Return what orders are made under. Windows of a minute, so that a test can let one pass."""
    from tests.snapshot import terms_with_windows_of

    return terms_with_windows_of(seconds=60)


@pytest.fixture
async def database_url(snapshots: "Snapshots", terms: "Terms", request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A database in its newest shape: empty, or with the contract for tests that ask for the `deployment`."""
    is_deployed = "deployment" in request.fixturenames
    async with snapshots.deployed_database(terms) if is_deployed else snapshots.empty_database() as url:
        yield url


@pytest.fixture
async def sessions(database_url: str) -> "AsyncIterator[Sessions]":
    from descrow.kernel.db import open_engine, sessions_of

    engine = open_engine(database_url, pool_size=5)
    yield sessions_of(engine)
    await engine.dispose()


@pytest.fixture
async def chain(stack: "DevStackEndpoints") -> "AsyncIterator[ChainClient]":
    from descrow.chain.client import ChainClient

    client = ChainClient(stack.chain_url)
    yield client
    await client.close()


@pytest.fixture
async def faulty_node(stack: "DevStackEndpoints") -> "AsyncIterator[FaultyNode]":
    """Yield a node in front of the chain that answers falsely when a test asks for it."""
    from tests.chain.faulty_node import open_faulty_node

    async with open_faulty_node(stack.chain_url) as node:
        yield node


@pytest.fixture(scope="session")
def settings_of_worker(stack: "DevStackEndpoints") -> "Settings":
    """Read from the environment and checked once: that takes as long as a request."""
    from descrow.app.settings import Settings

    return Settings(
        database_url=SecretStr(stack.database_url),
        valkey_url=SecretStr(stack.valkey_url),
        chain_url=stack.chain_url,
        jwt_secret=SecretStr("a secret that only tests know, 32 bytes"),
        operator_key=SecretStr("//Operator"),
        bundle_key=SecretStr("a secret for bundles that tests know, 32"),
        evidence_key=SecretStr("a master key that only tests know, 32"),
        rate_limit_factor=0,
    )


@pytest.fixture
def settings(settings_of_worker: "Settings", database_url: str) -> "Settings":
    return settings_of_worker.model_copy(update={"database_url": SecretStr(database_url)})


@pytest.fixture
async def deployment(sessions: "Sessions", chain: "ChainClient", settings: "Settings") -> "Deployment":
    """The contract, without orders."""
    from tests.snapshot import deployment_in

    return await deployment_in(sessions, chain, settings)


@pytest.fixture
async def second_contract(market: "Market") -> "EvmAddress":
    """The same contract once more, with nothing to do with the marketplace."""
    from tests.snapshot import another_contract

    return await another_contract(market.chain)


@pytest.fixture
async def app(settings: "Settings") -> "AsyncIterator[ASGIApp]":
    """The web application, started. What it answers and does not describe fails the test."""
    from tests.app.openapi.recorder import Recorder
    from tests.application import running_application

    async with running_application(settings) as application:
        recorder = Recorder(application)
        yield recorder
    assert recorder.undescribed == set(), "say so in the `refusals` of its handler"


@pytest.fixture
async def http(app: "ASGIApp") -> "AsyncIterator[httpx.AsyncClient]":
    """A client that nobody has signed in with."""
    from tests.application import client_of

    async with client_of(app) as client:
        yield client


@pytest.fixture
async def market(
    app: "ASGIApp", sessions: "Sessions", chain: "ChainClient", deployment: "Deployment"
) -> "AsyncIterator[Market]":
    """The application with its contract, and people who trade there."""
    from tests.market import open_market

    async with open_market(app, sessions, chain, deployment) as market:
        yield market


@pytest.fixture
def quiet_logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep a command from setting up the logs of its whole process, which here is the tests'."""
    import structlog

    monkeypatch.setattr("descrow.kernel.logs.configure_logs", lambda **_: None)
    with structlog.testing.capture_logs():
        yield


@pytest.fixture
def operator(
    market: "Market",
    settings: "Settings",
    quiet_logs: None,  # noqa: ARG001  (wanted for what it does)
    monkeypatch: pytest.MonkeyPatch,
) -> "Iterator[Operator]":
    """Sit at a terminal with the settings of the marketplace."""
    from tests.app.cli.terminal import Operator, at_a_terminal

    with at_a_terminal(settings, monkeypatch):
        yield Operator(market)
