"""No transaction costs more than the operator allows, no day more than its limit; what is held back says why."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from descrow.chain.keys import Keypair
from descrow.chain.scale import encode_compact
from descrow.contract.models import (
    CallPriority,
    CallStatus,
    ChainTransaction,
    HoldReason,
    SignerRole,
    TransactionStatus,
)
from descrow.contract.signer_monitor import watch_signer
from descrow.contract.spending import PERCENT_OF_DAY, USUAL_LIMITS, Cost, SpendingLimits, spent_on_day
from descrow.incidents.alerts import open_alerts
from descrow.kernel.days import next_day
from descrow.kernel.db import utc_now
from descrow.kernel.money import NOTHING, PLANCK_PER_DOT, Planck
from tests.contract.submissions import calls, orders_on_chain, queue, transactions
from tests.market import Market

amounts = st.integers(min_value=0, max_value=10**14).map(Planck)
moments = st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


async def cost_of_one(market: Market) -> Cost:
    """Return what a transaction with one new order was allowed to cost."""
    await queue(market, "to see what it costs", terms_id=1)
    await market.work()
    [transaction] = await transactions(market)
    return Cost(Planck(transaction.fee_estimate_planck), Planck(transaction.deposit_limit_planck))


async def spent_today(market: Market) -> Planck:
    async with market.sessions() as session:
        return await spent_on_day(session, market.sender().signer.address, utc_now())


async def watch(
    market: Market, *, low_balance: Planck = NOTHING, limits: SpendingLimits = USUAL_LIMITS
) -> dict[str, dict[str, object]]:
    """Look at the operator once; returns the open alerts' details by kind."""
    operator = Keypair.from_uri("//Operator")
    await watch_signer(
        market.sessions, market.contract, operator, SignerRole.OPERATOR, low_balance=low_balance, limits=limits
    )
    async with market.sessions() as session:
        return {alert.kind.value: alert.details for alert in await open_alerts(session)}


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (SpendingLimits(fee=Planck(1), deposit=Planck(PLANCK_PER_DOT)), HoldReason.FEE_ABOVE_CEILING),
        (SpendingLimits(fee=Planck(PLANCK_PER_DOT), deposit=Planck(1)), HoldReason.DEPOSIT_ABOVE_CEILING),
    ],
)
async def test_a_call_that_costs_more_than_the_ceiling_is_never_sent_and_says_why(
    market: Market, limits: SpendingLimits, reason: HoldReason
) -> None:
    await queue(market, "too dear", terms_id=1)

    await market.sender(limits=limits).step()

    [call] = await calls(market)
    assert (call.status, call.held_back, call.attempt_count) == (CallStatus.QUEUED, reason, 1)
    assert str(call.last_error).startswith(f"{reason}: ")
    assert await transactions(market) == []
    assert (await watch(market))["transaction_too_dear"]["calls"] == 1

    await market.due_again()
    await market.work()  # under the usual limits

    [call] = await calls(market)
    assert (call.status, call.held_back) == (CallStatus.SUCCEEDED, None)
    assert await watch(market) == {}


