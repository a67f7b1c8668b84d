"""Pictures are opened by processes that can be ended, with limits of time and memory.

A process that is killed, by us or by anybody, costs the picture that it had open and nothing else: the next picture
starts another one. `concurrent.futures` and Pebble give up all of their processes when one of them dies.
"""

import asyncio
import os
import shutil
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import msgspec
import structlog

from descrow.content.errors import (
    PictureNotReadable,
    PicturesUnavailable,
    PictureTooComplex,
    PictureTooLarge,
    TooManyPictures,
)
from descrow.content.limits import MAX_PIXELS
from descrow.content.media_types import MediaType
from descrow.content.picture_process import READY, PictureJob, PictureResult

log = structlog.get_logger(__name__)

TIME_LIMIT_S = 10
MEMORY_LIMIT_BYTES = 275_000_000
"""With the code of Python and libvips, a process stays below 300 MB."""
PROCESSES = 2
"""A second one, so that no single account can keep all others waiting."""
MAX_WAITING_OF_ACCOUNT = 4
MAX_WAITING = 40
START_LIMIT_S = 60
IDLE_S = 300
"""A process without work for so long is ended: it holds some 50 MB."""


@dataclass(frozen=True)
class Picture:
    file: IO[bytes]
    thumbnail: IO[bytes]
    """WebP, within a square."""


class _ProcessEnded(Exception):
    """The process was killed, or never worked."""


class PictureWorkers:
    """Opens pictures for one purpose. Nothing is started before the first one."""

    def __init__(
        self,
        *,
        processes: int = PROCESSES,
        time_limit_s: float = TIME_LIMIT_S,
        memory_limit_bytes: int = MEMORY_LIMIT_BYTES,
    ) -> None:
        self._time_limit_s = time_limit_s
        self._memory_limit_bytes = memory_limit_bytes
        self._places = asyncio.Semaphore(processes)
        self._started: set[_PictureProcess] = set()
        self._idle: list[_PictureProcess] = []
        self._waiting: Counter[int] = Counter()
        self._turns: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._idle_timer: asyncio.TimerHandle | None = None
        self._ending: asyncio.Future[list[None]] | None = None

    async def remake(self, file: IO[bytes], media_type: MediaType, *, account_id: int) -> Picture:
        """Return the picture and its thumbnail, without metadata. An account's pictures are opened one at a time.

        Raises PictureNotReadable, PictureTooLarge, PictureTooComplex, TooManyPictures or PicturesUnavailable.
        """
        async with self._turn_of(account_id), self._places:
            with TemporaryDirectory(prefix="descrow-picture-") as folder:
                job = PictureJob(
                    source=f"{folder}/source",
                    media_type=media_type,
                    picture=f"{folder}/picture",
                    thumbnail=f"{folder}/thumbnail",
                )
                await asyncio.to_thread(_write_copy, file, Path(job.source))
                _raise_refusal(await self._result_of(job))
                return _picture_of(job)

    async def close(self) -> None:
        """End the processes, those at work too."""
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        for process in list(self._started):
            await self._end(process)

    @asynccontextmanager
    async def _turn_of(self, account_id: int) -> AsyncIterator[None]:
        if self._waiting[account_id] >= MAX_WAITING_OF_ACCOUNT:
            raise TooManyPictures(at_once=MAX_WAITING_OF_ACCOUNT)
        if self._waiting.total() >= MAX_WAITING:
            raise PicturesUnavailable
        self._waiting[account_id] += 1
        try:
            async with self._turns[account_id]:
                yield
        finally:
            self._waiting[account_id] -= 1
            if not self._waiting[account_id]:
                del self._waiting[account_id]
                del self._turns[account_id]

    async def _result_of(self, job: PictureJob) -> PictureResult:
        """Return what a process says of the job.

        A process that was killed while it had no work is no reason to refuse a picture.
        """
        while self._idle:
            with suppress(_ProcessEnded):
                return await self._result_from(self._idle.pop(), job)
        try:
            return await self._result_from(await self._start(), job)
        except _ProcessEnded as error:
            raise PictureTooComplex from error

    async def _start(self) -> "_PictureProcess":
        try:
            process = await _PictureProcess.start(self._memory_limit_bytes, self._time_limit_s)
        except (_ProcessEnded, TimeoutError, OSError) as error:
            log.error("no process opens pictures", error=repr(error))
            raise PicturesUnavailable from error
        self._started.add(process)
        return process

    async def _result_from(self, process: "_PictureProcess", job: PictureJob) -> PictureResult:
        """Raises _ProcessEnded, or PictureTooComplex when time was up; the process is ended then."""
        try:
            async with asyncio.timeout(self._time_limit_s):
                result = await process.result_of(job)
        except TimeoutError as error:
            await self._end(process)
            raise PictureTooComplex from error
        except BaseException:
            await self._end(process)
            raise
        self._idle.append(process)
        self._end_idle_later()
        return result

    async def _end(self, process: "_PictureProcess") -> None:
        self._started.discard(process)
        if process in self._idle:
            self._idle.remove(process)
        await process.end()

    def _end_idle_later(self) -> None:
        loop = asyncio.get_running_loop()
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        self._idle_timer = loop.call_later(IDLE_S, self._end_idle)

    def _end_idle(self) -> None:
        self._ending = asyncio.gather(*map(self._end, self._idle))


class _PictureProcess:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("a process without pipes")
        self._process = process
        self._stdin, self._stdout = process.stdin, process.stdout

    @classmethod
    async def start(cls, memory_limit_bytes: int, time_limit_s: float) -> "_PictureProcess":
        """Raises _ProcessEnded, TimeoutError or OSError."""
        started = cls(
            await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "descrow.content.picture_process",
                str(memory_limit_bytes),
                str(max(int(time_limit_s), 1)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=_environment(),
            )
        )
        try:
            async with asyncio.timeout(START_LIMIT_S):
                if await started._stdout.readline() != READY:
                    raise _ProcessEnded
        except BaseException:
            await started.end()
            raise
        return started

    async def result_of(self, job: PictureJob) -> PictureResult:
        """Raises _ProcessEnded."""
        try:
            self._stdin.write(msgspec.json.encode(job) + b"\n")
            await self._stdin.drain()
        except OSError as error:
            raise _ProcessEnded from error
        line = await self._stdout.readline()
        if not line.endswith(b"\n"):
            raise _ProcessEnded
        return msgspec.json.decode(line, type=PictureResult)

    async def end(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()
        self._stdin.close()
        await self._process.wait()


def _environment() -> dict[str, str]:
    """The API's own, without its secrets; libvips works in one thread and does not say what it thinks of each file."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DESCROW_")}
    return kept | {"VIPS_CONCURRENCY": "1", "VIPS_WARNING": "0"}


def _write_copy(file: IO[bytes], target: Path) -> None:
    file.seek(0)
    with target.open("wb") as copy:
        shutil.copyfileobj(file, copy)


def _picture_of(job: PictureJob) -> Picture:
    """Open what was written; it vanishes when it is closed, since its folder is removed."""
    return Picture(Path(job.picture).open("rb"), Path(job.thumbnail).open("rb"))


def _raise_refusal(result: PictureResult) -> None:
    match result.refusal:
        case None:
            return
        case PictureTooLarge.code:
            raise PictureTooLarge(max_pixels=MAX_PIXELS)
        case PictureTooComplex.code:
            raise PictureTooComplex
        case _:
            raise PictureNotReadable
