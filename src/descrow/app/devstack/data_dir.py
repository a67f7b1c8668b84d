"""The one directory that holds everything a stack writes, and the lock that gives it to one stack at a time."""

import asyncio
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from descrow.app.devstack.errors import StackAlreadyRunning

DATA_FOLDERS = ("postgres", "valkey", "chain", "daraja")
"""What `--fresh` forgets. Ports, secrets and logs stay: they hold no state of the marketplace."""

LOCK_POLL_S = 0.1


@dataclass(frozen=True)
class DataDirectory:
    """Paths below one root; nothing is created before `create`."""

    root: Path

    @classmethod
    def choose(cls, option: Path | None = None) -> "DataDirectory":
        """The directory given, else `DESCROW_DATA_DIR`, else `.descrow` where we stand."""
        return cls((option or Path(os.environ.get("DESCROW_DATA_DIR") or ".descrow")).absolute())

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def valkey(self) -> Path:
        return self.root / "valkey"

    @property
    def chain(self) -> Path:
        return self.root / "chain"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets"

    def create(self) -> None:
        """Make the directory and its folders. A repeat changes nothing but the permissions of ours."""
        self.root.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:  # PostgreSQL runs as another user, who must pass through here whatever the umask says
            self.root.chmod(0o755)
        for private in (self.secrets, self.logs, self.valkey, self.chain):
            private.mkdir(exist_ok=True)
            private.chmod(0o700)
        self.run.mkdir(exist_ok=True)

    def secret(self, name: str) -> str:
        """The secret of that name, made at the first request and the same ever after; only our user can read it."""
        path = self.secrets / name
        if not path.exists():
            write_private(path, secrets.token_urlsafe(24))
        return path.read_text().strip()

    def forget(self, folders: Sequence[str] = DATA_FOLDERS) -> None:
        """Delete these folders. One that is a symlink loses the link only: what it points to is not ours."""
        for name in folders:
            folder = self.root / name
            if folder.is_symlink():
                folder.unlink()
            elif folder.exists():
                shutil.rmtree(folder)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the directory for this process. The kernel lets go when the process ends, however it ends."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                raise StackAlreadyRunning(self.root, lock.read().strip() or "of unknown pid") from None
            lock.truncate(0)
            lock.write(f"pid {os.getpid()}\n")
            lock.flush()
            yield


async def wait_for_lock(descriptor: int) -> None:
    """Wait for the lock of this open file. It goes when the file is closed, or we end."""
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            await asyncio.sleep(LOCK_POLL_S)


def write_private(path: Path, text: str) -> None:
    """Put a file readable by our user alone in place, whole or not at all."""
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
