"""Which node we talk to: one of several that serve the same chain, the next one when this one fails or lies."""

import asyncio
from typing import Any

import structlog

from descrow.chain.errors import ChainUnreachable, RpcRefused, WrongChain
from descrow.chain.rpc import RpcConnection

log = structlog.get_logger()


class Nodes:
    """Connects at its first use. A node that fails is left, and the next call goes to the next one, round and round."""

    def __init__(self, urls: list[str]) -> None:
        self.urls = urls
        self._turn = 0
        self._connection: RpcConnection | None = None
        self._connecting = asyncio.Lock()
        self._genesis_hash: str | None = None

    @property
    def url(self) -> str:
        """The node in use, or to be tried next."""
        return self.urls[self._turn]

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def genesis_hash(self) -> str:
        """Which chain this is."""
        if self._genesis_hash is None:
            await self.connected()
        return str(self._genesis_hash)

    async def expect(self, genesis_hash: str) -> None:
        """From now on talk to nodes of this chain only. Raises WrongChain when every node serves another."""
        if self._genesis_hash not in (None, genesis_hash) and self._connection is not None:
            await self.leave(self._connection, f"its chain is {self._genesis_hash}")
        self._genesis_hash = genesis_hash
        await self.connected()

    async def call(self, method: str, *params: Any) -> Any:
        """A node's result. Raises RpcRefused on its error; on ChainUnreachable that node has been left already."""
        connection = await self.connected()
        try:
            return await connection.call(method, *params)
        except ChainUnreachable as error:
            await self.leave(connection, str(error))
            raise

    async def connected(self) -> RpcConnection:
        """An open connection. Raises ChainUnreachable when no node takes one."""
        async with self._connecting:
            if self._connection is not None and self._connection.is_open:
                return self._connection
            failures = []
            for _ in self.urls:
                try:
                    self._connection = await self._open(self.url)
                    return self._connection
                except (ChainUnreachable, WrongChain) as error:
                    failures.append(error)
                    self._turn = (self._turn + 1) % len(self.urls)
            if all(isinstance(failure, WrongChain) for failure in failures):
                raise failures[0]
            raise next(failure for failure in failures if isinstance(failure, ChainUnreachable))

    async def leave(self, connection: RpcConnection, why: str) -> None:
        """Talk to this node no longer; with one node only, connect to it anew."""
        if connection is not self._connection:
            return  # somebody else has left it already
        log.warning("node left", node=_without_secrets(self.url), reason=why, nodes=len(self.urls))
        self._connection = None
        self._turn = (self._turn + 1) % len(self.urls)
        await connection.close()

    async def _open(self, url: str) -> RpcConnection:
        connection = await RpcConnection.open(url)
        try:
            genesis_hash = str(await connection.call("chain_getBlockHash", 0))
        except BaseException as error:
            await connection.close()
            if isinstance(error, RpcRefused):
                raise ChainUnreachable(str(error)) from error
            raise
        if self._genesis_hash is None:
            self._genesis_hash = genesis_hash
        if genesis_hash != self._genesis_hash:
            await connection.close()
            raise WrongChain(f"{_without_secrets(url)} serves the chain {genesis_hash}, not {self._genesis_hash}")
        return connection


def _without_secrets(url: str) -> str:
    """A node's address for the log: providers put their keys into the path."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0].rpartition('@')[2]}"
