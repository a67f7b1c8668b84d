"""Calls that the contract refuses, one for each of its reasons."""

from collections.abc import Callable
from typing import Any

from .environment import Environment, Outcome
from .values import (
    BY_MPESA,
    CREATED,
    DAY,
    DELIVERED,
    DISPUTED,
    DOT,
    FUNDED,
    LARGEST_AMOUNT,
    SHILLING,
    SHIPPED,
    ZERO,
    a_digest,
    a_fallback_address,
)


def _create(environment: Environment, **changes: Any) -> Outcome:
    return environment.call("create_order", *environment.a_new_order(**changes), by=environment.operator)


def _publish(environment: Environment, **changes: int) -> Outcome:
    return environment.call("publish_terms", *environment.terms_with(**changes), by=environment.owner)


def _fund(environment: Environment, order_id: int, by: str, value: int = 10 * DOT) -> Outcome:
    return environment.call("fund_order_dot", order_id, by=by, value=value)


def _record(environment: Environment, order_id: int, **changes: Any) -> Outcome:
    payment = {"amount": environment.order(order_id).amount, "receipt": environment.a_receipt()} | changes
    return environment.call("record_offchain_payment", order_id, *payment.values(), by=environment.oracle)


def _recorded_with_caps(environment: Environment, per_order: int, per_day: int) -> Outcome:
    environment.execute("set_oracle_caps", per_order, per_day, by=environment.owner)
    return _record(environment, environment.an_order(payment_mode=BY_MPESA, amount=3 * SHILLING))


def _receipt_used_twice(environment: Environment) -> Outcome:
    receipt = environment.a_receipt()
    _record(environment, environment.an_order(payment_mode=BY_MPESA), receipt=receipt)
    return _record(environment, environment.an_order(payment_mode=BY_MPESA), receipt=receipt)


def _disputed_too_late(environment: Environment) -> Outcome:
    order_id = environment.an_order(SHIPPED)
    environment.advance(12 * DAY)
    return environment.call("raise_dispute", order_id, a_digest("e"), by=environment.buyer)


def _received_too_late(environment: Environment) -> Outcome:
    order_id = environment.an_order(SHIPPED)
    environment.advance(12 * DAY)
    return environment.call("confirm_receipt", order_id, by=environment.buyer)


def _extended_twice(environment: Environment) -> Outcome:
    order_id = environment.an_order(SHIPPED)
    environment.execute("extend_transit", order_id, by=environment.buyer)
    return environment.call("extend_transit", order_id, by=environment.buyer)


def _withdraw_for_nobody(environment: Environment) -> Outcome:
    seller = a_fallback_address("seller")
    environment.an_order(DELIVERED, seller=seller)
    return environment.call("withdraw_for", seller, by=environment.stranger)


def _decided_too_late(environment: Environment) -> Outcome:
    order_id = environment.an_order(DISPUTED)
    environment.advance(14 * DAY)
    return environment.call("resolve_dispute", order_id, 0, by=environment.arbiter)


def _evidence_from_outside(environment: Environment) -> Outcome:
    return environment.call("add_evidence", environment.an_order(DISPUTED), a_digest("e"), by=environment.owner)


def _accepted_too_late(environment: Environment) -> Outcome:
    order_id = environment.an_offer()
    environment.advance(DAY)
    return environment.call("accept_settlement", order_id, 4_000, by=environment.buyer)


def _paid_too_late(environment: Environment) -> Outcome:
    order_id = environment.an_order()
    environment.advance(DAY)
    return _fund(environment, order_id, environment.buyer)


def _shipped_too_late(environment: Environment) -> Outcome:
    order_id = environment.an_order(FUNDED)
    environment.advance(3 * DAY)
    return environment.call("mark_shipped", order_id, a_digest("t"), by=environment.seller)


def _fund_above_the_limit(environment: Environment) -> Outcome:
    return _fund(environment, environment.fill_totals(), environment.buyer, LARGEST_AMOUNT)


def _created_while_paused(environment: Environment) -> Outcome:
    environment.execute("pause", by=environment.guardian)
    return _create(environment)


def _paused_twice(environment: Environment) -> Outcome:
    environment.execute("pause", by=environment.guardian)
    return environment.call("pause", by=environment.guardian)


def _withdraw_to_rejecting_payee(environment: Environment) -> Outcome:
    seller = environment.a_payee("rejecting")
    environment.an_order(DELIVERED, seller=seller)
    return environment.call("withdraw_for", seller, by=environment.stranger)


def _confirm_with_too_little_gas(environment: Environment) -> Outcome:
    order_id = environment.an_order(SHIPPED, seller=environment.a_payee("gas_requiring"))
    return environment.call("confirm_delivery", order_id, by=environment.buyer, gas=25_000)


