"""The whole shop as `descrow up` brings it up, in a process of its own, with the phones of the M-Pesa simulator."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers import free_port

STARTS_WITHIN_S = 300
STOPS_WITHIN_S = 60


@dataclass(frozen=True)
class Shop:
    url: str
    chain_url: str
    daraja_url: str
    logs: Path


@contextmanager
def running_shop(data_dir: Path) -> Iterator[Shop]:
    """Up with data of its own, on free ports, and down again."""
    output = data_dir.parent / f"{data_dir.name}.log"
    command = [sys.executable, "-m", "descrow", "up", "--data-dir", str(data_dir), "--port", str(free_port())]
    own = {name: value for name, value in os.environ.items() if not name.startswith("DESCROW_")}
    with output.open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env={**own, "NO_COLOR": "1"})
        try:
            yield _wait_until_up(process, output, data_dir / "logs")
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(STOPS_WITHIN_S)


def _wait_until_up(process: subprocess.Popen[bytes], output: Path, logs: Path) -> Shop:
    for _ in range(STARTS_WITHIN_S * 10):
        text = output.read_text()
        if "Everything is up" in text and "descrow demo" in text:
            return Shop(
                url=_named(r"Descrow is at (http://[\d.:]+)", text),
                chain_url=_named(r"chain is at (ws://[\d.:]+)", text),
                daraja_url=_named(r"M-Pesa is at (http://[\d.:]+)/phones", text),
                logs=logs,
            )
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError(f"the shop did not come up:\n{text}")
    raise AssertionError(f"the shop is not up after {STARTS_WITHIN_S} s:\n{output.read_text()}")


def _named(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found is not None, text
    return found[1]
