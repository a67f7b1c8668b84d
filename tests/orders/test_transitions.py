"""The table of moves, tried whole: every status × action × caller, over the API and against the contract."""

import pytest

from descrow.app.demo.shop_client import ApiRefused, ShopClient
from descrow.contract.abi import Value
from descrow.contract.errors import ContractReverted
from descrow.contract.order_status import OrderStatus, PaymentMode
from descrow.kernel.money import NOTHING
from descrow.orders.transitions import (
    FINAL_STATUSES,
    HOLDING_STATUSES,
    SELF_TRANSITIONS,
    TRANSITIONS,
    Action,
    Party,
    actions_open_to,
    find_transition,
)
from tests.contracts.transitions import CALLERS, RULES, Cell, expected
from tests.market import PAST_EVERY_DEADLINE_S, PRICE, Market

ARGUMENTS: dict[Action, list[Value]] = {Action.SHIP: [bytes(32)], Action.DISPUTE: [bytes(32)]}
VALUES = {Action.FUND: PRICE}
PARTIES = {str(party): party for party in Party}
PREPARED = (
    Action.SHIP,
    Action.EXTEND_TRANSIT,
    Action.CONFIRM_RECEIPT,
    Action.CONFIRM,
    Action.REFUND,
    Action.CANCEL,
    Action.DISPUTE,
)
CONTRACT_STATUSES = [
    OrderStatus.CREATED,
    OrderStatus.FUNDED,
    OrderStatus.SHIPPED,
    OrderStatus.DELIVERED,
    OrderStatus.CANCELLED,
    OrderStatus.EXPIRED,
    OrderStatus.REFUNDED,
    OrderStatus.DISPUTED,
    OrderStatus.RESOLVED,
    OrderStatus.RECEIVED,
]
"""In the order of the contract's numbers, from 1."""


def test_every_cell_of_the_contracts_table_is_the_same_in_ours() -> None:
    """The contract's table is the one by which `tests/contracts/test_transitions.py` walks the contract itself."""
    walked = 0
    for action in Action:
        for number, status in enumerate(CONTRACT_STATUSES, start=1):
            for caller in CALLERS:
                for mode in PaymentMode:
                    for is_late in (False, True):
                        cell = Cell(action, number, caller, mode.number, is_late=is_late)
                        if (action, caller) in ((Action.ACCEPT, "seller"), (Action.WITHDRAW, "buyer")):
                            continue  # that table has the seller's offer stand, which is not theirs to answer
                        theirs = expected(cell)
                        transition = find_transition(
                            action, status, PARTIES.get(caller, Party.ANYONE), mode, is_overdue=is_late
                        )
                        ours = None if transition is None else CONTRACT_STATUSES.index(transition.after) + 1
                        assert ours == (theirs if isinstance(theirs, int) else None), cell
                        walked += 1
    assert walked > 3_000


def test_our_table_names_everything_that_the_contracts_does() -> None:
    assert set(RULES) == set(Action)


def test_what_moves_an_order_is_apart_from_what_leaves_it_where_it_is() -> None:
    assert all(transition.before is not transition.after for transition in TRANSITIONS)
    assert all(transition.before is transition.after for transition in SELF_TRANSITIONS)
    assert {transition.action for transition in TRANSITIONS}.isdisjoint(
        transition.action for transition in SELF_TRANSITIONS
    )


def test_only_the_proposer_withdraws_an_offer_and_only_the_other_party_accepts_it() -> None:
    for party, other in ((Party.BUYER, Party.SELLER), (Party.SELLER, Party.BUYER)):
        for status in HOLDING_STATUSES:
            for mode in PaymentMode:
                without = set(actions_open_to(party, status, mode))
                assert {Action.ACCEPT, Action.WITHDRAW}.isdisjoint(without)
                assert set(actions_open_to(party, status, mode, offer_by=party)) == without | {Action.WITHDRAW}
                assert set(actions_open_to(party, status, mode, offer_by=other)) == without | {Action.ACCEPT}


