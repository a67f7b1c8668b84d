"""Queue calls for the submitter, read what became of them, and lose what it sends."""

from typing import Any

from sqlalchemy import select

from descrow.chain.client import ChainClient
from descrow.chain.errors import ChainUnreachable
from descrow.contract.calls import queue_call
from descrow.contract.models import CallPriority, ChainTransaction, ContractCall, SignerRole
from descrow.contract.submitter import TransactionSubmitter
from tests.market import PRICE, Market


class Unlucky(ChainClient):
    """A node of which we lose the answer, or which loses what we send."""

    def __init__(self, url: str, *, takes: bool, answers: bool) -> None:
        super().__init__(url)
        self._takes = takes
        self._answers = answers

    async def submit(self, extrinsic: bytes) -> None:
        if self._takes:
            await super().submit(extrinsic)
        if not self._answers:
            raise ChainUnreachable("cut off by the test")


async def unlucky_sender(market: Market, *, takes: bool, answers: bool) -> TransactionSubmitter:
    return market.sender(Unlucky(market.chain.url, takes=takes, answers=answers))


async def queue(
    market: Market,
    key: str,
    *,
    terms_id: int,
    signer_role: SignerRole = SignerRole.OPERATOR,
    priority: CallPriority = CallPriority.DISPUTE,
) -> None:
    """Queue the creation of an order that no row of ours asked for; by default it may use the whole day's budget."""
    buyer, seller = market.buyer.key.evm_address, market.seller.key.evm_address
    arguments: list[Any] = [buyer, seller, PRICE * 10**8, terms_id, 0, bytes(32), bytes(32)]
    async with market.sessions.begin() as session:
        await queue_call(
            session,
            idempotency_key=key,
            order_id=None,
            function="create_order",
            arguments=arguments,
            priority=priority,
            signer_role=signer_role,
        )


async def orders_on_chain(market: Market) -> int:
    return int(await market.contract.read("next_order_id")) - 1


async def calls(market: Market) -> list[ContractCall]:
    async with market.sessions() as session:
        return list(await session.scalars(select(ContractCall).order_by(ContractCall.id)))


async def transactions(market: Market) -> list[ChainTransaction]:
    """Return the operator's transactions."""
    operator = market.sender().signer.address
    async with market.sessions() as session:
        rows = await session.scalars(
            select(ChainTransaction).where(ChainTransaction.signer == operator).order_by(ChainTransaction.id)
        )
        return list(rows)
