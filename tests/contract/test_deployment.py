"""Deploying ends with one contract, its terms and its oracle's caps, wherever an earlier attempt has died."""

import asyncio
import os
import sys
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from descrow.app.devstack.roles import development_roles
from descrow.app.settings import Settings
from descrow.chain.client import ChainClient
from descrow.chain.contract_runs import ContractRun, Limits
from descrow.chain.errors import ChainUnreachable, WrongChain
from descrow.chain.keys import EvmAddress, Keypair
from descrow.chain.runtime import ERA_PERIOD
from descrow.contract.deployment import DeploymentFailed, deploy
from descrow.contract.escrow import EscrowContract
from descrow.contract.models import ChainTransaction, Deployment, TransactionStatus
from descrow.contract.oracle_caps import OracleCaps
from descrow.contract.terms import Terms
from descrow.kernel.db import Sessions
from descrow.kernel.money import NOTHING, KesCents
from tests.chain.faulty_node import Exchange, FaultyNode
from tests.dev_chain import make_blocks

OWNER = Keypair.from_uri("//Owner")
MADE_A_CONTRACT = 1
"""The chain counts a contract that an account makes, besides the transaction that makes it."""
CAPS = OracleCaps(per_order=KesCents(15_000_000), per_day=KesCents(90_000_000))


async def deployed(sessions: Sessions, chain: ChainClient, *, caps: OracleCaps = CAPS) -> EscrowContract:
    deployment = await deploy(sessions, chain, OWNER, development_roles(), Terms(), caps)
    return EscrowContract(chain, EvmAddress(deployment.contract_address))


async def transactions(sessions: Sessions) -> list[ChainTransaction]:
    async with sessions() as session:
        return list(await session.scalars(select(ChainTransaction).order_by(ChainTransaction.id)))


