"""A door in front of a part of the stack, which can be shut, or jammed: what goes wrong between two machines."""

import asyncio
from collections.abc import Callable

LOOPBACK = "127.0.0.1"
CHUNK_BYTES = 65_536


class Gate:
    """Passes TCP connections on to a port of this machine, which is looked up for each of them."""

    def __init__(self, behind: Callable[[], int | None]) -> None:
        self.port = 0
        self._behind = behind
        self._server: asyncio.Server | None = None
        self._is_shut = False
        self._flows = asyncio.Event()
        self._flows.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._passing: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Listen, on a port that stays the same until `close`."""
        self._server = await asyncio.start_server(self._enter, LOOPBACK, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        self.shut()
        for task in self._passing:
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)

    def shut(self) -> None:
        """Break every connection; whoever comes now is turned away."""
        self._is_shut = True
        for writer in self._writers:
            writer.transport.abort()

    def jam(self) -> None:
        """Let connections stand and nothing pass, as when a cable is pulled: neither side is told."""
        self._flows.clear()

    def free(self) -> None:
        """All is as it should be again; what was held back passes."""
        self._is_shut = False
        self._flows.set()

    async def _enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = self._behind()
        if self._is_shut or port is None:
            writer.transport.abort()
            return
        try:
            part_reader, part_writer = await asyncio.open_connection(LOOPBACK, port)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, part_writer}
        tasks = {
            asyncio.create_task(self._pass_on(reader, part_writer)),
            asyncio.create_task(self._pass_on(part_reader, writer)),
        }
        self._passing |= tasks
        await asyncio.wait(tasks)
        self._passing -= tasks
        self._writers -= {writer, part_writer}

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until one side ends, which ends the other as well."""
        try:
            while data := await reader.read(CHUNK_BYTES):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.transport.abort() if writer.transport.is_closing() else writer.close()
