"""The stack that a drill is fought in: every process on its own, a gate between ours and each part they rely on.

PostgreSQL, Valkey and the chain are one stack; `descrow up` runs on top of it with its API and worker, as it does on
parts that an operator brings along; a second worker stands by, as on another machine. Browsers come through a gate too.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from descrow.app.devstack.chain import NAME as CHAIN
from descrow.app.devstack.data_dir import DataDirectory
from descrow.app.devstack.errors import PartUnhealthy
from descrow.app.devstack.mpesa import NAME as DARAJA
from descrow.app.devstack.postgres import NAME as POSTGRES
from descrow.app.devstack.run_files import RunFile, running_processes
from descrow.app.devstack.stack import DevStackEndpoints, Launch, Stack, StackOptions
from descrow.app.devstack.valkey import NAME as VALKEY
from descrow.app.wiring import payment_methods, wire
from descrow.chain.client import ChainClient
from descrow.chain.keys import EvmAddress
from descrow.contract.escrow import EscrowContract, get_deployment
from descrow.contract.models import Deployment
from descrow.kernel.db import Sessions, open_engine, sessions_of
from descrow.kernel.money import PLANCK_PER_DOT
from tests.faults import simulator
from tests.faults.gates import LOOPBACK, Gate
from tests.servers import free_port

FINALITY_LAG = 12
"""Blocks on top of one that make it final, unless a drill says otherwise."""

BLOCK_EVERY_S = 0.25
RECONCILE_EVERY_S = 15
PLANCK_PER_DAY = 5_000 * PLANCK_PER_DOT
UNPAID_ORDERS = 10_000
"""More than an operator would allow: a drill has the trade of many days."""
UP, RIVAL = "up", "rival"
PROCESSES = (POSTGRES, VALKEY, CHAIN, DARAJA, UP, "api", "worker", RIVAL)
"""Everything that runs, and can be killed. The death of `up` takes API, worker and M-Pesa's simulator with it."""

BROWSERS = "browsers"


@dataclass
class FaultEnvironment:
    """Describe where everything is. The addresses lead past the gates, straight to the parts."""

    below: DataDirectory
    above: DataDirectory
    parts: DevStackEndpoints
    gates: dict[str, Gate]
    """In front of each part, by its name, and in front of the API for `browsers`."""
    account: dict[str, str] = field(default_factory=dict)
    """Our account at Daraja, as our processes are told of it; empty where a drill is about the chain alone."""

    @property
    def shop_url(self) -> str:
        """Return where browsers go, through their gate."""
        return f"http://{LOOPBACK}:{self.gates[BROWSERS].port}"

    def process(self, name: str) -> RunFile | None:
        """The process of that name, if it is alive just now."""
        found = [*running_processes(self.below), *running_processes(self.above)]
        return next((process for process in found if process.name == name), None)


@dataclass(frozen=True)
class DirectAccess:
    """PostgreSQL and the chain themselves, past the gates."""

    sessions: Sessions
    chain: ChainClient

    async def deployment(self) -> Deployment:
        async with self.sessions() as session:
            return await get_deployment(session)

    async def contract(self) -> EscrowContract:
        return EscrowContract(self.chain, EvmAddress((await self.deployment()).contract_address))


@asynccontextmanager
async def direct_access(environment: FaultEnvironment) -> AsyncIterator[DirectAccess]:
    engine = open_engine(environment.parts.database_url, pool_size=5)
    chain = ChainClient(environment.parts.chain_url)
    try:
        yield DirectAccess(sessions_of(engine), chain)
    finally:
        await asyncio.gather(engine.dispose(), chain.close())


@asynccontextmanager
async def open_environment(
    *, finality_lag: int = FINALITY_LAG, takes_mpesa: bool = False
) -> AsyncIterator[FaultEnvironment]:
    """Everything up and well; a block is final with so many on top of it.

    Nothing of it is left afterwards, even when the drill itself is killed. With `takes_mpesa` a Daraja simulator is one
    of the parts.
    """
    wire(payment_methods(None))  # the judges reconcile in this process
    with a_directory() as root:
        below, above = DataDirectory(root / "below"), DataDirectory(root / "above")
        options = StackOptions(
            data_dir=below, chain_empty_every_s=BLOCK_EVERY_S, chain_finality_lag=finality_lag, durable=True
        )
        async with Stack(options) as stack:
            environment = FaultEnvironment(below, above, stack.parts, gates={})
            for name in (POSTGRES, VALKEY, CHAIN):
                environment.gates[name] = Gate(lambda name=name: port_in(below, name))  # type: ignore[misc]
            environment.gates[BROWSERS] = Gate(lambda: port_in(above, "api"))
            _add_ours(stack, environment, takes_mpesa=takes_mpesa)
            try:
                await stack.start()
                yield environment
            finally:
                for gate in environment.gates.values():
                    await gate.close()