async def begin_and_die_before_sending(sessions: Sessions, chain: ChainClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def lose(_self: ChainClient, _extrinsic: bytes) -> None:
        raise ChainUnreachable("the line is cut")

    with monkeypatch.context() as patch:
        patch.setattr(ChainClient, "submit", lose)
        with pytest.raises(ChainUnreachable):
            await deployed(sessions, chain)


async def test_the_contract_is_there_with_its_terms_and_caps(sessions: Sessions, chain: ChainClient) -> None:
    contract = await deployed(sessions, chain)

    roles = development_roles()
    assert await contract.read("roles") == (
        OWNER.evm_address,
        "0x" + "00" * 20,
        roles.operator,
        roles.oracle,
        roles.guardian,
    )
    assert await contract.read("terms", 1) == (
        roles.treasury, roles.arbiter, 100, 5_000, 86_400, 604_800, 1_209_600, 604_800, 1_209_600,
    )  # fmt: skip
    assert await contract.read("oracle_caps") == (15_000_000, 90_000_000)
    [transaction] = await transactions(sessions)
    assert (transaction.signer, transaction.status) == (OWNER.address, TransactionStatus.FINALIZED)


async def test_a_repeat_sends_nothing(sessions: Sessions, chain: ChainClient) -> None:
    contract = await deployed(sessions, chain)
    nonce = await chain.next_nonce(OWNER.public_key)

    again = await deployed(sessions, chain)

    assert again.address == contract.address
    assert await chain.next_nonce(OWNER.public_key) == nonce


async def test_a_repeat_with_other_caps_sets_them_and_does_nothing_else(sessions: Sessions, chain: ChainClient) -> None:
    contract = await deployed(sessions, chain)
    nonce = await chain.next_nonce(OWNER.public_key)

    await deployed(sessions, chain, caps=replace(CAPS, per_day=KesCents(20_000_000)))

    assert await contract.read("oracle_caps") == (15_000_000, 20_000_000)
    assert await chain.next_nonce(OWNER.public_key) == nonce + 1


@pytest.mark.parametrize("deadly", [1, 2, 3], ids=["contract", "terms", "caps"])
async def test_killed_between_the_chains_answer_and_ours_it_is_finished_by_a_repeat(
    sessions: Sessions, chain: ChainClient, faulty_node: FaultyNode, settings: Settings, deadly: int
) -> None:
    """The command is killed as soon as the chain has taken its transaction: of the contract, the terms or the caps."""
    nonce = await chain.next_nonce(OWNER.public_key)
    was_taken = asyncio.Event()

    async def is_silent_after_the_deadly_one(exchange: Exchange) -> None:
        if faulty_node.faults_shown < deadly:
            await exchange.answer(exchange.truth)
        else:
            was_taken.set()

    faulty_node.show(is_silent_after_the_deadly_one, about={"author_submitExtrinsic"})
    command = await run_deploy(settings.model_copy(update={"chain_url": faulty_node.url}))
    await asyncio.wait_for(was_taken.wait(), timeout=60)
    command.kill()
    await command.wait()
    assert await chain.next_nonce(OWNER.public_key) == nonce + MADE_A_CONTRACT + deadly

    repeated = await run_deploy(settings)

    reported, _ = await repeated.communicate()
    async with sessions() as session:
        deployment = await session.get_one(Deployment, 1)
    contract = EscrowContract(chain, EvmAddress(deployment.contract_address))
    assert repeated.returncode == 0
    assert deployment.contract_address in reported.decode()
    assert await chain.next_nonce(OWNER.public_key) == nonce + MADE_A_CONTRACT + 3  # and nothing twice
    assert (deployment.terms_id, await contract.read("next_terms_id")) == (1, 2)
    assert await contract.read("oracle_caps") == (25_000_000, 100_000_000)
    assert [row.block_number for row in await transactions(sessions)] == [deployment.block_number]


async def test_without_the_operators_key_it_says_so_and_does_nothing(settings: Settings, sessions: Sessions) -> None:
    process = await run_deploy(settings, operator_key=None)

    _, complaint = await process.communicate()

    assert process.returncode == 1
    assert "DESCROW_OPERATOR_KEY is not set" in complaint.decode()
    assert await transactions(sessions) == []


async def run_deploy(settings: Settings, *, operator_key: str | None = "//Operator") -> asyncio.subprocess.Process:
    addresses = {
        role: Keypair.from_uri(f"//{role.title()}").address for role in ("oracle", "guardian", "treasury", "arbiter")
    }
    options = [word for role, address in addresses.items() for word in (f"--{role}", address)]
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "descrow", "deploy", "--owner-key", "//Owner", *options),
        env={
            **os.environ,
            "DESCROW_DATABASE_URL": settings.database_url.get_secret_value(),
            "DESCROW_VALKEY_URL": settings.valkey_url.get_secret_value(),
            "DESCROW_CHAIN_URL": settings.chain_url,
            "DESCROW_JWT_SECRET": settings.jwt_secret.get_secret_value(),
            **({} if operator_key is None else {"DESCROW_OPERATOR_KEY": operator_key}),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_a_transaction_that_was_stored_and_never_sent_is_sent_by_the_repeat(
    sessions: Sessions, chain: ChainClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begin_and_die_before_sending(sessions, chain, monkeypatch)

    await deployed(sessions, chain)

    [transaction] = await transactions(sessions)
    assert transaction.status is TransactionStatus.FINALIZED


async def test_a_transaction_whose_era_is_over_is_given_up_and_another_signed(
    sessions: Sessions, chain: ChainClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begin_and_die_before_sending(sessions, chain, monkeypatch)
    await make_blocks(chain, ERA_PERIOD)

    await deployed(sessions, chain)

    assert [row.status for row in await transactions(sessions)] == [
        TransactionStatus.EXPIRED,
        TransactionStatus.FINALIZED,
    ]


async def test_a_deployment_that_the_chain_refused_is_begun_anew_by_the_repeat(
    sessions: Sessions, chain: ChainClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(ContractRun, "limits", lambda run: Limits(run.ref_time, run.proof_size, NOTHING))
        with pytest.raises(DeploymentFailed, match=r"Revive\."):
            await deployed(sessions, chain)

    contract = await deployed(sessions, chain)

    assert await contract.read("next_order_id") == 1
    first, second = await transactions(sessions)
    assert first.error is not None
    assert second.error is None


async def test_a_contract_begun_with_other_roles_is_not_taken_for_ours(
    sessions: Sessions, chain: ChainClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begin_and_die_before_sending(sessions, chain, monkeypatch)
    others = replace(development_roles(), guardian=development_roles().arbiter)

    with pytest.raises(DeploymentFailed, match=f"the guardian {development_roles().guardian}"):
        await deploy(sessions, chain, OWNER, others, Terms(), CAPS)

    await deployed(sessions, chain)
    assert len(await transactions(sessions)) == 1


async def test_what_was_begun_on_another_chain_is_not_waited_for(
    sessions: Sessions, chain: ChainClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begin_and_die_before_sending(sessions, chain, monkeypatch)
    async with sessions.begin() as session:
        await session.execute(update(ChainTransaction).values(birth_hash="0x" + "77" * 32))

    with pytest.raises(WrongChain):
        await deployed(sessions, chain)
