"""Define where tests put what need not outlive them."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM_BYTES = 2 * 1024**3


@contextmanager
def fast_directory() -> Iterator[Path]:
    """A directory in memory where there is room for it, open to every user, and deleted at the end.

    Creating and dropping a database means four hundred files: on a disk that takes many times as long.
    """
    is_roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES
    directory = Path(tempfile.mkdtemp(prefix="descrow-tests-", dir=MEMORY if is_roomy else None))
    directory.chmod(0o755)  # PostgreSQL runs as another user where we are root
    try:
        yield directory
    finally:
        shutil.rmtree(directory)