@contextmanager
def a_directory() -> Iterator[Path]:
    """A directory that goes away with us, however we end."""
    root = Path(tempfile.mkdtemp(prefix="descrow-drill-"))
    if os.geteuid() == 0:
        root.chmod(0o755)  # PostgreSQL runs as another user, who must pass through
    cleanup = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.cleanup", str(root)], stdin=subprocess.PIPE, start_new_session=True
    )
    try:
        yield root
    finally:
        cleanup.communicate()


def port_in(directory: DataDirectory, name: str) -> int | None:
    return next((process.port for process in running_processes(directory) if process.name == name), None)


def _add_ours(stack: Stack, environment: FaultEnvironment, *, takes_mpesa: bool) -> None:
    async def open_gates(_parts: DevStackEndpoints) -> None:
        await asyncio.gather(*(gate.open() for gate in environment.gates.values()))

    def launch_up(parts: DevStackEndpoints, port: int) -> Launch:
        argv = [sys.executable, "-m", "descrow", "up", "--data-dir", str(environment.above.root), "--port", str(port)]
        return Launch(argv=argv, env=_environment(parts, environment))

    def launch_rival(parts: DevStackEndpoints, _port: int) -> Launch:
        keys = {"DESCROW_JWT_SECRET": "a worker signs no token: 32 bytes", "DESCROW_OPERATOR_KEY": "//Operator"}
        return Launch(argv=[sys.executable, "-m", "descrow", "worker"], env=_environment(parts, environment) | keys)

    async def shop_is_open(_port: int) -> None:
        if environment.process("worker") is None:
            raise PartUnhealthy(UP, "its worker does not run yet")
        try:
            async with httpx.AsyncClient(timeout=5) as client:
                answer = await client.get(f"{environment.shop_url}/health")
        except httpx.TransportError as error:
            raise PartUnhealthy(UP, str(error)) from error
        if answer.status_code != 200:
            raise PartUnhealthy(UP, answer.text)

    async def at_once(_port: int) -> None:
        """It stands by, and serves nobody."""

    async def open_account(_parts: DevStackEndpoints) -> None:
        port = port_in(environment.below, DARAJA) or 0
        environment.account = await simulator.open_account(
            port, environment.below, callbacks=f"{environment.shop_url}/callbacks"
        )

    stack.add_step("gates", open_gates, after=[POSTGRES, VALKEY, CHAIN])
    before_us = ["gates"]
    if takes_mpesa:
        stack.add_process(
            DARAJA,
            lambda _parts, port: simulator.launch(environment.below, port),
            preferred_port=free_port(),
            ready=simulator.answers,
        )
        stack.add_step("account", open_account, after=["gates", DARAJA])
        before_us = ["account"]
    stack.add_process(
        UP, launch_up, preferred_port=free_port(), ready=shop_is_open, after=before_us, ready_timeout_s=600
    )
    stack.add_process(RIVAL, launch_rival, preferred_port=free_port(), ready=at_once, after=[UP])


def _environment(parts: DevStackEndpoints, environment: FaultEnvironment) -> dict[str, str]:
    """The parts as ours see them: through the gates."""

    def gated(url: str, name: str) -> str:
        return url.replace(f":{port_in(environment.below, name)}", f":{environment.gates[name].port}")

    return {
        "DESCROW_DATABASE_URL": gated(parts.database_url, POSTGRES),
        "DESCROW_VALKEY_URL": gated(parts.valkey_url, VALKEY),
        "DESCROW_CHAIN_URL": gated(parts.chain_url, CHAIN),
        "DESCROW_RECONCILE_EVERY_S": str(RECONCILE_EVERY_S),
        "DESCROW_OPERATOR_PLANCK_PER_DAY": str(PLANCK_PER_DAY),
        "DESCROW_ORACLE_PLANCK_PER_DAY": str(PLANCK_PER_DAY),
        "DESCROW_UNPAID_ORDERS": str(UNPAID_ORDERS),
        "DESCROW_UNPAID_ORDERS_OF_NEWCOMER": str(UNPAID_ORDERS),
        "DESCROW_UNPAID_ORDERS_PER_NETWORK": str(UNPAID_ORDERS),
        "DESCROW_LOG_LEVEL": "INFO",
        **environment.account,
    }
