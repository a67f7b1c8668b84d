"""`python -m tests.abuse`: what an honest client notices while others attack, in one run and by one table.

An API process as `descrow api` runs it, with its ordinary limits, on PostgreSQL, Valkey and a chain of its own. Honest
people read the shop and their own orders, some of the time by new connections; their slowest answers are held against
those without an attack. Attackers come from the same address as they do, as behind a mobile provider's network. Ends
with 1 where a bound does not hold.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from bench.http import SECRET, party_with_orders, settings_for
from bench.parts import api_process, durable_parts, new_database

from descrow.accounts.sign_in import find_or_create_account
from descrow.accounts.tokens import issue_token
from descrow.app.settings import Settings
from descrow.chain.keys import Keypair
from descrow.kernel.db import open_engine, sessions_of, utc_now
from descrow.kernel.http.caller import Caller
from tests.servers import free_port

AT_MOST_SLOWER = 2.0
AT_MOST_LARGER = 1.5
REQUESTS_PER_S = 8
"""What the limits allow one account, with a little left."""
RECONNECTS_EVERY = 5
"""Requests after which the honest client opens a new connection."""
HONEST_CLIENTS = 5
LEAST_P99_MS = 10.0
"""Below this the machine's own noise is larger than what an attack adds."""
PATHS = ("/api/v1/products", "/api/v1/orders", "/api/v1/auth/me", "/health/live")

ALONE = {
    "silent connections": {"silent connections": 2000},
    "idle connections": {"idle connections": 2000},
    "slow bodies": {"slow bodies": 500},
    "long polls of one account": {"long polls": 500},
    "sockets without a token": {"sockets without a token": 2000},
    "endless messages": {"endless messages": 8},
}
TOGETHER = {
    "all at once": {
        "idle connections": 2000,
        "slow bodies": 500,
        "long polls": 500,
        "sockets without a token": 2000,
        "endless messages": 4,
    }
}


@dataclass(frozen=True)
class Seen:
    """Record what honest clients saw."""

    latencies_ms: list[float]
    errors: list[str]

    @property
    def p50_ms(self) -> float:
        return _quantile(self.latencies_ms, 0.5)

    @property
    def p99_ms(self) -> float:
        return _quantile(self.latencies_ms, 0.99)


async def run(seconds: float, attacks: dict[str, dict[str, int]]) -> list[str]:
    """Print the table, a line for each attack. Returns which bounds did not hold."""
    async with durable_parts() as parts:
        database_url = await new_database(parts)
        settings = settings_for(parts, database_url)
        await party_with_orders(database_url)
        honest = [await _token(database_url, settings, f"//Honest{number}") for number in range(HONEST_CLIENTS)]
        attacker = await _token(database_url, settings, "//Mallory")
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        async with api_process(parts, database_url, SECRET, port=port, settings={}) as pid:
            await be_honest(url, honest, seconds=min(seconds, 10))  # warms up
            at_start_mb = memory_mb(pid)
            used_s = cpu_s(pid)
            quiet = await be_honest(url, honest, seconds=seconds)
            print(f"{'attack':28}{'p50 ms':>9}{'p99 ms':>9}{'errors':>8}{'CPU %':>7}{'memory MB':>11}")
            print(_line("none", quiet, (cpu_s(pid) - used_s) / seconds, at_start_mb), flush=True)
            complaints = []
            for name, counts in attacks.items():
                async with _attacking(url, attacker, counts):
                    used_s = cpu_s(pid)
                    seen = await be_honest(url, honest, seconds=seconds)
                    busy, grown_mb = (cpu_s(pid) - used_s) / seconds, memory_mb(pid)
                print(_line(name, seen, busy, grown_mb), flush=True)
                complaints += judge(name, quiet, seen, at_start_mb, grown_mb)
                await asyncio.sleep(2)
    return complaints


async def be_honest(url: str, tokens: Sequence[str], *, seconds: float) -> Seen:
    """Let several people ask for a while, each at an even pace, and note how long each answer took."""
    seen = Seen([], [])
    await asyncio.gather(*(_ask(url, token, seen, seconds=seconds) for token in tokens))
    return seen


async def _ask(url: str, token: str, seen: Seen, *, seconds: float) -> None:
    began, asked = time.monotonic(), 0
    http = _client(url, token)
    while time.monotonic() - began < seconds:
        if asked % RECONNECTS_EVERY == 0:
            await http.aclose()
            http = _client(url, token)
        sent_at = time.monotonic()
        try:
            answer = await http.get(PATHS[asked % len(PATHS)])
            if answer.status_code != 200:
                seen.errors.append(str(answer.status_code))
        except httpx.HTTPError as error:
            seen.errors.append(type(error).__name__)
        seen.latencies_ms.append((time.monotonic() - sent_at) * 1000)
        asked += 1
        await asyncio.sleep(max(0.0, began + asked / REQUESTS_PER_S - time.monotonic()))
    await http.aclose()


def _client(url: str, token: str) -> httpx.AsyncClient:
    # Reading the certificates that plain HTTP does not need takes as long as thirty answers.
    return httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30, verify=False)


def judge(name: str, quiet: Seen, seen: Seen, at_start_mb: float, grown_mb: float) -> list[str]:
    complaints = []
    allowed_ms = AT_MOST_SLOWER * max(quiet.p99_ms, LEAST_P99_MS)
    if seen.p99_ms > allowed_ms:
        complaints.append(f"{name}: p99 of {seen.p99_ms:.1f} ms is above {allowed_ms:.1f} ms")
    if seen.errors:
        complaints.append(f"{name}: {len(seen.errors)} errors, such as {seen.errors[0]}")
    if grown_mb > AT_MOST_LARGER * at_start_mb:
        complaints.append(
            f"{name}: {grown_mb:.0f} MB is above {AT_MOST_LARGER} times the {at_start_mb:.0f} MB at start"
        )
    return complaints


def memory_mb(pid: int) -> float:
    """Return how much memory the process holds now."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def cpu_s(pid: int) -> float:
    """Return how long the process has computed."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def _attacking(url: str, token: str, counts: dict[str, int]) -> AsyncIterator[None]:
    """While these attacks go on, from a process of their own."""
    job = json.dumps({"url": url, "token": token, "counts": counts})
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.abuse.attacks", job, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            if await process.stdout.readline() != b"ready\n":
                raise RuntimeError("the attack did not begin")
        yield
    finally:
        process.kill()
        await process.wait()


async def _token(database_url: str, settings: Settings, name: str) -> str:
    """Return what this person shows to be let in."""
    engine = open_engine(database_url, pool_size=1)
    async with sessions_of(engine).begin() as session:
        account = await find_or_create_account(session, Keypair.from_uri(name).public_key)
    await engine.dispose()
    return issue_token(settings.sign_in, Caller(account.id, account.address, account.evm_address), now=utc_now())[0]


def _line(name: str, seen: Seen, busy: float, memory: float) -> str:
    return f"{name:28}{seen.p50_ms:9.1f}{seen.p99_ms:9.1f}{len(seen.errors):8}{busy:7.0%}{memory:11.0f}"


def _quantile(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.abuse", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="for each attack (20)")
    parser.add_argument("--only", choices=[*ALONE, *TOGETHER], help="one attack instead of all")
    options = parser.parse_args(arguments)
    attacks = ALONE | TOGETHER
    complaints = asyncio.run(run(options.seconds, {options.only: attacks[options.only]} if options.only else attacks))
    for complaint in complaints:
        print(complaint)
    sys.exit(1 if complaints else print("every bound holds"))


if __name__ == "__main__":
    main(sys.argv[1:])
