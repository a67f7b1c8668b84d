"""A whole stack of a test's own, as an operator runs it, and the question whether its log is the chain."""

import asyncio
import os
import signal
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from descrow.app.devstack.data_dir import DataDirectory
from descrow.app.devstack.run_files import RunFile, running_processes
from descrow.chain.client import ChainClient
from descrow.contract.abi import escrow_interface
from tests.servers import free_port
from tests.waiting import eventually

UP_TIMEOUT_S = 120
DEMO_TIMEOUT_S = 120
LOG_TIMEOUT_S = 60
IS_LOGGED_TO = "SELECT max(number) >= $1 FROM chain_blocks WHERE finality = 'finalized'"
IS_APPLIED = "SELECT count(*) = 0 FROM chain_events WHERE applied_at IS NULL AND contract_order_id IS NOT NULL"


@dataclass
class RunningStack:
    """A `descrow up` of this test's own, in a directory of its own."""

    directory: DataDirectory
    process: asyncio.subprocess.Process

    @classmethod
    async def start(cls, root: Path) -> "RunningStack":
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "descrow", "up", "--port", str(free_port()),
            cwd=root, env=environment(root), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        assert process.stdout is not None
        said = b""
        async with asyncio.timeout(UP_TIMEOUT_S):
            while b"Descrow is at" not in said:
                line = await process.stdout.readline()
                assert line, f"the stack did not come up:\n{said.decode()}"
                said += line
        return cls(DataDirectory(root / ".descrow"), process)

    def part(self, name: str) -> RunFile | None:
        return next((part for part in running_processes(self.directory) if part.name == name), None)

    async def kill_part(self, name: str) -> None:
        """kill -9, as soon as it runs."""
        part = await eventually(lambda: self.part(name), within_s=UP_TIMEOUT_S)
        os.kill(part.pid, signal.SIGKILL)

    async def kill_everything(self) -> None:
        """kill -9 of `up` itself, which takes all parts with it."""
        parts = running_processes(self.directory)
        self.process.kill()
        await self.process.wait()
        await eventually(lambda: not any(part.is_alive for part in parts))

    async def stop(self) -> None:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGINT)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.process.communicate(), 20)
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    def database_url(self) -> str:
        part = self.part("postgres")
        assert part is not None
        return f"postgresql://descrow:{self.directory.secret('postgres')}@127.0.0.1:{part.port}/descrow"

    def chain_url(self) -> str:
        part = self.part("chain")
        assert part is not None
        return f"ws://127.0.0.1:{part.port}"


def environment(root: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DESCROW_")}
    return {**kept, "DESCROW_DATA_DIR": str(root / ".descrow")}


async def start_demo(stack: RunningStack) -> asyncio.subprocess.Process:
    root = stack.directory.root.parent
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "descrow", "demo",
        cwd=root, env=environment(root), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip


async def finish(demo: asyncio.subprocess.Process) -> str:
    """Return what the demo printed; it must end well."""
    output, _ = await asyncio.wait_for(demo.communicate(), DEMO_TIMEOUT_S)
    assert demo.returncode == 0, output.decode()
    return output.decode()


async def until_said(demo: asyncio.subprocess.Process, words: str) -> str:
    assert demo.stdout is not None
    said = ""
    async with asyncio.timeout(DEMO_TIMEOUT_S):
        while words not in said:
            line = (await demo.stdout.readline()).decode()
            assert line, said
            said += line
    return said


async def assert_the_log_is_the_chain(stack: RunningStack) -> None:
    """Every event of our contract on the chain stands in the log once, in its place, applied; and nothing else does."""
    chain = ChainClient(stack.chain_url())
    connection = await asyncpg.connect(stack.database_url())
    try:
        deployment = await connection.fetchrow("SELECT contract_address, block_number FROM deployments")
        assert deployment is not None
        newest = await chain.finalized_number()
        await eventually(lambda: connection.fetchval(IS_LOGGED_TO, newest), within_s=LOG_TIMEOUT_S)
        await eventually(lambda: connection.fetchval(IS_APPLIED), within_s=LOG_TIMEOUT_S)
        on_chain = []
        for number in range(deployment["block_number"], newest + 1):
            block = await chain.block(number)
            on_chain += [
                (number, event.index, escrow_interface().decode_event(*event.contract_log()).name)
                for event in block.events
                if event.is_contract_event_of(deployment["contract_address"])
            ]
        logged = await connection.fetch(
            "SELECT block_number, event_index, name FROM chain_events WHERE block_number <= $1 ORDER BY 1, 2", newest
        )
        assert [tuple(row) for row in logged] == on_chain

        references = Counter(
            row["reference"]
            for row in await connection.fetch(
                "SELECT arguments->>'reference' AS reference FROM chain_events WHERE name = 'OrderCreated'"
            )
        )
        assert set(references.values()) == {1}, "an order was created twice on the contract"
        open_orders = await connection.fetchval("SELECT count(*) FROM orders WHERE status <> 'delivered'")
        assert open_orders == 0
    finally:
        await connection.close()
        await chain.close()
