"""`descrow up`: the parts, then what is ours on top of them, in order, with something to buy in the shop."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import httpx
from rich.console import Console

from descrow.app.devstack import mpesa
from descrow.app.devstack.chain import NAME as CHAIN
from descrow.app.devstack.data_dir import DataDirectory
from descrow.app.devstack.errors import PartUnhealthy
from descrow.app.devstack.postgres import NAME as POSTGRES
from descrow.app.devstack.postgres import url_of as postgres_url
from descrow.app.devstack.roles import development_roles
from descrow.app.devstack.run_files import running_processes
from descrow.app.devstack.shop import seed_demo_data
from descrow.app.devstack.stack import DevStackEndpoints, Launch, Stack, StackOptions
from descrow.app.devstack.valkey import NAME as VALKEY
from descrow.app.devstack.valkey import url_of as valkey_url
from descrow.app.devstack.web import NAME as WEB
from descrow.app.devstack.web import WebApp
from descrow.app.migrations import migrate
from descrow.app.settings import Settings
from descrow.chain.client import ChainClient
from descrow.chain.keys import Keypair
from descrow.contract.deployment import deploy
from descrow.contract.terms import Terms
from descrow.kernel.db import open_engine, sessions_of
from descrow.notifications.push import to_base64url

API_PORT = 8080
WORKER_PORT = 8081
EMPTY_BLOCK_EVERY_S = 6
OPERATOR = "//Operator"
ORACLE = "//Oracle"
"""The keys of a dev stack are public: `chain/README.md` lists them with what the genesis gives them."""


@dataclass(frozen=True)
class RunningStack:
    """Describe where a stack in this directory answers, for the commands that talk to it."""

    api_url: str
    chain_url: str


class NoStackHere(Exception):
    def __init__(self, data_dir: DataDirectory) -> None:
        super().__init__(f"No stack is running in {data_dir.root}. Start one with `descrow up`.")


def find_running_stack(data_dir: DataDirectory) -> RunningStack:
    """From what the stack wrote down. Raises NoStackHere."""
    ports = {process.name: process.port for process in running_processes(data_dir)}
    chain_url = os.environ.get("DESCROW_CHAIN_URL") or (f"ws://127.0.0.1:{ports[CHAIN]}" if CHAIN in ports else None)
    if "api" not in ports or chain_url is None:
        raise NoStackHere(data_dir)
    return RunningStack(api_url=f"http://127.0.0.1:{ports['api']}", chain_url=chain_url)


def settings_of_running_stack(data_dir: DataDirectory) -> Settings:
    """As the stack's own processes have them, for who looks after it from outside. Raises NoStackHere.

    What the environment says comes first, as it did when the stack was started.
    """
    chain_url = find_running_stack(data_dir).chain_url
    ports = {process.name: process.port for process in running_processes(data_dir)}
    parts = DevStackEndpoints(
        database_url=os.environ.get("DESCROW_DATABASE_URL") or postgres_url(data_dir, ports.get(POSTGRES) or 0),
        valkey_url=os.environ.get("DESCROW_VALKEY_URL") or valkey_url(data_dir, ports.get(VALKEY) or 0),
        chain_url=chain_url,
    )
    return _settings(parts, data_dir)


async def bring_up(*, data_dir: Path | None, fresh: bool, port: int, console: Console) -> None:
    """Start everything, say where it is, and keep it running until asked to stop. Raises DevStackError."""
    directory = DataDirectory.choose(data_dir)
    options = StackOptions.from_environment(
        os.environ,
        data_dir=directory,
        fresh=fresh,
        chain_empty_every_s=EMPTY_BLOCK_EVERY_S,
        console=console,
        handle_signals=True,
    )
    async with Stack(options) as stack:
        add_marketplace(stack, directory, api_port=port)
        await stack.start()
        running = find_running_stack(directory)
        console.print(f"\nDescrow is at [bold]{running.api_url}[/]", soft_wrap=True)
        console.print(f"The chain is at {running.chain_url}, logs are in {directory.logs}", soft_wrap=True)
        if (simulator := mpesa.find_simulator(directory)) is not None:
            console.print(
                f"A phone for M-Pesa is at [bold]{simulator}/phones/{mpesa.BUYERS_PHONE}[/], its PIN is {mpesa.PIN}",
                soft_wrap=True,
            )
        console.print(
            "Try [bold]descrow demo[/] or [bold]descrow demo --mpesa[/] in a second shell. Ctrl-C stops everything."
        )
        await stack.wait_until_asked_to_stop()
        console.print("\nStopping…")


def add_marketplace(stack: Stack, directory: DataDirectory, *, api_port: int = API_PORT) -> None:
    """Our own steps and processes, after the parts they need."""
    app = WebApp(directory)

    def launch_api(parts: DevStackEndpoints, port: int) -> Launch:
        url = f"http://127.0.0.1:{port}"
        env = {
            **_environment(parts, directory),
            **_messages_environment(directory),
            **mpesa.environment(directory, api_url=url),
            "DESCROW_PORT": str(port),
            "DESCROW_PUBLIC_URL": url,
            "DESCROW_WEB_DIST": str(app.dist),
        }
        return Launch(argv=[sys.executable, "-m", "descrow", "api"], env=env)

    def launch_worker(parts: DevStackEndpoints, _port: int) -> Launch:
        env = {
            **_environment(parts, directory),
            **_messages_environment(directory),
            **mpesa.environment(directory, api_url=find_running_stack(directory).api_url),
            "DESCROW_ORACLE_KEY": ORACLE,
        }
        return Launch(argv=[sys.executable, "-m", "descrow", "worker"], env=env)

    async def worker_follows(_port: int) -> None:
        try:
            running = find_running_stack(directory)
        except NoStackHere as error:  # the API is being started again just now
            raise PartUnhealthy("worker", str(error)) from error
        await _expect("worker", f"{running.api_url}/health")

    stack.add_step(WEB, lambda _parts: app.build())
    stack.add_step("migrations", lambda parts: migrate(parts.database_url), after=[POSTGRES])
    stack.add_step("contract", lambda parts: _deploy(parts, directory), after=["migrations", CHAIN])
    stack.add_step("shop", seed_demo_data, after=["migrations"])
    phones = []
    if mpesa.is_ours():
        stack.add_process(
            mpesa.NAME,
            lambda _parts, port: mpesa.launch(directory, port),
            preferred_port=mpesa.PORT,
            ready=lambda port: _expect(mpesa.NAME, f"http://127.0.0.1:{port}/health"),
        )
        stack.add_step("phones", lambda parts: mpesa.prepare(parts, directory), after=[mpesa.NAME])
        phones = ["phones"]
    stack.add_process(
        "api",
        launch_api,
        preferred_port=api_port,
        ready=lambda port: _expect("api", f"http://127.0.0.1:{port}/health/live"),
        after=["migrations", VALKEY, CHAIN, WEB, *phones],
    )
    stack.add_process(
        "worker", launch_worker, preferred_port=WORKER_PORT, ready=worker_follows, after=["contract", "api"]
    )


def _environment(parts: DevStackEndpoints, directory: DataDirectory) -> Mapping[str, str]:
    return {
        "DESCROW_DATABASE_URL": parts.database_url,
        "DESCROW_VALKEY_URL": parts.valkey_url,
        "DESCROW_CHAIN_URL": parts.chain_url,
        "DESCROW_JWT_SECRET": directory.secret("jwt"),
        "DESCROW_OPERATOR_KEY": OPERATOR,
        "DESCROW_RATE_LIMIT_FACTOR": "20",  # everybody comes from one address here
        "DESCROW_UNPAID_ORDERS": "200",  # and one person tries out what many do
        "DESCROW_UNPAID_ORDERS_OF_NEWCOMER": "200",
        "DESCROW_BUNDLE_KEY": directory.secret("bundle"),
        "DESCROW_EVIDENCE_KEY": directory.secret("evidence"),
        "DESCROW_METRICS_TOKEN": directory.secret("metrics"),
    }


def _messages_environment(directory: DataDirectory) -> Mapping[str, str]:
    """Return how messages leave the app: a pair of keys for web push, made once, and webhooks on this machine."""
    return {
        "DESCROW_VAPID_PRIVATE_KEY": to_base64url(sha256(directory.secret("vapid").encode()).digest()),
        "DESCROW_VAPID_CONTACT": "mailto:operator@localhost",
        "DESCROW_WEBHOOKS_TO_LOOPBACK": "true",
    }


def _settings(parts: DevStackEndpoints, directory: DataDirectory) -> Settings:
    """As the stack's processes have them."""
    environment = _environment(parts, directory)
    return Settings.model_validate(
        {name.removeprefix("DESCROW_").lower(): value for name, value in environment.items()}
    )


async def _expect(part: str, url: str) -> None:
    """Raises PartUnhealthy while the address does not answer 200."""
    try:
        async with httpx.AsyncClient(timeout=5) as client:
            answer = await client.get(url)
    except httpx.TransportError as error:
        raise PartUnhealthy(part, str(error)) from error
    if answer.status_code != 200:
        raise PartUnhealthy(part, answer.text)


async def _deploy(parts: DevStackEndpoints, directory: DataDirectory) -> str:
    """The contract under the dev keys, the first time; afterwards only its caps, when the settings say others."""
    owner, caps = Keypair.from_uri("//Owner"), _settings(parts, directory).oracle_caps
    engine = open_engine(parts.database_url, pool_size=1)
    chain = ChainClient(parts.chain_url)
    try:
        deployment = await deploy(sessions_of(engine), chain, owner, development_roles(), Terms(), caps)
    finally:
        await chain.close()
        await engine.dispose()
    return f"at {deployment.contract_address}"