async def test_a_batch_whose_fee_is_above_the_ceiling_goes_in_parts(market: Market) -> None:
    one = await cost_of_one(market)
    for number in range(4):
        await queue(market, f"order {number}", terms_id=1)
    sender = market.sender(limits=SpendingLimits(fee=Planck(one.fee * 5 // 2), deposit=Planck(PLANCK_PER_DOT)))

    for _ in range(2):
        assert await sender.step()
        await market.follow()

    alone, first, second = [transaction.id for transaction in await transactions(market)]
    assert [call.transaction_id for call in await calls(market)] == [alone, first, first, second, second]
    assert await orders_on_chain(market) == 5


async def test_a_batch_holds_no_more_deposit_than_the_ceiling_and_the_chain_is_told_so(market: Market) -> None:
    one = await cost_of_one(market)
    for number in range(3):
        await queue(market, f"order {number}", terms_id=1)
    ceiling = Planck(one.deposit * 2)
    sender = market.sender(limits=SpendingLimits(fee=Planck(PLANCK_PER_DOT), deposit=ceiling))

    for _ in range(2):
        assert await sender.step()
        await market.follow()

    _, pair, last = await transactions(market)
    assert (pair.deposit_limit_planck, last.deposit_limit_planck) == (ceiling, one.deposit)
    assert pair.extrinsic.count(encode_compact(one.deposit)) == 2
    assert await orders_on_chain(market) == 4


async def test_the_limit_in_the_bytes_is_never_above_the_ceiling(market: Market) -> None:
    one = await cost_of_one(market)
    ceiling = Planck(one.deposit * 9 // 10)  # more than it takes, less than the usual margin above that
    await queue(market, "with little to spare", terms_id=1)

    await market.sender(limits=SpendingLimits(fee=Planck(PLANCK_PER_DOT), deposit=ceiling)).step()
    await market.follow()

    transaction = (await transactions(market))[-1]
    assert transaction.deposit_limit_planck == ceiling
    assert encode_compact(ceiling) in transaction.extrinsic
    assert (await calls(market))[-1].status is CallStatus.SUCCEEDED


async def test_what_the_day_can_no_longer_pay_waits_for_the_next_one(market: Market) -> None:
    one = await cost_of_one(market)
    a_longer_nonce = one.total // 100  # a byte more in the transaction is a little more fee
    per_day = Planck(await spent_today(market) + one.total + a_longer_nonce)
    limits = SpendingLimits(fee=USUAL_LIMITS.fee, deposit=USUAL_LIMITS.deposit, per_day=per_day)
    sender = market.sender(limits=limits)
    await queue(market, "within the limit", terms_id=1)
    await queue(market, "beyond it", terms_id=1)

    assert await sender.step()
    await market.follow()
    await sender.step()

    _, within, beyond = await calls(market)
    assert within.status is CallStatus.SUCCEEDED
    assert (beyond.status, beyond.held_back) == (CallStatus.QUEUED, HoldReason.SPEND_LIMIT_REACHED)
    assert beyond.next_attempt_at in (next_day(utc_now()), next_day(utc_now() - timedelta(minutes=1)))
    assert (await watch(market))["spend_limit_reached"]["calls"] == 1

    async with market.sessions.begin() as session:  # a day later
        await session.execute(update(ChainTransaction).values(ended_at=utc_now() - timedelta(days=1)))
    await market.due_again()
    await sender.step()
    await market.follow()

    assert (await calls(market))[-1].status is CallStatus.SUCCEEDED
    assert await watch(market) == {}


async def test_what_is_signed_counts_at_its_most_and_what_is_final_by_its_fee(market: Market) -> None:
    await queue(market, "any", terms_id=1)
    await market.sender().step()
    [transaction] = await transactions(market)
    assert await spent_today(market) == transaction.fee_estimate_planck + transaction.deposit_limit_planck

    await market.follow()

    [transaction] = await transactions(market)
    assert transaction.fee_planck is not None
    assert transaction.fee_planck < transaction.fee_estimate_planck
    assert await spent_today(market) == transaction.fee_planck + transaction.deposit_limit_planck


@pytest.mark.parametrize(
    ("status", "ended", "counts"),
    [
        (TransactionStatus.FINALIZED, timedelta(0), True),
        (TransactionStatus.FINALIZED, timedelta(microseconds=-1), False),
        (TransactionStatus.SIGNED, timedelta(days=-3), True),
        (TransactionStatus.EXPIRED, timedelta(hours=1), False),
    ],
)
async def test_the_day_is_what_ended_since_midnight_and_all_that_is_open(
    market: Market, status: TransactionStatus, ended: timedelta, counts: bool
) -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    midnight = datetime(2026, 11, 24, tzinfo=UTC)
    async with market.sessions.begin() as session:
        session.add(
            ChainTransaction(
                signer="somebody",
                nonce=0,
                extrinsic=b"",
                hash="0x00",
                birth_hash="0x00",
                valid_until_block=64,
                status=status,
                fee_estimate_planck=5,
                deposit_limit_planck=2,
                ended_at=midnight + ended,
            )
        )

    async with market.sessions() as session:
        assert await spent_on_day(session, "somebody", noon) == (7 if counts else 0)
        assert await spent_on_day(session, "another", noon) == 0


async def test_a_signer_that_runs_out_of_money_is_an_alert_until_it_has_more(market: Market) -> None:
    operator = Keypair.from_uri("//Operator")
    free = await market.chain.free_balance(operator.public_key)

    assert (await watch(market, low_balance=Planck(free + 1)))["low_balance"] == {
        "role": "operator",
        "free_planck": str(free),
        "wanted_planck": str(free + 1),
    }
    assert await watch(market, low_balance=free) == {}


@given(
    per_day=amounts,
    wanted=st.lists(st.tuples(st.builds(Cost, fee=amounts, deposit=amounts), st.sampled_from(CallPriority))),
)
def test_whatever_is_wanted_a_day_never_costs_more_than_its_limit(
    per_day: Planck, wanted: list[tuple[Cost, CallPriority]]
) -> None:
    limits = SpendingLimits(fee=Planck(10**14), deposit=Planck(10**14), per_day=per_day)
    spent = NOTHING
    for cost, priority in wanted:
        share = per_day * PERCENT_OF_DAY[priority] // 100
        if limits.objection(cost, spent_today=spent, priority=priority) is None:
            spent = Planck(spent + cost.total)
            assert spent <= share
        else:
            assert spent + cost.total > share  # nothing is held back without need

    assert spent <= per_day


@given(per_day=amounts, wanted=st.lists(st.builds(Cost, fee=amounts, deposit=amounts)))
def test_what_costs_nothing_to_ask_for_leaves_a_part_of_the_day_to_each_higher_priority(
    per_day: Planck, wanted: list[Cost]
) -> None:
    limits = SpendingLimits(fee=Planck(10**14), deposit=Planck(10**14), per_day=per_day)
    spent = NOTHING
    for cost in wanted:
        if limits.objection(cost, spent_today=spent, priority=CallPriority.UNPAID) is None:
            spent = Planck(spent + cost.total)

    for higher, lower in ((0, 1), (1, 2), (2, 3)):
        kept = limits.for_day(CallPriority(higher)), limits.for_day(CallPriority(lower))
        assert kept[0] is not None
        assert kept[1] is not None
        assert kept[0] - kept[1] >= per_day * 15 // 100 - 1
    assert spent <= per_day * 40 // 100


async def test_with_the_budget_spent_by_strangers_a_dispute_is_sent_at_once(market: Market) -> None:
    """Each new order of a stranger costs the operator a fee. What they use up ends before the others' part begins."""
    one = await cost_of_one(market)
    spent = await spent_today(market)
    limits = SpendingLimits(
        fee=USUAL_LIMITS.fee, deposit=USUAL_LIMITS.deposit, per_day=Planck((spent + one.total) * 100 // 40)
    )
    sender = market.sender(limits=limits)
    for number in range(5):
        await queue(market, f"a stranger's order {number}", terms_id=1, priority=CallPriority.UNPAID)
    for _ in range(5):
        await sender.step()
        await market.follow()
    strangers = [call for call in await calls(market) if call.idempotency_key.startswith("a stranger")]
    assert HoldReason.SPEND_LIMIT_REACHED in {call.held_back for call in strangers}

    await queue(market, "a dispute", terms_id=1, priority=CallPriority.DISPUTE)
    assert await sender.step()
    await market.follow()

    assert (await calls(market))[-1].status is CallStatus.SUCCEEDED


async def test_a_dispute_goes_before_what_was_queued_earlier(market: Market) -> None:
    one = await cost_of_one(market)
    alone = SpendingLimits(fee=Planck(one.fee + one.fee // 10), deposit=USUAL_LIMITS.deposit)  # one call each time
    for priority in (CallPriority.UNPAID, CallPriority.ORDERS, CallPriority.MONEY, CallPriority.DISPUTE):
        await queue(market, priority.name, terms_id=1, priority=priority)

    for _ in range(4):
        await market.sender(limits=alone).step()
        await market.follow()

    sent = sorted((await calls(market))[1:], key=lambda call: call.transaction_id or 0)
    assert [call.idempotency_key for call in sent] == ["DISPUTE", "MONEY", "ORDERS", "UNPAID"]


async def test_an_operator_is_told_before_the_budget_ends(market: Market) -> None:
    one = await cost_of_one(market)
    spent = await spent_today(market)
    plenty, scarce = Planck(spent * 2 + one.total), Planck(spent * 2 - 1)

    assert await watch(market, limits=SpendingLimits(one.fee, one.deposit, plenty)) == {}
    assert await watch(market, limits=SpendingLimits(one.fee, one.deposit, scarce)) == {
        "spend_limit_near": {"role": "operator", "spent_planck": str(spent), "per_day_planck": str(scarce)}
    }


@given(now=moments)
def test_the_next_day_is_the_first_midnight_to_come(now: datetime) -> None:
    coming = next_day(now)

    assert (coming.hour, coming.minute, coming.second, coming.microsecond, coming.tzinfo) == (0, 0, 0, 0, UTC)
    assert timedelta(0) < coming - now <= timedelta(days=1)
