"""Bringing the contract onto a chain: its roles, the terms under which orders are made, the caps of its oracle."""

from contextlib import suppress
from dataclasses import astuple, dataclass

import structlog
from sqlalchemy import select

from descrow.chain.blocks import Block
from descrow.chain.client import ChainClient
from descrow.chain.errors import NotIncluded, RpcRefused, WrongChain
from descrow.chain.keys import EvmAddress, Signer
from descrow.chain.runtime import ERA_PERIOD, Era, SignedExtrinsic
from descrow.contract.abi import decode_revert, escrow_interface
from descrow.contract.errors import ContractReverted
from descrow.contract.escrow import EscrowContract
from descrow.contract.event_store import end_own_transactions
from descrow.contract.models import ChainTransaction, Deployment, TransactionStatus
from descrow.contract.oracle_caps import OracleCaps
from descrow.contract.replacement import give_up
from descrow.contract.spending import Cost
from descrow.contract.submitter import transaction_row
from descrow.contract.terms import Terms
from descrow.kernel.db import Sessions

log = structlog.get_logger(__name__)


class DeploymentFailed(Exception):
    """The chain took the transaction but it did not do what it should."""


@dataclass(frozen=True)
class Roles:
    """Describe who may do what on the contract; addresses as contracts know them. The deployer becomes the owner."""

    operator: EvmAddress
    oracle: EvmAddress
    guardian: EvmAddress
    treasury: EvmAddress
    arbiter: EvmAddress


async def deploy(
    sessions: Sessions, chain: ChainClient, owner: Signer, roles: Roles, terms: Terms, caps: OracleCaps
) -> Deployment:
    """Deploy the contract, publish the terms, set the oracle's caps, and write it down. Returns what was written.

    A repeat changes caps that differ, and repeats nothing else, not even after a call that died half-way: the
    transaction that makes the contract is stored before it is sent, and the rest is looked up on the contract.

    Raises WrongChain or ContractMissing when what an earlier call wrote is not on this chain, and DeploymentFailed.
    """
    async with sessions() as session:
        deployment = await session.get(Deployment, 1)
    if deployment is not None:
        if deployment.genesis_hash != await chain.genesis_hash():
            raise WrongChain(f"the database belongs to the chain {deployment.genesis_hash}, this is another one")
        await set_oracle_caps(owner, EscrowContract(chain, EvmAddress(deployment.contract_address)), caps)
        return deployment

    address, block = await _instantiate_once(sessions, chain, owner, roles)
    contract = EscrowContract(chain, address)
    terms_id = await publish_terms(owner, contract, roles, terms)
    await set_oracle_caps(owner, contract, caps)
    deployment = Deployment(
        genesis_hash=await chain.genesis_hash(),
        contract_address=address,
        block_number=block.number,
        terms_id=terms_id,
        fee_bps=terms.fee_bps,
        arbiter_address=roles.arbiter,
    )
    async with sessions.begin() as session:
        session.add(deployment)
        await end_own_transactions(session, [block])
    log.info("contract deployed", address=address, block=block.number, terms_id=terms_id)
    return deployment


async def instantiate(chain: ChainClient, owner: Signer, roles: Roles) -> tuple[EvmAddress, Block]:
    """Put the contract on the chain, with its roles. Returns its address and the block it is in."""
    signed, _ = await _sign_instantiation(chain, owner, roles)
    await chain.submit(signed.extrinsic)
    block, _ = await chain.wait_for(signed)
    return contract_made_in(block, signed.hash), block


async def publish_terms(owner: Signer, contract: EscrowContract, roles: Roles, terms: Terms) -> int:
    """Publish these terms, unless the contract's newest ones are the same. Returns their number."""
    wanted = (roles.treasury, roles.arbiter, *astuple(terms))
    newest = int(await contract.read("next_terms_id")) - 1
    if await contract.read("terms", newest) == wanted:
        return newest
    block, _ = await contract.send(owner, "publish_terms", *wanted)
    for event in block.events:
        if event.is_contract_event_of(contract.address):
            published = escrow_interface().decode_event(*event.contract_log())
            if published.name == "TermsPublished":
                return int(str(published.arguments["terms_id"]))
    raise DeploymentFailed("no terms were published")


