"""Refused calls are dropped once their order can never need them again."""

from typing import Any
from unittest.mock import AsyncMock
from uuid import UUID

import pytest

from descrow.contract.models import ContractCall, SignerRole
from descrow.contract.order_status import OrderStatus
from descrow.kernel.db import utc_now
from descrow.orders.deadlines import settlement_key
from descrow.orders.models import Order
from descrow.orders.obsolete_calls import is_obsolete
from descrow.orders.transitions import Action

REFERENCE = UUID(int=7)


def session_with(order: Order) -> Any:
    session = AsyncMock()
    session.get_one.return_value = order
    return session


def an_order(status: OrderStatus) -> Order:
    return Order(id=1, reference=REFERENCE, status=status)


def a_call(function: str, signer_role: SignerRole = SignerRole.OPERATOR, key: str = "any") -> ContractCall:
    return ContractCall(order_id=1, function=function, signer_role=signer_role, idempotency_key=key)


async def test_a_call_of_no_order_is_never_obsolete() -> None:
    session = AsyncMock()

    assert not await is_obsolete(session, ContractCall(order_id=None, function=Action.SETTLE, idempotency_key="any"))
    assert session.mock_calls == []


@pytest.mark.parametrize("status", OrderStatus)
async def test_a_settlement_is_obsolete_once_the_order_has_left_the_status_it_was_queued_in(
    status: OrderStatus,
) -> None:
    call = a_call(Action.SETTLE, key=settlement_key(an_order(OrderStatus.FUNDED)))

    assert await is_obsolete(session_with(an_order(status)), call) is (status is not OrderStatus.FUNDED)


@pytest.mark.parametrize("status", OrderStatus)
async def test_the_record_of_a_payment_is_obsolete_once_the_order_is_no_longer_to_be_paid(status: OrderStatus) -> None:
    call = a_call(Action.RECORD, SignerRole.ORACLE)

    assert await is_obsolete(session_with(an_order(status)), call) is (status is not OrderStatus.CREATED)


@pytest.mark.parametrize("status", OrderStatus)
async def test_an_extension_is_obsolete_once_the_goods_are_not_on_their_way(status: OrderStatus) -> None:
    call = a_call(Action.EXTEND_TRANSIT, SignerRole.ORACLE)

    assert await is_obsolete(session_with(an_order(status)), call) is (status is not OrderStatus.SHIPPED)


async def test_an_extension_is_obsolete_once_there_was_one() -> None:
    order = an_order(OrderStatus.SHIPPED)
    order.transit_extended_at = utc_now()

    assert await is_obsolete(session_with(order), a_call(Action.EXTEND_TRANSIT, SignerRole.ORACLE))


@pytest.mark.parametrize("status", OrderStatus)
async def test_a_function_that_is_no_transition_of_the_signer_is_not_obsolete(status: OrderStatus) -> None:
    assert not await is_obsolete(session_with(an_order(status)), a_call("create_order"))
    assert not await is_obsolete(session_with(an_order(status)), a_call(Action.RECORD, SignerRole.OPERATOR))
