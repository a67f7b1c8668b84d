"""Define where blocks are kept: in our PostgreSQL, or in an IPFS node that the operator runs."""

from collections.abc import Sequence, Set
from datetime import datetime
from typing import ClassVar, Protocol

import httpx

from descrow.content import queries
from descrow.content.cids import Cid, Codec
from descrow.content.errors import BlockStoreUnavailable, ContentDamaged
from descrow.content.files import FileBlock
from descrow.kernel.db import Sessions

KUBO_TIMEOUT_S = 30
_BLOCKS_AT_ONCE = 1_000
_KUBO_CODECS = {Codec.RAW: "raw", Codec.DAG_PB: "dag-pb"}


class BlockStore(Protocol):
    deletes_unpinned: ClassVar[bool]
    """Whether the store itself deletes blocks of files that are not pinned."""

    async def put(self, block: FileBlock) -> None:
        """Keep a block. A repeat changes nothing."""

    async def pin(self, root: Cid) -> None:
        """Keep the file whose blocks were put, from now on, whatever is cleaned up. A repeat changes nothing."""

    async def get(self, cid: Cid) -> FileBlock:
        """A block that was put. Raises ContentDamaged when it is gone, or not what was put."""

    async def forget(self, root: Cid, cids: Sequence[Cid]) -> None:
        """Keep the file of this root no more, nor these blocks of it. A repeat changes nothing."""

    async def unpin(self, root: Cid) -> None:
        """Keep the file no more; blocks that other files share stay. A repeat changes nothing."""

    async def delete_all_but(self, digests: Set[bytes], *, before: datetime) -> None:
        """Delete blocks that were put before then and are not among these."""

    async def close(self) -> None: ...


class PostgresBlocks:
    """Blocks beside everything else: every process sees them, and a backup of the database holds them."""

    deletes_unpinned: ClassVar[bool] = False

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def put(self, block: FileBlock) -> None:
        async with self._sessions.begin() as session:
            await queries.keep_block(session, block.cid.digest, block.data)

    async def pin(self, root: Cid) -> None:
        """Nothing to do: a file keeps its blocks by naming them."""

    async def get(self, cid: Cid) -> FileBlock:
        async with self._sessions() as session:
            data = await queries.block_data(session, cid.digest)
        if data is None:
            raise ContentDamaged(str(cid), "is not kept here")
        return FileBlock.checked(cid, data)

    async def forget(self, root: Cid, cids: Sequence[Cid]) -> None:
        async with self._sessions.begin() as session:
            await queries.delete_blocks(session, [cid.digest for cid in (root, *cids)])

    async def unpin(self, root: Cid) -> None:
        """Nothing to do: `delete_all_but` finds its blocks."""

    async def delete_all_but(self, digests: Set[bytes], *, before: datetime) -> None:
        last = b""
        while True:
            async with self._sessions.begin() as session:
                old = await queries.old_blocks_after(session, last, before=before, limit=_BLOCKS_AT_ONCE)
                if not old:
                    return
                last = old[-1]
                await queries.delete_old_blocks(session, [one for one in old if one not in digests], before=before)

    async def close(self) -> None:
        """Nothing to do: the engine belongs to the process."""


class KuboBlocks:
    """An IPFS node's blocks, by Kubo's RPC. What it answers is believed as far as its hash goes."""

    deletes_unpinned: ClassVar[bool] = True
    """By its garbage collection (`ipfs daemon --enable-gc`)."""

    def __init__(self, url: str) -> None:
        self._http = httpx.AsyncClient(base_url=url.rstrip("/") + "/api/v0/", timeout=KUBO_TIMEOUT_S)

    async def put(self, block: FileBlock) -> None:
        named = await self._ask(
            "block/put",
            {"cid-codec": _KUBO_CODECS[block.cid.codec], "mhtype": "sha2-256", "pin": "false"},
            data=block.data,
        )
        if named.json().get("Key") != str(block.cid):
            raise BlockStoreUnavailable("it names a block otherwise than we do")

    async def pin(self, root: Cid) -> None:
        await self._ask("pin/add", {"arg": str(root), "recursive": "true"})

    async def get(self, cid: Cid) -> FileBlock:
        return FileBlock.checked(cid, (await self._ask("block/get", {"arg": str(cid)})).content)

    async def forget(self, root: Cid, cids: Sequence[Cid]) -> None:
        """`force`: a block that the node has no more is no failure."""
        await self.unpin(root)
        for cid in cids:
            await self._ask("block/rm", {"arg": str(cid), "force": "true"})

    async def unpin(self, root: Cid) -> None:
        await self._ask("pin/rm", {"arg": str(root), "recursive": "true"}, may_say="not pinned")

    async def delete_all_but(self, digests: Set[bytes], *, before: datetime) -> None:
        """Nothing to do: the node does it."""

    async def close(self) -> None:
        await self._http.aclose()

    async def _ask(
        self, command: str, arguments: dict[str, str], *, data: bytes | None = None, may_say: str | None = None
    ) -> httpx.Response:
        """Raises BlockStoreUnavailable, but not for a failure whose message holds `may_say`.

        The node asks its peers for a block that it lacks, until time is up.
        """
        try:
            answer = await self._http.post(
                command,
                params=arguments | {"timeout": f"{KUBO_TIMEOUT_S}s"},
                files=None if data is None else {"file": data},
            )
        except httpx.TransportError as error:
            raise BlockStoreUnavailable(f"no answer to {command} ({type(error).__name__})") from error
        is_expected = may_say is not None and may_say in answer.text
        if answer.status_code != httpx.codes.OK and not is_expected:
            raise BlockStoreUnavailable(f"{command} was answered with {answer.status_code}: {answer.text[:200]}")
        return answer
