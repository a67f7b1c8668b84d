"""Drive the development chain: its blocks, its finality, its clock, and signed transactions on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from descrow.chain.blocks import Block, ExtrinsicOutcome
from descrow.chain.client import ChainClient
from descrow.chain.keys import Keypair, Signer
from descrow.chain.rpc import RpcConnection
from descrow.chain.runtime import SignedExtrinsic
from descrow.kernel.money import Planck


async def ask_node(chain: ChainClient, method: str, *params: Any) -> Any:
    """Call the node as an operator of it can, over a connection of its own."""
    connection = await RpcConnection.open(chain.url)
    try:
        return await connection.call(method, *params)
    finally:
        await connection.close()


async def make_blocks(chain: ChainClient, count: int = 1) -> None:
    """Build empty blocks on the newest one."""
    await ask_node(chain, "dev_newBlock", {"count": count})


async def set_head(chain: ChainClient, block: int | str) -> None:
    """Drop all blocks after this one, given by its number or hash; a negative number drops so many."""
    await ask_node(chain, "dev_setHead", block)


async def replace_blocks(chain: ChainClient, count: int) -> None:
    """Drop the newest blocks and what was in them, and go on with others."""
    await set_head(chain, -count)
    await make_blocks(chain, count + 1)


async def set_clock(chain: ChainClient, now: datetime) -> None:
    """Let the chain's clock show this time, and go on from there, also after `set_head`."""
    await ask_node(chain, "dev_timeTravel", int(now.timestamp() * 1000))


async def advance_clock(chain: ChainClient, *, seconds: int) -> None:
    """Build a block that is this much later than the newest final one."""
    newest = await chain.block(await chain.finalized_number())
    await set_clock(chain, newest.produced_at + timedelta(seconds=seconds))
    await make_blocks(chain)


@asynccontextmanager
async def finality_lag(chain: ChainClient, blocks: int) -> AsyncIterator[None]:
    """Make a block final only when this many are on top of it."""
    await ask_node(chain, "dev_setFinalityLag", blocks)
    try:
        yield
    finally:
        await ask_node(chain, "dev_setFinalityLag", 0)


@asynccontextmanager
async def blocks_by_hand(chain: ChainClient) -> AsyncIterator[None]:
    """Let submitted transactions wait in the pool until `make_blocks`."""
    await ask_node(chain, "dev_setBlockBuildMode", "Manual")
    try:
        yield
    finally:
        await ask_node(chain, "dev_setBlockBuildMode", "Instant")


async def sign_and_submit(chain: ChainClient, call: bytes, signer: Signer) -> SignedExtrinsic:
    """Send a call and do not wait: its block need not be final."""
    signed = await chain.sign(call, signer)
    await chain.submit(signed.extrinsic)
    return signed


async def sign_and_include(chain: ChainClient, call: bytes, signer: Signer) -> tuple[Block, ExtrinsicOutcome]:
    """Send a call and return the final block that holds it."""
    return await chain.wait_for(await sign_and_submit(chain, call, signer))


async def encode_balances_call(chain: ChainClient, name: str, **values: Any) -> bytes:
    """Encode a call of the pallet that keeps the coin."""
    return (await chain._runtime()).encode_call("Balances", name, values)


async def close_account(chain: ChainClient, key: Keypair) -> None:
    """Send all of an account's coin to //Alice, as a wallet's "send all" does. The account is gone then."""
    await _include_balances_call(chain, key, "transfer_all", dest=Keypair.from_uri("//Alice").address, keep_alive=False)


async def send_coin(chain: ChainClient, to: str, amount: Planck) -> None:
    """Send coin of //Alice's to an account, which exists from then on."""
    await _include_balances_call(chain, Keypair.from_uri("//Alice"), "transfer_allow_death", dest=to, value=amount)


async def _include_balances_call(chain: ChainClient, key: Keypair, name: str, **values: Any) -> None:
    _, outcome = await sign_and_include(chain, await encode_balances_call(chain, name, **values), key)
    if outcome.error is not None:
        raise RuntimeError(f"{name}: {outcome.error}")
