"""Measure the gas of each step on a plain EVM, as a transaction pays it: base, calldata, and every word cold."""

from typing import Any

from tests.contracts.abi import calldata
from tests.contracts.environment import Environment
from tests.contracts.evm import PyEvm, intrinsic_gas
from tests.contracts.values import (
    AMOUNT,
    BY_DOT,
    BY_MPESA,
    CREATED,
    DAY,
    DISPUTED,
    DOT,
    FUNDED,
    SHIPPED,
    a_digest,
    an_address,
)


def gas_of(environment: Environment, name: str, *args: Any, by: str, value: int = 0) -> int:
    """Return the gas of this call as a transaction of its own, before refunds."""
    environment.evm.begin_transaction()
    outcome = environment.execute(name, *args, by=by, value=value)
    return intrinsic_gas(calldata(name, *args)) + outcome.gas_used


def a_new_order(environment: Environment, n: int) -> tuple[Any, ...]:
    return (
        an_address(f"buyer {n}"),
        an_address(f"seller {n}"),
        25 * DOT // 10,
        environment.terms_id,
        BY_DOT,
        a_digest(f"reference {n}"),
        a_digest(f"metadata {n}"),
    )


def measure_on_evm() -> dict[str, int]:
    """Return the gas by step. Accounts exist and nothing was withdrawn, so no order is cheaper than a later one."""
    environment = Environment(PyEvm())
    gas: dict[str, int] = {}
    gas["create"] = gas_of(environment, "create_order", *a_new_order(environment, 0), by=environment.operator)
    gas["create, each of 20"] = (
        gas_of(environment, "create_orders", [a_new_order(environment, n) for n in range(20)], by=environment.operator)
        // 20
    )
    gas["fund"] = gas_of(environment, "fund_order_dot", environment.an_order(), by=environment.buyer, value=10 * DOT)
    gas["ship"] = gas_of(
        environment, "mark_shipped", environment.an_order(FUNDED), a_digest("tracking"), by=environment.seller
    )
    gas["extend transit"] = gas_of(environment, "extend_transit", environment.an_order(SHIPPED), by=environment.buyer)
    gas["confirm receipt"] = gas_of(environment, "confirm_receipt", environment.an_order(SHIPPED), by=environment.buyer)
    gas["confirm, seller paid"] = gas_of(
        environment, "confirm_delivery", environment.an_order(SHIPPED), by=environment.buyer
    )
    disputed = environment.an_order(SHIPPED)
    gas["dispute"] = gas_of(environment, "raise_dispute", disputed, a_digest("evidence"), by=environment.buyer)
    gas["evidence"] = gas_of(environment, "add_evidence", disputed, a_digest("more evidence"), by=environment.seller)
    gas["resolve, both paid"] = gas_of(environment, "resolve_dispute", disputed, 5_000, by=environment.arbiter)
    agreed = environment.an_order(SHIPPED)
    gas["propose"] = gas_of(environment, "propose_settlement", agreed, 5_000, DAY, by=environment.buyer)
    gas["accept, both paid"] = gas_of(environment, "accept_settlement", agreed, 5_000, by=environment.seller)
    gas["cancel"] = gas_of(environment, "cancel_order", environment.an_order(), by=environment.buyer)
    environment.pay_for(environment.an_order(payment_mode=BY_MPESA))
    by_mpesa = [environment.an_order(payment_mode=BY_MPESA) for _ in range(21)]
    payments = [(order_id, AMOUNT[BY_MPESA], environment.a_receipt()) for order_id in by_mpesa]
    gas["record"] = gas_of(environment, "record_offchain_payment", *payments[0], by=environment.oracle)
    gas["record, each of 20"] = (
        gas_of(environment, "record_offchain_payments", payments[1:], by=environment.oracle) // 20
    )
    refusing = environment.an_order(SHIPPED, seller=environment.a_payee("rejecting"))
    gas["confirm, seller credited"] = gas_of(environment, "confirm_delivery", refusing, by=environment.buyer)
    gone = environment.an_order(SHIPPED, seller=an_address("nobody"))
    gas["confirm, seller gone"] = gas_of(environment, "confirm_delivery", gone, by=environment.buyer)
    gas["refund"] = gas_of(environment, "refund", environment.an_order(FUNDED), by=environment.seller)
    endings = (("expired", CREATED), ("refunded", FUNDED), ("delivered", SHIPPED), ("resolved", DISPUTED))
    for name, status in endings:
        overdue = environment.an_order(status)
        environment.advance_to(environment.order(overdue).deadline)
        gas[f"settle, {name}"] = gas_of(environment, "settle_expired", [overdue], by=environment.stranger)
    many = [environment.an_order(SHIPPED) for _ in range(20)]
    environment.advance_to(environment.order(many[-1]).deadline)
    gas["settle, each of 20 delivered"] = gas_of(environment, "settle_expired", many, by=environment.stranger) // 20
    gas["withdraw"] = gas_of(environment, "withdraw", by=environment.treasury)
    return gas
