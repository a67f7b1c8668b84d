"""Keep several processes at one listening socket: start one again that ended, and end all when asked to."""

import multiprocessing
import signal
import socket
import threading
import time
from collections.abc import Callable
from multiprocessing.context import SpawnProcess

import structlog

from descrow.kernel.shutdown import STOPS_WITHIN_S

log = structlog.get_logger(__name__)

LOOKS_EVERY_S = 0.5
STARTS_AGAIN_AFTER_S = 1.0

Serve = Callable[[socket.socket], None]


def keep_processes(serve: Serve, listening: socket.socket, count: int) -> None:
    """Run `serve` in so many processes until this one is asked to stop (SIGTERM or SIGINT)."""
    is_asked_to_stop = threading.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: is_asked_to_stop.set())

    processes = [_start(serve, listening) for _ in range(count)]
    while not is_asked_to_stop.wait(LOOKS_EVERY_S):
        for place, process in enumerate(processes):
            if not process.is_alive():
                log.error("API process ended", pid=process.pid, exit_code=process.exitcode)
                time.sleep(STARTS_AGAIN_AFTER_S)
                processes[place] = _start(serve, listening)
    _end(processes)


def _start(serve: Serve, listening: socket.socket) -> SpawnProcess:
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(listening,), name="descrow api")
    process.start()
    return process


def _end(processes: list[SpawnProcess]) -> None:
    for process in processes:
        process.terminate()
    ends_at = time.monotonic() + STOPS_WITHIN_S + 1
    for process in processes:
        process.join(max(0.0, ends_at - time.monotonic()))
        if process.is_alive():
            process.kill()