REASONS: dict[str, Callable[[Environment], Outcome]] = {
    "escrow: address is the escrow itself": lambda env: _create(env, buyer=env.escrow),
    "escrow: address is zero": lambda env: _create(env, buyer=ZERO),
    "escrow: already paused": _paused_twice,
    "escrow: amount is not exact": lambda env: _fund(env, env.an_order(), env.buyer, 1),
    "escrow: amount is not in whole planck": lambda env: _create(env, amount=1),
    "escrow: amount is not in whole shillings": lambda env: _create(env, payment_mode=BY_MPESA, amount=150),
    "escrow: amount is too large": lambda env: _create(env, amount=2**96),
    "escrow: amount is zero": lambda env: _create(env, amount=0),
    "escrow: buyer is the seller": lambda env: _create(env, buyer=env.seller),
    "escrow: caller is neither party nor arbiter": lambda env: env.call(
        "add_evidence", env.an_order(DISPUTED), a_digest("e"), by=env.owner
    ),
    "escrow: caller is neither party nor operator": lambda env: env.call("cancel_order", env.an_order(), by=env.owner),
    "escrow: caller is not a party": lambda env: env.call(
        "propose_settlement", env.an_order(FUNDED), 0, DAY, by=env.arbiter
    ),
    "escrow: caller is not guardian or owner": lambda env: env.call("pause", by=env.stranger),
    "escrow: caller is not the arbiter": lambda env: env.call(
        "resolve_dispute", env.an_order(DISPUTED), 0, by=env.owner
    ),
    "escrow: caller is not the buyer": lambda env: _fund(env, env.an_order(), env.stranger),
    "escrow: caller is not the operator": lambda env: env.call("create_orders", [], by=env.stranger),
    "escrow: caller is not the oracle": lambda env: env.call("record_offchain_payments", [], by=env.operator),
    "escrow: caller is not the owner": lambda env: env.call("unpause", by=env.guardian),
    "escrow: caller is not the pending owner": lambda env: env.call("accept_ownership", by=env.owner),
    "escrow: caller is not the proposer": lambda env: env.call("withdraw_settlement", env.an_offer(), by=env.buyer),
    "escrow: caller is not the seller": lambda env: env.call("refund", env.an_order(FUNDED), by=env.buyer),
    "escrow: caller is the proposer": lambda env: env.call("accept_settlement", env.an_offer(), 4_000, by=env.seller),
    "escrow: cap is too large": lambda env: env.call("set_oracle_caps", 0, 2**72, by=env.owner),
    "escrow: fee is too high": lambda env: _publish(env, fee_bps=1_001),
    "escrow: new orders and payments are paused": _created_while_paused,
    "escrow: no credit": lambda env: env.call("withdraw", by=env.stranger),
    "escrow: no open offer": lambda env: env.call("accept_settlement", env.an_order(FUNDED), 0, by=env.buyer),
    "escrow: no such order": lambda env: env.call("refund", 1, by=env.seller),
    "escrow: no such payment mode": lambda env: _create(env, payment_mode=2, amount=DOT),
    "escrow: no such terms": lambda env: _create(env, terms_id=99),
    "escrow: not paused": lambda env: env.call("unpause", by=env.owner),
    "escrow: nothing is due": lambda env: env.call("settle_expired", [env.an_order()], by=env.stranger),
    "escrow: offer has expired": _accepted_too_late,
    "escrow: order holds no payment": lambda env: env.call("refund", env.an_order(CREATED), by=env.seller),
    "escrow: order is not awaiting payment": lambda env: _fund(env, env.an_order(FUNDED), env.buyer),
    "escrow: order is not disputed": lambda env: env.call("resolve_dispute", env.an_order(SHIPPED), 0, by=env.arbiter),
    "escrow: order is not funded": lambda env: env.call("mark_shipped", env.an_order(), a_digest("t"), by=env.seller),
    "escrow: order is not paid by M-Pesa": lambda env: _record(env, env.an_order()),
    "escrow: order is not paid in DOT": lambda env: _fund(env, env.an_order(payment_mode=BY_MPESA), env.buyer, 250_000),
    "escrow: order is not shipped": lambda env: env.call("confirm_delivery", env.an_order(FUNDED), by=env.buyer),
    "escrow: order is overdue": _received_too_late,
    "escrow: payment is above the cap of an order": lambda env: _recorded_with_caps(env, per_order=200, per_day=300),
    "escrow: payment is above the cap of the day": lambda env: _recorded_with_caps(env, per_order=300, per_day=200),
    "escrow: receipt is empty": lambda env: _record(env, env.an_order(payment_mode=BY_MPESA), receipt=bytes(32)),
    "escrow: receipt was used before": _receipt_used_twice,
    "escrow: recipient has no account": _withdraw_for_nobody,
    "escrow: recipient refused the coin": _withdraw_to_rejecting_payee,
    "escrow: share is above 100 percent": lambda env: _publish(env, default_seller_bps=10_001),
    "escrow: share is not the one offered": lambda env: env.call(
        "accept_settlement", env.an_offer(), 3_999, by=env.buyer
    ),
    "escrow: time to decide is over": _decided_too_late,
    "escrow: time to dispute is over": _disputed_too_late,
    "escrow: time to pay is over": _paid_too_late,
    "escrow: time to ship is over": _shipped_too_late,
    "escrow: too little gas for the payout": _confirm_with_too_little_gas,
    "escrow: total is too large": _fund_above_the_limit,
    "escrow: transit was extended before": _extended_twice,
    "escrow: window is too long": lambda env: _publish(env, ship_window_s=365 * DAY + 1),
    "escrow: window is too short": lambda env: _publish(env, ship_window_s=59),
}