async def set_oracle_caps(owner: Signer, contract: EscrowContract, caps: OracleCaps) -> None:
    """Limit what the oracle may record, unless the contract has these caps already."""
    if await contract.read("oracle_caps") != astuple(caps):
        await contract.send(owner, "set_oracle_caps", *astuple(caps))
        log.info("oracle's caps set", per_order_kes_cents=caps.per_order, per_day_kes_cents=caps.per_day)


async def _instantiate_once(
    sessions: Sessions, chain: ChainClient, owner: Signer, roles: Roles
) -> tuple[EvmAddress, Block]:
    """As `instantiate`, and safe to repeat after a crash: the signed bytes are stored before anybody can see them.

    Until the deployment is written down, they say that there may be a contract, and which block to look for it in.
    """
    async with sessions() as session:
        unfinished = await session.scalars(
            select(ChainTransaction)
            .where(ChainTransaction.signer == owner.address, ChainTransaction.status == TransactionStatus.SIGNED)
            .order_by(ChainTransaction.id)
        )
    for transaction in unfinished:
        try:
            return await _resume(sessions, chain, transaction, roles)
        except NotIncluded as error:
            async with sessions.begin() as session:
                expired = await session.get_one(ChainTransaction, transaction.id)
                await give_up(session, expired, str(error), above=transaction.valid_until_block)

    signed, cost = await _sign_instantiation(chain, owner, roles)
    async with sessions.begin() as session:
        session.add(transaction_row(owner, signed, cost))
    await chain.submit(signed.extrinsic)
    return await _instantiated(sessions, chain, signed)


async def _resume(
    sessions: Sessions, chain: ChainClient, transaction: ChainTransaction, roles: Roles
) -> tuple[EvmAddress, Block]:
    """The contract that an earlier call's transaction has made or makes now. Raises NotIncluded if it never can."""
    era = Era(transaction.valid_until_block - ERA_PERIOD + 1, transaction.birth_hash)
    if await chain.block_hash(era.birth) != era.birth_hash:
        raise WrongChain("an earlier call has begun to deploy the contract on another chain")
    with suppress(RpcRefused):  # a block may hold it already
        await chain.submit(transaction.extrinsic)
    signed = SignedExtrinsic(transaction.extrinsic, transaction.hash, transaction.nonce, era)
    address, block = await _instantiated(sessions, chain, signed)
    _, _, *held = await EscrowContract(chain, address).read("roles")
    if held != [roles.operator, roles.oracle, roles.guardian]:
        raise DeploymentFailed(
            f"an earlier call has put the contract at {address}, with other roles: the operator is {held[0]},"
            f" the oracle {held[1]}, the guardian {held[2]}. Call again with those."
        )
    log.info("an earlier call's contract found", address=address, block=block.number)
    return address, block


async def _instantiated(sessions: Sessions, chain: ChainClient, signed: SignedExtrinsic) -> tuple[EvmAddress, Block]:
    """Wait for a stored transaction's block. One that made no contract is over: a repeat begins anew."""
    block, _ = await chain.wait_for(signed)
    try:
        return contract_made_in(block, signed.hash), block
    except DeploymentFailed:
        async with sessions.begin() as session:
            await end_own_transactions(session, [block])
        raise


async def _sign_instantiation(chain: ChainClient, owner: Signer, roles: Roles) -> tuple[SignedExtrinsic, Cost]:
    interface = escrow_interface()
    code = interface.bytecode + interface.encode_deployment(roles.operator, roles.oracle, roles.guardian)
    run = await chain.dry_run_deployment(caller=owner.public_key, code=code)
    if run.reverted:
        raise ContractReverted("the constructor", decode_revert(run.output))
    limits = run.limits()
    signed = await chain.sign(await chain.encode_deployment(code=code, limits=limits), owner)
    return signed, Cost(fee=await chain.estimate_fee(signed.extrinsic), deposit=limits.storage_deposit)


def contract_made_in(block: Block, extrinsic_hash: str) -> EvmAddress:
    """The contract that this extrinsic of the block has made. Raises DeploymentFailed if it has made none."""
    place = block.extrinsic_hashes.index(extrinsic_hash)
    if error := block.outcome_of(place).error:
        raise DeploymentFailed(f"deploying the contract: {error}")
    for event in block.events:
        if event.extrinsic_index == place and (event.pallet, event.name) == ("Revive", "Instantiated"):
            return EvmAddress(str(event.values["contract"]).lower())
    raise DeploymentFailed("no contract was instantiated")
