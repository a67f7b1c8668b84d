"""Measure what a large file and a large photo cost the API process that takes them: `uv run python -m bench.content`.

One API process as `descrow api` runs it, and PostgreSQL with every commit on disk. Beside the times stand, in the same
run, those of making the file's CID alone, and of writing it into one file. Memory is the process's highest while it was
at it, above what it had before; Linux only.
"""

import argparse
import asyncio
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TypeVar

import httpx
from PIL import Image
from pydantic import SecretStr
from tests.servers import free_port

from bench.parts import api_process, durable_parts, new_database
from descrow.accounts.sign_in import find_or_create_account
from descrow.accounts.tokens import issue_token
from descrow.app.devstack.stack import DevStackEndpoints
from descrow.app.settings import Settings
from descrow.chain.keys import Keypair
from descrow.content.files import blocks_of, chunks_of
from descrow.content.limits import MAX_PIXELS
from descrow.kernel.db import open_engine, sessions_of, utc_now
from descrow.kernel.http.caller import Caller

MEGABYTE = 1_000_000
SECRET = SecretStr("the bench's secret for access tokens")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Api:
    url: str
    pid: int

    def forget_highest(self) -> int:
        """Begin to watch the process's memory anew; returns what it has now, in bytes."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        return self._status("VmRSS")

    def highest(self) -> int:
        return self._status("VmHWM")

    def _status(self, name: str) -> int:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        (line,) = (line for line in lines if line.startswith(name))
        return int(line.split()[1]) * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=60, help="of the file")
    asyncio.run(measure(parser.parse_args().megabytes * MEGABYTE))


async def measure(size: int) -> None:
    content = hashlib.shake_128(b"descrow").digest(size // 2).hex().encode()  # a text
    photo = await asyncio.to_thread(_a_photo)
    print(f"{os.cpu_count()} cores; a text of {size / MEGABYTE:.0f} MB, a JPEG of {MAX_PIXELS // 1_000_000} megapixels")

    began = time.perf_counter()
    *_, root = blocks_of(chunks_of(BytesIO(content)))
    _say("its CID alone", size, time.perf_counter() - began)
    _say("written into one file", size, await asyncio.to_thread(_write, content))

    async with durable_parts() as parts, _api(parts, await new_database(parts), size) as (api, token):
        caller = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=api.url, headers=caller, timeout=120) as http:
            await _upload(http, b"a first one")
            took_s, used, cid = await _watched(api, _upload(http, content))
            _say("uploaded", size, took_s, used)
            took_s, used, digest = await _watched(api, _download_digest(http, cid))
            _say("downloaded", size, took_s, used)
            took_s, used, _ = await _watched(api, _upload(http, photo))
            _say("photo uploaded", len(photo), took_s, used)
    if cid != str(root.cid) or digest != hashlib.sha256(content).hexdigest():
        sys.exit("what came back is not what was sent")
    print("what came back is what was sent, and its CID is the file's")


def _a_photo() -> bytes:
    """As large as is taken, and with much in it."""
    side = int(MAX_PIXELS**0.5)
    photo, file = Image.effect_noise((side, side), 40).convert("RGB"), BytesIO()
    photo.save(file, "JPEG", quality=60)
    return file.getvalue()


def _write(content: bytes) -> float:
    began = time.perf_counter()
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return time.perf_counter() - began


def _say(what: str, size: int, took_s: float, used: int | None = None) -> None:
    memory = "" if used is None else f", {used / MEGABYTE:6.1f} MB of memory"
    print(f"{what:22} {size / MEGABYTE / took_s:7.1f} MB a second{memory}", flush=True)


async def _watched(api: Api, work: Awaitable[Result]) -> tuple[float, int, Result]:
    """Return how long the work takes, and how much memory more than before the process has meanwhile."""
    before = api.forget_highest()
    began = time.perf_counter()
    result = await work
    return time.perf_counter() - began, api.highest() - before, result


async def _upload(http: httpx.AsyncClient, content: bytes) -> str:
    answer = await http.post("/api/v1/ipfs/upload", files={"file": ("file", content)})
    answer.raise_for_status()
    return str(answer.json()["cid"])


async def _download_digest(http: httpx.AsyncClient, cid: str) -> str:
    digest = hashlib.sha256()
    async with http.stream("GET", f"/ipfs/{cid}") as answer:
        answer.raise_for_status()
        async for piece in answer.aiter_bytes():
            digest.update(piece)
    return digest.hexdigest()


@asynccontextmanager
async def _api(parts: DevStackEndpoints, database_url: str, max_bytes: int) -> AsyncIterator[tuple[Api, str]]:
    """An API process that takes files of this size, and the token of somebody who has an account there."""
    port = free_port()
    settings = Settings(
        database_url=SecretStr(database_url),
        valkey_url=SecretStr(parts.valkey_url),
        chain_url=parts.chain_url,
        jwt_secret=SECRET,
    )
    larger = {"DESCROW_CONTENT_MAX_BYTES": str(max(max_bytes, 50 * MEGABYTE))}
    async with api_process(parts, database_url, SECRET.get_secret_value(), port=port, settings=larger) as pid:
        yield Api(f"http://127.0.0.1:{port}", pid), await _a_token(settings)


async def _a_token(settings: Settings) -> str:
    engine = open_engine(settings.database_url.get_secret_value(), pool_size=1)
    async with sessions_of(engine).begin() as session:
        account = await find_or_create_account(session, Keypair.from_uri("//Wanjiru").public_key)
    await engine.dispose()
    return issue_token(settings.sign_in, Caller(account.id, account.address, account.evm_address), now=utc_now())[0]


if __name__ == "__main__":
    main()
