"""The client against the real local chain."""

import asyncio
from datetime import UTC, datetime

import pytest

from descrow.app.devstack.stack import DevStackEndpoints as DevStackEndpoints
from descrow.chain import runtime as runtime_module
from descrow.chain.client import ChainClient
from descrow.chain.contract_runs import ContractRun, Limits
from descrow.chain.errors import CallNotPossible, ChainUnreachable, NotIncluded, RpcRefused
from descrow.chain.keys import EvmAddress, Keypair, address_of
from descrow.chain.runtime import SignedExtrinsic
from descrow.contract.errors import ContractReverted
from descrow.kernel.money import NOTHING, Planck
from tests.dev_chain import make_blocks
from tests.market import Market

ALICE = Keypair.from_uri("//Alice")
NOBODY = bytes(range(32))
DOT = Planck(10**10)


async def a_transfer(chain: ChainClient, sender: Keypair, to: bytes, amount: Planck) -> SignedExtrinsic:
    runtime = await chain._runtime()
    arguments = {"dest": address_of(to), "value": amount}
    return await chain.sign(runtime.encode_call("Balances", "transfer_allow_death", arguments), sender)


async def test_the_client_knows_which_chain_it_is(chain: ChainClient, stack: DevStackEndpoints) -> None:
    assert await chain.genesis_hash() == stack.genesis_hash


async def test_an_account_nobody_has_used_has_nothing(chain: ChainClient) -> None:
    assert await chain.free_balance(NOBODY) == 0
    assert await chain.next_nonce(NOBODY) == 0


async def test_a_transfer_is_found_in_its_block_with_its_fee_and_moves_exactly_its_amount(chain: ChainClient) -> None:
    recipient = Keypair.from_uri("//ARecipientOfOneTransfer").public_key
    before, nonce = await chain.free_balance(ALICE.public_key), await chain.next_nonce(ALICE.public_key)

    signed = await a_transfer(chain, ALICE, recipient, DOT)
    await chain.submit(signed.extrinsic)
    block, outcome = await chain.wait_for(signed)

    assert signed.hash in block.extrinsic_hashes
    assert outcome.error is None
    assert outcome.fee is not None
    assert await chain.free_balance(recipient) == DOT
    assert await chain.free_balance(ALICE.public_key) == before - DOT - outcome.fee
    assert await chain.next_nonce(ALICE.public_key) == nonce + 1


async def test_a_failed_transaction_is_told_by_the_name_of_its_error_and_costs_its_fee_only(chain: ChainClient) -> None:
    before = await chain.free_balance(ALICE.public_key)

    signed = await a_transfer(chain, ALICE, NOBODY, Planck(1))  # less than an account must hold to exist
    await chain.submit(signed.extrinsic)
    _, outcome = await chain.wait_for(signed)

    assert outcome.error is not None
    assert "BelowMinimum" in outcome.error
    assert await chain.free_balance(ALICE.public_key) == before - (outcome.fee or 0)
    assert await chain.free_balance(NOBODY) == 0


async def test_a_block_by_its_number_has_its_events_its_time_and_its_parent(chain: ChainClient) -> None:
    await make_blocks(chain, 2)
    newest = await chain.finalized_number()

    parent, block = await chain.block(newest - 1), await chain.block(newest)

    assert (block.number, block.parent_hash) == (newest, parent.hash)
    assert ("System", "ExtrinsicSuccess") in {(event.pallet, event.name) for event in block.events}
    assert [event.index for event in block.events] == list(range(len(block.events)))
    assert block.produced_at > parent.produced_at


async def test_the_block_that_began_the_chain_has_no_time_of_its_own(chain: ChainClient) -> None:
    genesis = await chain.block(0)

    assert genesis.hash == await chain.genesis_hash()
    assert genesis.produced_at == datetime.fromtimestamp(0, UTC)


async def test_a_block_that_is_not_there_yet_is_to_be_asked_for_again(chain: ChainClient) -> None:
    with pytest.raises(ChainUnreachable, match="no block 4000000000 yet"):
        await chain.block(4_000_000_000)


