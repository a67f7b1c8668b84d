"""Define which loopback port each process listens on: the usual one if it is free, and the same one at every start."""

import json
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

from descrow.app.devstack.data_dir import write_private
from descrow.app.devstack.errors import ProcessEndedBeforeReady

LOOPBACK = "127.0.0.1"
ATTEMPTS = 3  # another program may take a port between our choice and our child's bind


class Ports:
    """The ports of one data directory, remembered in a file of JSON."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ports: dict[str, int] = self._remembered()

    def choose(self, name: str, preferred: int) -> int:
        """A port that is free now: the one `name` had last time, else the preferred one, else any."""
        others = {port for other, port in self._ports.items() if other != name}
        for port in (self._ports.get(name, preferred), preferred):
            if port not in others and is_free(port):
                return self._remember(name, port)
        while (port := _any_free_port()) in others:
            pass
        return self._remember(name, port)

    def _remembered(self) -> dict[str, int]:
        try:
            stored = json.loads(self._path.read_text())
        except (FileNotFoundError, ValueError):  # a file that cannot be read costs us no more than other ports
            return {}
        return {str(name): int(port) for name, port in stored.items()} if isinstance(stored, dict) else {}

    def _remember(self, name: str, port: int) -> int:
        if self._ports.get(name) != port:
            self._ports[name] = port
            write_private(self._path, json.dumps(self._ports, indent=2, sort_keys=True) + "\n")
        return port


async def start_on_free_port(ports: Ports, name: str, preferred: int, start: Callable[[int], Awaitable[None]]) -> None:
    """Start something on a port of its own, and again on another one if that port was taken meanwhile."""
    for attempt in range(1, ATTEMPTS + 1):
        port = ports.choose(name, preferred)
        try:
            await start(port)
        except ProcessEndedBeforeReady:
            if is_free(port) or attempt == ATTEMPTS:
                raise
        else:
            return


def is_free(port: int) -> bool:
    """Return whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        # Without this, connections of a server that has just ended would hold its port for a minute.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    with socket.socket() as client:  # some systems let us bind beside a server that listens on every address
        client.settimeout(1)
        return client.connect_ex((LOOPBACK, port)) != 0


def _any_free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
