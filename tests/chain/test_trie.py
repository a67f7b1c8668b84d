"""A list's root, made here, is the one that the chain's own runtime makes of the same list."""

import pytest

from descrow.chain.client import ChainClient
from descrow.chain.keys import Keypair
from descrow.chain.runtime import Era
from descrow.chain.scale import hex_bytes
from descrow.chain.trie import is_root_of
from tests.dev_chain import blocks_by_hand, make_blocks

ALICE = Keypair.from_uri("//Alice")
ROOT_OF_NOTHING = bytes.fromhex("03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314")


def test_nothing_has_the_root_that_every_chain_gives_it() -> None:
    assert is_root_of(ROOT_OF_NOTHING, [])
    assert not is_root_of(ROOT_OF_NOTHING, [b""])


async def block_with(chain: ChainClient, count: int) -> tuple[bytes, list[bytes]]:
    """A block of so many transactions: its root and its extrinsics, the author's own among them."""
    runtime, birth = await chain._runtime(), await chain.final_head()
    nonce = await chain.next_nonce(ALICE.public_key)
    async with blocks_by_hand(chain):
        for number in range(count):
            remark = runtime.encode_call("System", "remark", {"remark": "0x" + "ab" * number})
            signed = await runtime.sign(remark, ALICE, nonce=nonce + number, era=Era(birth.number, birth.hash))
            await chain.submit(signed.extrinsic)
        await make_blocks(chain)
    block = (await chain._call("chain_getBlock", (await chain.final_head()).hash))["block"]
    return hex_bytes(block["header"]["extrinsicsRoot"]), [hex_bytes(extrinsic) for extrinsic in block["extrinsics"]]


@pytest.mark.parametrize("count", [0, 1, 15, 16, 70])
async def test_a_blocks_extrinsics_have_the_root_in_its_header_and_no_others_have(
    chain: ChainClient, count: int
) -> None:
    root, extrinsics = await block_with(chain, count)

    assert len(extrinsics) == count + 1
    assert is_root_of(root, extrinsics)
    assert not is_root_of(root, extrinsics[:-1])
    assert not is_root_of(root, [*extrinsics, extrinsics[-1]])
    assert not is_root_of(root, [*extrinsics[:-1], extrinsics[-1] + b"\x00"])
    if count:
        assert not is_root_of(root, [*extrinsics[-1:], *extrinsics[1:-1], extrinsics[0]])