async def test_heads_are_told_as_they_move(chain: ChainClient) -> None:
    now = await chain.finalized_number()

    async with chain.heads() as heads:
        first = await anext(heads)
        await make_blocks(chain, 1)
        later = await asyncio.wait_for(anext(heads), timeout=5)
        while later.final.number == now:  # the subscriptions begin with the present heads
            later = await asyncio.wait_for(anext(heads), timeout=5)

    assert (first.final.number, later.final.number) == (now, now + 1)
    assert later.best == later.final
    assert later.final.parent_hash == first.final.hash


async def test_an_extrinsic_with_a_stale_nonce_is_refused(chain: ChainClient) -> None:
    signed = await a_transfer(chain, ALICE, ALICE.public_key, DOT)
    await chain.submit(signed.extrinsic)
    await chain.wait_for(signed)
    before = await chain.free_balance(ALICE.public_key)

    with pytest.raises(RpcRefused) as refused:
        await chain.submit(signed.extrinsic)

    assert refused.value.rpc_code == 1010
    assert "outdated" in str(refused.value)
    assert await chain.free_balance(ALICE.public_key) == before


async def test_an_extrinsic_with_a_wrong_signature_is_refused(chain: ChainClient) -> None:
    signed = await a_transfer(chain, ALICE, NOBODY, DOT)
    place = signed.extrinsic.index(ALICE.public_key) + 32 + 1 + 10
    forged = signed.extrinsic[:place] + bytes([signed.extrinsic[place] ^ 1]) + signed.extrinsic[place + 1 :]

    with pytest.raises(RpcRefused) as refused:
        await chain.submit(forged)

    assert refused.value.rpc_code == 1010
    assert await chain.free_balance(NOBODY) == 0


async def test_bytes_that_are_no_extrinsic_are_refused(chain: ChainClient) -> None:
    with pytest.raises(RpcRefused):
        await chain.submit(b"\x00\x01\x02")


async def test_waiting_ends_when_the_era_is_over_and_the_transaction_is_then_worth_nothing(
    chain: ChainClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime_module, "ERA_PERIOD", 4)
    never_sent = await a_transfer(chain, ALICE, NOBODY, DOT)
    await make_blocks(chain, 4)

    with pytest.raises(NotIncluded, match=never_sent.hash):
        await asyncio.wait_for(chain.wait_for(never_sent), timeout=10)
    with pytest.raises(RpcRefused):
        await chain.submit(never_sent.extrinsic)

    assert await chain.free_balance(NOBODY) == 0


async def test_a_lost_connection_is_told_once_and_then_made_again(chain: ChainClient) -> None:
    number = await chain.finalized_number()
    connection = await chain._nodes.connected()
    connection._socket.transport.abort()

    with pytest.raises(ChainUnreachable):
        await connection.call("system_chain")

    assert await chain.finalized_number() >= number


async def test_a_call_to_no_contract_runs_and_returns_nothing(chain: ChainClient) -> None:
    nowhere = EvmAddress("0x" + "00" * 19 + "77")

    run = await chain.dry_run_call(caller=ALICE.public_key, dest=nowhere, value=NOTHING, data=b"\x01\x02\x03\x04")

    assert not run.reverted
    assert run.output == b""


async def test_a_call_that_sends_more_than_the_caller_has_is_not_even_run(chain: ChainClient) -> None:
    nowhere = EvmAddress("0x" + "00" * 19 + "77")

    with pytest.raises(CallNotPossible):
        await chain.dry_run_call(caller=NOBODY, dest=nowhere, value=DOT, data=b"")


async def test_a_dry_run_that_reverts_gives_the_contracts_reason_and_changes_nothing(market: Market) -> None:
    before = await market.chain.finalized_number()

    with pytest.raises(ContractReverted, match="escrow: ") as reverted:
        await market.contract.dry_run("confirm_delivery", 999, caller=market.buyer.key.public_key)

    assert reverted.value.status == 409
    assert await market.chain.finalized_number() == before


def test_limits_leave_twice_the_weight_and_a_fifth_more_deposit_than_the_dry_run_needed() -> None:
    run = ContractRun(reverted=False, output=b"", ref_time=100, proof_size=11, storage_deposit=Planck(5))

    assert run.limits() == Limits(ref_time=200, proof_size=22, storage_deposit=Planck(6))
