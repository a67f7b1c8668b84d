"""What each step costs on a plain EVM, as a transaction pays it: base, calldata, and every word cold."""

from typing import Any

from tests.contracts.evm import PyEvm, intrinsic_gas
from tests.contracts.world import (
    AMOUNT,
    BY_DOT,
    BY_MPESA,
    CREATED,
    DAY,
    DISPUTED,
    DOT,
    FUNDED,
    SHIPPED,
    World,
    a_digest,
    an_address,
    calldata,
)


def gas_of(world: World, name: str, *args: Any, by: str, value: int = 0) -> int:
    """Return the gas of this call as a transaction of its own, before refunds."""
    world.evm.begin_transaction()
    outcome = world.does(name, *args, by=by, value=value)
    return intrinsic_gas(calldata(name, *args)) + outcome.gas_used


def a_new_order(world: World, n: int) -> tuple[Any, ...]:
    return (
        an_address(f"buyer {n}"),
        an_address(f"seller {n}"),
        25 * DOT // 10,
        world.terms_id,
        BY_DOT,
        a_digest(f"reference {n}"),
        a_digest(f"metadata {n}"),
    )


def measure_on_evm() -> dict[str, int]:
    """Gas by step. Accounts exist, and nothing was ever withdrawn: the first order pays what the thousandth pays."""
    world = World(PyEvm())
    gas: dict[str, int] = {}
    gas["create"] = gas_of(world, "create_order", *a_new_order(world, 0), by=world.operator)
    gas["create, each of 20"] = (
        gas_of(world, "create_orders", [a_new_order(world, n) for n in range(20)], by=world.operator) // 20
    )
    gas["fund"] = gas_of(world, "fund_order_dot", world.an_order(), by=world.buyer, value=10 * DOT)
    gas["ship"] = gas_of(world, "mark_shipped", world.an_order(FUNDED), a_digest("tracking"), by=world.seller)
    gas["confirm, seller paid"] = gas_of(world, "confirm_delivery", world.an_order(SHIPPED), by=world.buyer)
    disputed = world.an_order(SHIPPED)
    gas["dispute"] = gas_of(world, "raise_dispute", disputed, a_digest("evidence"), by=world.buyer)
    gas["evidence"] = gas_of(world, "add_evidence", disputed, a_digest("more evidence"), by=world.seller)
    gas["resolve, both paid"] = gas_of(world, "resolve_dispute", disputed, 5_000, by=world.arbiter)
    agreed = world.an_order(SHIPPED)
    gas["propose"] = gas_of(world, "propose_settlement", agreed, 5_000, DAY, by=world.buyer)
    gas["accept, both paid"] = gas_of(world, "accept_settlement", agreed, 5_000, by=world.seller)
    gas["cancel"] = gas_of(world, "cancel_order", world.an_order(), by=world.buyer)
    world.is_paid_for(world.an_order(payment_mode=BY_MPESA))
    by_mpesa = [world.an_order(payment_mode=BY_MPESA) for _ in range(21)]
    payments = [(order_id, AMOUNT[BY_MPESA], world.a_receipt()) for order_id in by_mpesa]
    gas["record"] = gas_of(world, "record_offchain_payment", *payments[0], by=world.oracle)
    gas["record, each of 20"] = gas_of(world, "record_offchain_payments", payments[1:], by=world.oracle) // 20
    refusing = world.an_order(SHIPPED, seller=world.a_payee("rejecting"))
    gas["confirm, seller credited"] = gas_of(world, "confirm_delivery", refusing, by=world.buyer)
    gas["refund"] = gas_of(world, "refund", world.an_order(FUNDED), by=world.seller)
    endings = (("expired", CREATED), ("refunded", FUNDED), ("delivered", SHIPPED), ("resolved", DISPUTED))
    for name, status in endings:
        overdue = world.an_order(status)
        world.waits_until(world.order(overdue).deadline)
        gas[f"settle, {name}"] = gas_of(world, "settle_expired", [overdue], by=world.stranger)
    many = [world.an_order(SHIPPED) for _ in range(20)]
    world.waits_until(world.order(many[-1]).deadline)
    gas["settle, each of 20 delivered"] = gas_of(world, "settle_expired", many, by=world.stranger) // 20
    gas["withdraw"] = gas_of(world, "withdraw", by=world.treasury)
    return gas
