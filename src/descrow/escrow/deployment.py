"""Bringing the contract onto a chain, and the terms under which orders are made."""

from dataclasses import dataclass

import structlog

from descrow.chain.client import ChainClient
from descrow.chain.errors import WrongChain
from descrow.chain.keys import EvmAddress, Signer
from descrow.db import Sessions
from descrow.escrow.abi import decode_revert, escrow_interface
from descrow.escrow.contract import EscrowContract
from descrow.escrow.errors import ContractReverted
from descrow.escrow.models import Deployment

log = structlog.get_logger()

DAY_S = 86_400


class DeploymentFailed(Exception):
    """The chain took the transaction but it did not do what it should."""


@dataclass(frozen=True)
class Roles:
    """Who may do what on the contract; addresses as contracts know them. The deployer becomes the owner."""

    operator: EvmAddress
    oracle: EvmAddress
    guardian: EvmAddress
    treasury: EvmAddress
    arbiter: EvmAddress


@dataclass(frozen=True)
class Terms:
    """What orders are made under; published once, never changed."""

    fee_bps: int = 100
    default_seller_bps: int = 5_000
    fund_window_s: int = DAY_S
    ship_window_s: int = 7 * DAY_S
    inspection_window_s: int = 7 * DAY_S
    dispute_window_s: int = 14 * DAY_S


async def deploy(sessions: Sessions, chain: ChainClient, owner: Signer, roles: Roles, terms: Terms) -> Deployment:
    """Deploy the contract, publish the terms and write both down. Returns what was written, also by an earlier call.

    Raises WrongChain or ContractMissing when what an earlier call wrote is not on this chain.
    """
    async with sessions() as session:
        existing = await session.get(Deployment, 1)
    if existing is not None:
        if existing.genesis_hash != await chain.genesis_hash():
            raise WrongChain(f"the database belongs to the chain {existing.genesis_hash}, this is another one")
        await EscrowContract(chain, EvmAddress(existing.contract_address)).read("next_terms_id")
        return existing

    address, block_number = await instantiate(chain, owner, roles)
    terms_id = await publish_terms(owner, EscrowContract(chain, address), roles, terms)
    deployment = Deployment(
        genesis_hash=await chain.genesis_hash(),
        contract_address=address,
        block_number=block_number,
        terms_id=terms_id,
        fee_bps=terms.fee_bps,
    )
    async with sessions.begin() as session:
        session.add(deployment)
    log.info("contract deployed", address=address, block=block_number, terms_id=terms_id)
    return deployment


async def instantiate(chain: ChainClient, owner: Signer, roles: Roles) -> tuple[EvmAddress, int]:
    """Put the contract on the chain, with its roles. Returns its address and the block it is in."""
    interface = escrow_interface()
    code = interface.bytecode + interface.encode_deployment(roles.operator, roles.oracle, roles.guardian)
    run = await chain.dry_run_deployment(caller=owner.public_key, code=code)
    if run.reverted:
        raise ContractReverted("the constructor", decode_revert(run.output))
    call = await chain.encode_deployment(code=code, limits=run.limits())
    signed = await chain.sign(call, owner)
    await chain.submit(signed.extrinsic)
    block, outcome = await chain.wait_for(signed)
    if outcome.error is not None:
        raise DeploymentFailed(f"deploying the contract: {outcome.error}")
    place = block.extrinsic_hashes.index(signed.hash)
    for event in block.events:
        if event.extrinsic_index == place and (event.pallet, event.name) == ("Revive", "Instantiated"):
            return EvmAddress(str(event.values["contract"]).lower()), block.number
    raise DeploymentFailed("no contract was instantiated")


async def publish_terms(owner: Signer, contract: EscrowContract, roles: Roles, terms: Terms) -> int:
    block, _ = await contract.send(
        owner,
        "publish_terms",
        roles.treasury,
        roles.arbiter,
        terms.fee_bps,
        terms.default_seller_bps,
        terms.fund_window_s,
        terms.ship_window_s,
        terms.inspection_window_s,
        terms.dispute_window_s,
    )
    for event in block.events:
        if event.is_contract_event_of(contract.address):
            published = escrow_interface().decode_event(*event.contract_log())
            if published.name == "TermsPublished":
                return int(str(published.arguments["terms_id"]))
    raise DeploymentFailed("no terms were published")
