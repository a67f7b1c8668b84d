"""Finding one extrinsic in recent blocks. Nothing of it is kept: the database holds our contract's events only."""

import asyncio

from descrow.chain.client import ChainClient

AT_ONCE = 16


async def find_extrinsic(chain: ChainClient, extrinsic_hash: str, *, first: int, last: int) -> str | None:
    """The hash of the block between these heights that holds it, on the chain as it stands; None when none does.

    The newest blocks are looked at first. Raises ChainUnreachable.
    """
    for end in range(last, first - 1, -AT_ONCE):
        numbers = range(max(first, end - AT_ONCE + 1), end + 1)
        for block_hash in await asyncio.gather(*(_hash_if_held(chain, extrinsic_hash, number) for number in numbers)):
            if block_hash is not None:
                return block_hash
    return None


async def _hash_if_held(chain: ChainClient, extrinsic_hash: str, number: int) -> str | None:
    block_hash = await chain.block_hash(number)
    if block_hash is None or extrinsic_hash not in await chain.extrinsic_hashes(block_hash):
        return None
    return block_hash
