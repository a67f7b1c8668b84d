"""The table of moves, tried whole: every status × action × caller, over the API and against the contract."""

import pytest

from descrow.escrow.abi import Value
from descrow.escrow.errors import ContractReverted
from descrow.money import NOTHING
from descrow.orders.moves import FINAL_STATUSES, HOLDING_STATUSES, MOVES, Action, OrderStatus, Party, find_move
from descrow.shop_client import Refused, ShopClient
from tests.market import PRICE, Market

ARGUMENTS: dict[Action, list[Value]] = {Action.SHIP: [bytes(32)]}
VALUES = {Action.FUND: PRICE}


def test_every_status_that_is_not_final_can_be_left_by_anyone_once_its_time_is_over() -> None:
    for status in set(OrderStatus) - FINAL_STATUSES:
        assert find_move(Action.SETTLE, status) is not None


def test_no_move_leads_out_of_a_final_status_or_into_the_first() -> None:
    assert {move.before for move in MOVES}.isdisjoint(FINAL_STATUSES)
    assert OrderStatus.CREATED not in {move.after for move in MOVES}


def test_money_is_held_exactly_in_the_statuses_between_payment_and_end() -> None:
    assert {find_move(Action.FUND, OrderStatus.CREATED).after} <= HOLDING_STATUSES  # type: ignore[union-attr]
    assert HOLDING_STATUSES.isdisjoint(FINAL_STATUSES | {OrderStatus.CREATED})


async def bring_to(market: Market, status: OrderStatus) -> int:
    """An order that is `status`; returns its id."""
    order = await market.order()
    order_id = int(order["id"])
    if status in (OrderStatus.FUNDED, OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.REFUNDED):
        await market.pay(order_id)
    if status in (OrderStatus.SHIPPED, OrderStatus.DELIVERED):
        await market.move(market.seller, order_id, "ship")
    match status:
        case OrderStatus.DELIVERED:
            await market.move(market.buyer, order_id, "confirm")
        case OrderStatus.REFUNDED:
            await market.move(market.seller, order_id, "refund")
        case OrderStatus.EXPIRED:
            await market.travel(seconds=61)
            await market.settle_as_stranger(order_id)
    assert (await market.seen(order_id))["status"] == status
    return order_id


@pytest.mark.parametrize("status", list(OrderStatus))
async def test_the_contract_allows_exactly_the_moves_of_the_table(market: Market, status: OrderStatus) -> None:
    order_id = await bring_to(market, status)
    chain_order_id = int((await market.seen(order_id))["contractOrderId"])
    callers = {Party.BUYER: market.buyer, Party.SELLER: market.seller, Party.ANYONE: market.stranger}

    for action in (Action.FUND, Action.SHIP, Action.CONFIRM, Action.REFUND):
        for party, caller in callers.items():
            move = find_move(action, status)
            assert await _contract_allows(market, action, chain_order_id, caller) == (
                move is not None and move.party is party
            ), f"{action} by {party} from {status}"


@pytest.mark.parametrize("status", list(OrderStatus))
async def test_anyone_may_settle_exactly_the_statuses_of_the_table_once_their_time_is_over(
    market: Market, status: OrderStatus
) -> None:
    order_id = await bring_to(market, status)
    chain_order_id = int((await market.seen(order_id))["contractOrderId"])
    assert not await _can_settle(market, chain_order_id)

    await market.travel(seconds=61)

    assert await _can_settle(market, chain_order_id) == (find_move(Action.SETTLE, status) is not None)


@pytest.mark.parametrize("status", list(OrderStatus))
async def test_the_api_prepares_exactly_the_moves_of_the_table(market: Market, status: OrderStatus) -> None:
    order_id = await bring_to(market, status)

    for word, action in {"ship": Action.SHIP, "confirm": Action.CONFIRM, "refund": Action.REFUND}.items():
        for party, caller in {Party.BUYER: market.buyer, Party.SELLER: market.seller}.items():
            move = find_move(action, status)
            if move is not None and move.party is party:
                prepared = await caller.put(f"/api/orders/{order_id}", {"action": word})
                assert prepared["call"]["function"] == action
            else:
                with pytest.raises(Refused, match="move_not_allowed"):
                    await caller.put(f"/api/orders/{order_id}", {"action": word})
    assert (await market.seen(order_id))["status"] == status


async def _contract_allows(market: Market, action: Action, chain_order_id: int, caller: ShopClient) -> bool:
    arguments: list[Value] = [chain_order_id, *ARGUMENTS.get(action, [])]
    try:
        await market.contract.dry_run(
            action, *arguments, caller=caller.key.public_key, value=VALUES.get(action, NOTHING)
        )
    except ContractReverted as refusal:
        return _is_not(refusal.reason, "escrow: ")
    return True


async def _can_settle(market: Market, chain_order_id: int) -> bool:
    try:
        await market.contract.dry_run(Action.SETTLE, [chain_order_id], caller=market.stranger.key.public_key)
    except ContractReverted as refusal:
        return _is_not(refusal.reason, "escrow: nothing is due")
    return True


def _is_not(reason: str | None, expected: str) -> bool:
    """False, for a refusal that gives a reason of the expected kind; any other refusal fails the test."""
    assert reason is not None
    assert reason.startswith(expected)
    return False
