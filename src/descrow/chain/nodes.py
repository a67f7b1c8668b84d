"""Define which node we talk to: one of several that serve the same chain, the next one when this one fails or lies."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from descrow.chain.errors import BadAnswer, ChainUnreachable, RpcRefused, WrongChain
from descrow.chain.headers import read_hash
from descrow.chain.rpc import CALL_TIMEOUT_S, RpcConnection

log = structlog.get_logger(__name__)

LONGEST_REST_S = 5.0
"""A node that goes on failing is asked again this often, however many ask for it."""

GOOD_AFTER_S = 60.0
"""Who has served so long has made up for what was before."""

ONLY_NODE_TIMEOUT_S = 30.0
"""Where there is no other node, waiting for a busy one gets further than asking it again."""

Reported = TypeVar("Reported")


@dataclass
class Node:
    """One address, and how it has done of late."""

    url: str
    failures: int = 0
    rests_until: float = 0.0
    trouble: ChainUnreachable | WrongChain | None = None
    """What it was last logged for."""

    @property
    def name(self) -> str:
        """Its address for the log: providers put their keys into the path."""
        scheme, is_address, rest = self.url.partition("://")
        host = rest.partition("/")[0].partition("?")[0].rpartition("@")[2]
        return f"{scheme}://{host}" if is_address else "no address"


class Nodes:
    """Connects at its first use. A node that fails is left, and the next call goes to the next one, round and round.

    One failure is forgiven; a node that fails again rests for a while, so that a dead one costs nobody a wait.
    """

    def __init__(self, urls: list[str], clock: Callable[[], float] = time.monotonic) -> None:
        self._nodes = [Node(url) for url in urls]
        self._clock = clock
        self._turn = 0
        self._connection: RpcConnection | None = None
        self._connected_at = 0.0
        self._connecting = asyncio.Lock()
        self._genesis_hash: str | None = None

    @property
    def url(self) -> str:
        """The node in use, or to be tried next."""
        return self._in_turn.url

    @property
    def connection(self) -> RpcConnection | None:
        """The one in use, if it is open."""
        return self._connection if self._connection is not None and self._connection.is_open else None

    @property
    def are_several(self) -> bool:
        return len(self._nodes) > 1

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def genesis_hash(self) -> str:
        """Return which chain this is."""
        if self._genesis_hash is None:
            await self.connected()
        return str(self._genesis_hash)

    async def expect(self, genesis_hash: str) -> None:
        """From now on talk to nodes of this chain only. Raises WrongChain when every node serves another."""
        learned, self._genesis_hash = self._genesis_hash, genesis_hash
        if learned not in (None, genesis_hash) and self._connection is not None:
            await self.leave(self._connection, WrongChain(f"it serves {learned}, not {genesis_hash}"))
        await self.connected()

    async def call(self, method: str, *params: Any, timeout_s: float | None = None) -> Any:
        """A node's result. Raises RpcRefused on its error; on ChainUnreachable that node has been left already."""
        if timeout_s is None:
            timeout_s = CALL_TIMEOUT_S if self.are_several else ONLY_NODE_TIMEOUT_S
        connection = await self.connected()
        try:
            return await connection.call(method, *params, timeout_s=timeout_s)
        except ChainUnreachable as error:
            await self.leave(connection, error)
            raise

    async def connected(self) -> RpcConnection:
        """An open connection. Raises ChainUnreachable when no node takes one, WrongChain when all serve another."""
        async with self._connecting:
            if self.connection is not None:
                return self.connection
            for _ in self._nodes:
                node = self._in_turn
                if node.rests_until <= self._clock():
                    try:
                        self._connection = await self._open(node)
                    except (ChainUnreachable, WrongChain) as error:
                        self._failed(node, error, "node skipped")
                    else:
                        self._connected_at = self._clock()
                        log.info("node taken", node=node.name)
                        return self._connection
                self._turn = (self._turn + 1) % len(self._nodes)
        raise self._nobody()

    async def leave(self, connection: RpcConnection | None, error: ChainUnreachable | WrongChain) -> None:
        """Talk to this node no longer; with one node only, connect to it anew."""
        if connection is None or connection is not self._connection:
            return  # somebody else has left it already
        node = self._in_turn
        if self._clock() - self._connected_at >= GOOD_AFTER_S:
            node.failures, node.trouble = 0, None
        self._failed(node, error, "node left")
        self._connection = None
        self._turn = (self._turn + 1) % len(self._nodes)
        await connection.abort()

    async def ask_others(self, ask: Callable[[RpcConnection], Awaitable[Reported]]) -> list[Reported]:
        """Return what the other nodes say, without leaving the one in use. Those that do not answer sensibly are left
        out.
        """
        reported = []
        for node in self._nodes:
            if node is self._in_turn or node.rests_until > self._clock():
                continue
            try:
                connection = await self._open(node)
            except (ChainUnreachable, WrongChain) as error:
                self._failed(node, error, "node skipped")
                continue
            try:
                reported.append(await ask(connection))
            except (ChainUnreachable, RpcRefused, ValueError) as error:
                self._failed(node, BadAnswer(str(error)), "node skipped")
            finally:
                await connection.abort()
        return reported

    @property
    def _in_turn(self) -> Node:
        return self._nodes[self._turn]

    def _failed(self, node: Node, error: ChainUnreachable | WrongChain, event: str) -> None:
        """Let it rest, the longer the more often it has failed, and log each new trouble once."""
        node.failures += 1
        rest_s = 0.0 if node.failures == 1 else min(LONGEST_REST_S, 2.0 ** min(node.failures - 2, 10))
        node.rests_until = self._clock() + rest_s
        if node.trouble is None or str(node.trouble) != str(error):
            log.warning(event, node=node.name, reason=error.why, nodes=len(self._nodes))
        node.trouble = error

    def _nobody(self) -> ChainUnreachable | WrongChain:
        troubles = [node.trouble for node in self._nodes if node.trouble is not None]
        if all(isinstance(trouble, WrongChain) for trouble in troubles):
            return WrongChain("; ".join(f"{node.name}: {node.trouble.why}" for node in self._nodes if node.trouble))
        return ChainUnreachable("; ".join(trouble.why for trouble in troubles))

    async def _open(self, node: Node) -> RpcConnection:
        connection = await RpcConnection.open(node.url)
        try:
            genesis_hash = read_hash(await connection.call("chain_getBlockHash", 0))
            if self._genesis_hash is None:
                self._genesis_hash = genesis_hash
            if genesis_hash != self._genesis_hash:
                raise WrongChain(f"it serves {genesis_hash}, not {self._genesis_hash}")
        except BaseException as error:
            await connection.abort()
            if isinstance(error, (RpcRefused, ValueError)):
                raise BadAnswer(f"asked for its genesis hash: {error}") from error
            raise
        return connection
