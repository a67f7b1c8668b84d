"""Several API processes behind one port: one that dies is replaced, and none outlives the first."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from bench.sockets import ApiProcess

from descrow.app.settings import Settings
from tests.servers import free_port
from tests.waiting import eventually


@pytest.fixture
async def api(settings: Settings) -> AsyncIterator[ApiProcess]:
    process = ApiProcess(settings, free_port(), workers=2)
    await process.start()
    yield process
    await process.end(signal.SIGKILL)


def children_of(pid: int) -> set[int]:
    """Return the processes that serve, without what watches over their resources."""
    with suppress(FileNotFoundError):
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return {int(child) for child in listed if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()}
    return set()


def is_running(pid: int) -> bool:
    with suppress(FileNotFoundError):
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    return False


@pytest.mark.takes(15)
async def test_a_process_that_was_killed_is_replaced(api: ApiProcess) -> None:
    before = children_of(api.pid)
    killed = min(before)
    os.kill(killed, signal.SIGKILL)

    await eventually(lambda: len(children_of(api.pid) - {killed}) == 2, within_s=30)
    async with httpx.AsyncClient(base_url=api.url) as http:
        answers = [await http.get("/health/live", headers={"Connection": "close"}) for _ in range(10)]

    assert len(before) == 2
    assert {answer.status_code for answer in answers} == {200}


@pytest.mark.takes(10)
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_no_process_outlives_the_first(api: ApiProcess, how: signal.Signals) -> None:
    children = children_of(api.pid)

    await api.end(how)

    assert len(children) == 2
    await eventually(lambda: not any(is_running(child) for child in children), within_s=60)