def test_every_status_that_is_not_final_can_be_left_by_anyone_once_its_time_is_over() -> None:
    for status in set(OrderStatus) - FINAL_STATUSES:
        for mode in PaymentMode:
            assert find_transition(Action.SETTLE, status, Party.ANYONE, mode, is_overdue=True) is not None


def test_no_move_leads_out_of_a_final_status_or_into_the_first() -> None:
    assert {transition.before for transition in TRANSITIONS}.isdisjoint(FINAL_STATUSES)
    assert OrderStatus.CREATED not in {transition.after for transition in TRANSITIONS}


def test_money_is_held_exactly_in_the_statuses_between_payment_and_end() -> None:
    paid = {transition.after for transition in TRANSITIONS if transition.action in (Action.FUND, Action.RECORD)}

    assert paid <= set(HOLDING_STATUSES)
    assert set(HOLDING_STATUSES) == set(OrderStatus) - FINAL_STATUSES - {OrderStatus.CREATED}


@pytest.mark.parametrize("status", list(OrderStatus))
async def test_the_contract_allows_exactly_the_moves_of_the_table(market: Market, status: OrderStatus) -> None:
    order_id = await market.order_that_is(status)
    contract_order_id = int((await market.seen(order_id))["contractOrderId"])
    callers = {Party.BUYER: market.buyer, Party.SELLER: market.seller, Party.ANYONE: market.stranger}

    for action in (Action.FUND, *PREPARED):
        for party, caller in callers.items():
            transition = find_transition(action, status, party)
            assert await _contract_allows(market, action, contract_order_id, caller) == (transition is not None), (
                f"{action} by {party} from {status}"
            )


@pytest.mark.parametrize("status", list(OrderStatus))
async def test_anyone_may_settle_exactly_the_statuses_of_the_table_once_their_time_is_over(
    market: Market, status: OrderStatus
) -> None:
    order_id = await market.order_that_is(status)
    contract_order_id = int((await market.seen(order_id))["contractOrderId"])
    assert not await _can_settle(market, contract_order_id)

    await market.travel(seconds=PAST_EVERY_DEADLINE_S)

    transition = find_transition(Action.SETTLE, status, Party.ANYONE, is_overdue=True)
    assert await _can_settle(market, contract_order_id) == (transition is not None)


@pytest.mark.parametrize("status", list(OrderStatus))
async def test_the_api_prepares_exactly_the_moves_of_the_table(market: Market, status: OrderStatus) -> None:
    order_id = await market.order_that_is(status)

    for action in PREPARED:
        for party, caller in {Party.BUYER: market.buyer, Party.SELLER: market.seller}.items():
            if find_transition(action, status, party) is not None:
                prepared = await caller.put(f"/api/orders/{order_id}", {"action": action.word})
                assert prepared["call"]["function"] == action
            else:
                with pytest.raises(ApiRefused, match="move_not_allowed"):
                    await caller.put(f"/api/orders/{order_id}", {"action": action.word})
    assert (await market.seen(order_id))["status"] == status


async def _contract_allows(market: Market, action: Action, contract_order_id: int, caller: ShopClient) -> bool:
    arguments: list[Value] = [contract_order_id, *ARGUMENTS.get(action, [])]
    try:
        await market.contract.dry_run(
            action, *arguments, caller=caller.key.public_key, value=VALUES.get(action, NOTHING)
        )
    except ContractReverted as refusal:
        return _is_not(refusal.reason, "escrow: ")
    return True


async def _can_settle(market: Market, contract_order_id: int) -> bool:
    try:
        await market.contract.dry_run(Action.SETTLE, [contract_order_id], caller=market.stranger.key.public_key)
    except ContractReverted as refusal:
        return _is_not(refusal.reason, "escrow: nothing is due")
    return True


def _is_not(reason: str | None, expected: str) -> bool:
    """False, for a refusal that gives a reason of the expected kind; any other refusal fails the test."""
    assert reason is not None
    assert reason.startswith(expected)
    return False
