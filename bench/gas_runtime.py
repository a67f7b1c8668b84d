"""Measure weight, deposit and fee of each step on the real runtime, as a dry run reports them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.contracts.payees import call_through_payee, payee_bytecode
from tests.dev_chain import advance_clock, close_account

from descrow.app.devstack.chain import NAME as CHAIN
from descrow.app.devstack.roles import development_roles
from descrow.app.devstack.stack import parts_for_tests
from descrow.chain.blocks import Block
from descrow.chain.client import ChainClient
from descrow.chain.contract_runs import Limits
from descrow.chain.keys import EvmAddress, Keypair
from descrow.contract.abi import escrow_interface
from descrow.contract.deployment import contract_made_in, instantiate, publish_terms
from descrow.contract.escrow import EscrowContract
from descrow.contract.order_status import OrderStatus, PaymentMode
from descrow.contract.terms import DAY_S, Terms
from descrow.kernel.money import NOTHING, PLANCK_PER_DOT, KesCents, Planck, wei_from_planck

OWNER, OPERATOR, ORACLE, ARBITER, BUYER, SELLER, STRANGER, TREASURY = (
    Keypair.from_uri(f"//{name}")
    for name in ("Owner", "Operator", "Oracle", "Arbiter", "Wanjiru", "Otieno", "Kamau", "Achieng")
)
LEAVER = Keypair.from_uri("//Bob")
PRICE = Planck(10 * PLANCK_PER_DOT)
PRICE_BY_MPESA = KesCents(250_000)
CAP_OF_ORDER, CAP_OF_DAY = KesCents(15_000_000), KesCents(100_000_000)
TERMS_ID = 1
HALF_BPS = 5_000
BATCH = 20


@dataclass(frozen=True)
class RuntimeCost:
    """Of one call, or of an order's part in a batch."""

    ref_time: int
    proof_size: int
    deposit_planck: Planck
    fee_planck: Planck

    def share(self, orders: int) -> "RuntimeCost":
        """Return the part of each order in a batch."""
        return RuntimeCost(
            self.ref_time // orders,
            self.proof_size // orders,
            Planck(self.deposit_planck // orders),
            Planck(self.fee_planck // orders),
        )


class Runtime:
    """A chain of its own with the escrow on it, and orders in any state."""

    def __init__(self, chain: ChainClient, contract: EscrowContract) -> None:
        self.chain = chain
        self.contract = contract
        self._numbers = count()

    async def costs(self, key: Keypair, function: str, *arguments: Any, value: Planck = NOTHING) -> RuntimeCost:
        """Make the call and return its cost. The limits just suffice, so the fee is for what was used."""
        data, run = await self.contract.dry_run(function, *arguments, caller=key.public_key, value=value)
        limits = Limits(run.ref_time, run.proof_size, run.storage_deposit)
        call = await self.chain.encode_contract_call(dest=self.contract.address, data=data, limits=limits, value=value)
        signed = await self.chain.sign(call, key)
        fee = await self.chain.estimate_fee(signed.extrinsic)
        await self.contract.send(key, function, *arguments, value=value)
        return RuntimeCost(run.ref_time, run.proof_size, run.storage_deposit, fee)

    def digest(self) -> bytes:
        """Return a digest that was not used before."""
        return sha256(f"digest {next(self._numbers)}".encode()).digest()

    def new_order(
        self, mode: PaymentMode = PaymentMode.COIN, seller: EvmAddress = SELLER.evm_address
    ) -> tuple[Any, ...]:
        """Return the arguments of `create_order`."""
        amount = wei_from_planck(PRICE) if mode is PaymentMode.COIN else PRICE_BY_MPESA
        return (BUYER.evm_address, seller, amount, TERMS_ID, mode.number, self.digest(), self.digest())

    async def orders(self, how_many: int, mode: PaymentMode = PaymentMode.COIN) -> list[int]:
        """Create unpaid orders and return their ids."""
        await self.contract.send(OPERATOR, "create_orders", [self.new_order(mode) for _ in range(how_many)])
        last = int(await self.contract.read("next_order_id")) - 1
        return list(range(last - how_many + 1, last + 1))

    async def order(self, status: OrderStatus = OrderStatus.CREATED) -> int:
        """Create an order in DOT and bring it to this status, before its end. Return its id."""
        (order_id,) = await self.orders(1)
        if status is OrderStatus.CREATED:
            return order_id
        await self.contract.send(BUYER, "fund_order_dot", order_id, value=PRICE)
        if status is OrderStatus.FUNDED:
            return order_id
        await self.contract.send(SELLER, "mark_shipped", order_id, self.digest())
        if status is OrderStatus.DISPUTED:
            await self.contract.send(BUYER, "raise_dispute", order_id, self.digest())
        return order_id

    async def order_shipped_by_a_rejecting_seller(self) -> int:
        """Create an order shipped by a contract that accepts no coin. Return its id."""
        code = payee_bytecode("rejecting")
        run = await self.chain.dry_run_deployment(caller=STRANGER.public_key, code=code)
        deployment = await self.chain.encode_deployment(code=code, limits=run.limits())
        payee = contract_made_in(*await self._include(deployment))
        await self.contract.send(OPERATOR, "create_order", *self.new_order(seller=payee))
        order_id = int(await self.contract.read("next_order_id")) - 1
        await self.contract.send(BUYER, "fund_order_dot", order_id, value=PRICE)
        ship = escrow_interface().encode_call("mark_shipped", order_id, self.digest())
        data = call_through_payee(self.contract.address, ship)
        run = await self.chain.dry_run_call(caller=STRANGER.public_key, dest=payee, value=NOTHING, data=data)
        await self._include(await self.chain.encode_contract_call(dest=payee, data=data, limits=run.limits()))
        return order_id

    async def order_shipped_by_a_seller_who_is_gone(self) -> int:
        """Create an order whose seller has shipped, and then sent all coin away. Return its id."""
        await self.contract.send(OPERATOR, "create_order", *self.new_order(seller=LEAVER.evm_address))
        order_id = int(await self.contract.read("next_order_id")) - 1
        await self.contract.send(BUYER, "fund_order_dot", order_id, value=PRICE)
        await self.contract.send(LEAVER, "mark_shipped", order_id, self.digest())
        await close_account(self.chain, LEAVER)
        return order_id

    async def advance(self, seconds: int) -> None:
        """Advance the chain's clock."""
        await advance_clock(self.chain, seconds=seconds)

    async def _include(self, call: bytes) -> tuple[Block, str]:
        """Send a call. Return its block and the hash of its extrinsic."""
        signed = await self.chain.sign(call, STRANGER)
        await self.chain.submit(signed.extrinsic)
        block, outcome = await self.chain.wait_for(signed)
        if outcome.error is not None:
            raise RuntimeError(f"in block {block.number}: {outcome.error}")
        return block, signed.hash


@asynccontextmanager
async def _runtime() -> AsyncIterator[Runtime]:
    with TemporaryDirectory(prefix="descrow-gas-") as directory:
        async with parts_for_tests(Path(directory), parts=frozenset({CHAIN})) as parts:
            chain = ChainClient(parts.chain_url)
            roles = replace(development_roles(), treasury=TREASURY.evm_address)  # one that can pay for a withdrawal
            address, _ = await instantiate(chain, OWNER, roles)
            contract = EscrowContract(chain, address)
            await publish_terms(OWNER, contract, roles, Terms())
            await contract.send(OWNER, "set_oracle_caps", CAP_OF_ORDER, CAP_OF_DAY)
            yield Runtime(chain, contract)
            await chain.close()


async def measure_on_runtime() -> dict[str, RuntimeCost]:
    """Return the cost by step, with the same names and situations as on a plain EVM."""
    async with _runtime() as runtime:
        return {
            **await _of_ordinary_orders(runtime),
            **await _of_disputes(runtime),
            **await _of_payments_by_mpesa(runtime),
            **await _of_deadlines(runtime),
            "withdraw": await runtime.costs(TREASURY, "withdraw"),
        }


async def _of_ordinary_orders(runtime: Runtime) -> dict[str, RuntimeCost]:
    costs = runtime.costs
    many = [runtime.new_order() for _ in range(BATCH)]
    refusing = await runtime.order_shipped_by_a_rejecting_seller()
    gone = await runtime.order_shipped_by_a_seller_who_is_gone()
    return {
        "create": await costs(OPERATOR, "create_order", *runtime.new_order()),
        "create, each of 20": (await costs(OPERATOR, "create_orders", many)).share(BATCH),
        "fund": await costs(BUYER, "fund_order_dot", await runtime.order(), value=PRICE),
        "ship": await costs(SELLER, "mark_shipped", await runtime.order(OrderStatus.FUNDED), runtime.digest()),
        "extend transit": await costs(BUYER, "extend_transit", await runtime.order(OrderStatus.SHIPPED)),
        "confirm receipt": await costs(BUYER, "confirm_receipt", await runtime.order(OrderStatus.SHIPPED)),
        "confirm, seller paid": await costs(BUYER, "confirm_delivery", await runtime.order(OrderStatus.SHIPPED)),
        "confirm, seller credited": await costs(BUYER, "confirm_delivery", refusing),
        "confirm, seller gone": await costs(BUYER, "confirm_delivery", gone),
        "cancel": await costs(BUYER, "cancel_order", await runtime.order()),
        "refund": await costs(SELLER, "refund", await runtime.order(OrderStatus.FUNDED)),
    }


async def _of_disputes(runtime: Runtime) -> dict[str, RuntimeCost]:
    costs = runtime.costs
    disputed, agreed = await runtime.order(OrderStatus.SHIPPED), await runtime.order(OrderStatus.SHIPPED)
    return {
        "dispute": await costs(BUYER, "raise_dispute", disputed, runtime.digest()),
        "evidence": await costs(SELLER, "add_evidence", disputed, runtime.digest()),
        "resolve, both paid": await costs(ARBITER, "resolve_dispute", disputed, HALF_BPS),
        "propose": await costs(BUYER, "propose_settlement", agreed, HALF_BPS, DAY_S),
        "accept, both paid": await costs(SELLER, "accept_settlement", agreed, HALF_BPS),
    }


async def _of_payments_by_mpesa(runtime: Runtime) -> dict[str, RuntimeCost]:
    order_ids = await runtime.orders(BATCH + 2, PaymentMode.RECORD)
    first, second, *others = [(order_id, PRICE_BY_MPESA, runtime.digest()) for order_id in order_ids]
    await runtime.contract.send(ORACLE, "record_offchain_payment", *first)  # the day's first record opens its word
    return {
        "record": await runtime.costs(ORACLE, "record_offchain_payment", *second),
        "record, each of 20": (await runtime.costs(ORACLE, "record_offchain_payments", others)).share(BATCH),
    }


async def _of_deadlines(runtime: Runtime) -> dict[str, RuntimeCost]:
    overdue = {
        "settle, expired": [await runtime.order()],
        "settle, refunded": [await runtime.order(OrderStatus.FUNDED)],
        "settle, delivered": [await runtime.order(OrderStatus.SHIPPED)],
        "settle, resolved": [await runtime.order(OrderStatus.DISPUTED)],
        "settle, each of 20 delivered": [await runtime.order(OrderStatus.SHIPPED) for _ in range(BATCH)],
    }
    terms = Terms()
    await runtime.advance(terms.transit_window_s + terms.inspection_window_s + terms.dispute_window_s)
    return {
        step: (await runtime.costs(STRANGER, "settle_expired", order_ids)).share(len(order_ids))
        for step, order_ids in overdue.items()
    }
