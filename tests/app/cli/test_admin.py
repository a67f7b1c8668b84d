"""`descrow admin` as an operator uses it: what it prints, what it asks, what it changes, how it ends."""

import getpass
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import delete, select, update
from typer.testing import CliRunner

from descrow.app.cli.main import app
from descrow.app.devstack.data_dir import DataDirectory
from descrow.app.devstack.identity import birth_of
from descrow.app.devstack.run_files import RunFile
from descrow.app.settings import Settings, get_settings
from descrow.chain.keys import Keypair
from descrow.contract.calls import queue_call
from descrow.contract.models import CallStatus, ChainBlock, ChainEvent, ContractCall, Finality
from descrow.contract.order_status import OrderStatus
from descrow.incidents.alerts import raise_alert
from descrow.incidents.models import AlertKind, Case
from descrow.kernel.db import utc_now
from descrow.operations.formatting import age
from descrow.orders.models import Order
from tests.app.cli.terminal import Operator
from tests.market import PRICE, Market, order_request
from tests.tampering import tamper_with_log, tamper_with_order

ME = getpass.getuser()


async def status_of(market: Market, order_id: int) -> OrderStatus:
    async with market.sessions() as session:
        return (await session.get_one(Order, order_id)).status


# --- status ---


async def test_status_of_a_marketplace_that_is_well(operator: Operator, market: Market) -> None:
    await market.order()

    seen = await operator.types("status")

    assert seen.exit_code == 0, seen.output
    assert market.contract.address in seen.stdout
    assert "0 blocks behind" in seen.stdout
    assert "All is well." in seen.stdout
    assert Keypair.from_uri("//Operator").address in seen.stdout


async def test_status_names_all_that_waits_for_a_person(operator: Operator, market: Market) -> None:
    await market.order()
    await market.create_stray_order()
    await market.follow()
    async with market.sessions.begin() as session:
        await raise_alert(session, AlertKind.LOW_BALANCE, subject="the operator", free_planck="7")
        await queue_call(session, idempotency_key="x", order_id=None, function="settle_expired", arguments=[[1]])
    await operator.types("reconcile", "--yes")

    seen = await operator.types("status")
    answer = await operator.reads("status")

    assert seen.exit_code == 1
    for words in ("1 of them parked", "no order of ours has", "low_balance", "missing_here", "settle_expired"):
        assert words in seen.stdout
    assert "Something waits for a person." in seen.stdout
    assert [event["name"] for event in answer["parked"]] == ["OrderCreated"]
    assert (answer["lagBlocks"], answer["callsQueued"], answer["lastReconciliation"]["ordersCompared"]) == (
        0,
        1,
        1,
    )
    assert int(answer["signers"][0]["freePlanck"]) > 0


async def test_status_tells_of_a_chain_that_is_away(
    operator: Operator, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    await market.order()
    monkeypatch.setenv("DESCROW_CHAIN_URL", "ws://127.0.0.1:1")

    seen = await operator.types("status")

    assert seen.exit_code == 1
    assert "The chain does not answer" in seen.stdout
    assert "balance not known" in seen.stdout


# --- orders and events ---


async def test_an_orders_whole_life_is_on_one_screen(operator: Operator, market: Market) -> None:
    order_id = await market.order_that_is(OrderStatus.FUNDED)
    async with market.sessions() as session:
        reference = str((await session.get_one(Order, order_id)).reference)

    seen = await operator.types("orders", "show", str(order_id))

    assert seen.exit_code == 0, seen.output
    for words in (reference, "created → funded", "OrderFunded", "create_order", "Paid. The contract holds the money."):
        assert words in seen.stdout
    assert "contract says  funded" in seen.stdout
    for other_name in (reference, "contract:1"):
        assert (await operator.reads("orders", "show", other_name))["order"]["id"] == order_id


@pytest.mark.parametrize("name", ["99", "contract:99", "7c1f2a9e-435b-45ab-9330-6b9ff1fa3d65", "nonsense"])
async def test_an_order_that_is_not_there_is_said_in_a_sentence(operator: Operator, name: str) -> None:
    seen = await operator.types("orders", "show", name)

    assert (seen.exit_code, seen.stdout) == (1, "")
    assert seen.stderr.startswith(f"There is no order {name}.")


async def test_events_are_listed_by_order_and_by_what_became_of_them(operator: Operator, market: Market) -> None:
    order_id = await market.order_that_is(OrderStatus.FUNDED)
    await market.create_stray_order()
    await market.follow()
    await tamper_with_log(market, "TermsPublished", finality=Finality.ORPHANED)

    def names(events: list[dict[str, Any]]) -> list[str]:
        return [event["name"] for event in events]

    assert names(await operator.reads("events", "--order", str(order_id))) == ["OrderCreated", "OrderFunded"]
    assert names(await operator.reads("events", "--order", "contract:2")) == ["OrderCreated"]
    assert names(await operator.reads("events", "--orphaned")) == ["TermsPublished"]
    assert names(await operator.reads("events", "--limit", "2")) == ["OrderFunded", "OrderCreated"]
    [parked] = await operator.reads("events", "--parked")
    assert (parked["contractOrderId"], parked["attemptCount"]) == (2, 1)
    assert "no order of ours has reference" in (await operator.types("events", "--parked")).stdout


async def test_a_parked_event_is_tried_at_once_when_its_cause_is_gone(operator: Operator, market: Market) -> None:
    order_id = await market.place_order()
    await tamper_with_order(market, order_id, terms_id=9)
    await market.work()

    still = await operator.types("events", "retry", "--order", str(order_id), "--yes")
    await tamper_with_order(market, order_id, terms_id=1)
    async with market.sessions.begin() as session:
        await session.execute(
            update(ChainEvent)
            .where(ChainEvent.applied_at.is_(None))
            .values(next_attempt_at=utc_now() + timedelta(hours=1))
        )
    refused = await operator.types("events", "retry", "--order", str(order_id), answers="n\n")
    before = (await market.seen(order_id))["contractOrderId"]
    done = await operator.types(
        "events", "retry", "--order", str(order_id), "--reason", "terms put right", answers="y\n"
    )

    assert (still.exit_code, "was to be" in still.stdout) == (1, True)
    assert (refused.exit_code, before) == (1, None)
    assert "Nothing was changed." in refused.stderr
    assert (done.exit_code, done.stdout.endswith("They are applied.\n")) == (0, True)
    assert (await market.seen(order_id))["contractOrderId"] == 1
    assert await operator.noted() == [
        (ME, "retry events", f"order {order_id}", None),
        (ME, "retry events", f"order {order_id}", "terms put right"),
    ]


# --- replay ---


async def test_a_log_that_has_all_the_chain_tells_has_no_differences(operator: Operator, market: Market) -> None:
    await market.order_that_is(OrderStatus.FUNDED)

    seen = await operator.types("replay", "--from", "0")

    assert seen.exit_code == 0
    assert "The log has each of them, and no other." in seen.stdout


async def test_what_the_log_lacks_is_shown_and_put_in_only_on_request(operator: Operator, market: Market) -> None:
    order_id = await market.order_that_is(OrderStatus.FUNDED)
    async with market.sessions.begin() as session:
        await session.execute(delete(ChainEvent).where(ChainEvent.name == "OrderFunded"))

    looked = await operator.types("replay", "--from", "0")
    refused = await operator.types("replay", "--from", "0", "--apply", answers="n\n")
    lacking = await operator.reads("replay", "--from", "0")
    done = await operator.types("replay", "--from", "0", "--apply", "--reason", "lost", answers="y\n")
    after = await operator.types("replay", "--from", "0")

    assert [result.exit_code for result in (looked, refused, done, after)] == [1, 1, 0, 0]
    [difference] = lacking["differences"]
    assert (difference["field"], difference["here"], difference["there"]) == ("event", None, "OrderFunded")
    assert "1 event added, 0 events applied." in done.stdout
    assert await operator.noted() == [(ME, "replay", f"blocks {lacking['first']} to {lacking['last']}", "lost")]
    rebuilt = await operator.types("rebuild")
    assert rebuilt.exit_code == 0, "an event that was applied before it was lost counts as applied"
    assert await status_of(market, order_id) is OrderStatus.FUNDED


async def test_what_was_never_applied_is_applied_once_it_is_put_in(operator: Operator, market: Market) -> None:
    order_id = int((await market.order())["id"])
    await market.contract.send(market.buyer.key, "fund_order_dot", 1, value=PRICE)
    await market.indexer().catch_up()
    async with market.sessions.begin() as session:
        lost = await session.scalar(select(ChainEvent.block_hash).where(ChainEvent.name == "OrderFunded"))
        await session.execute(delete(ChainEvent).where(ChainEvent.block_hash == lost))
        await session.execute(delete(ChainBlock).where(ChainBlock.hash == lost))
    await on_with_the_chain(market)

    done = await operator.types("replay", "--from", "0", "--apply", "--yes")

    assert done.exit_code == 0, done.output
    assert "1 block and 1 event go into the log" in done.stderr
    assert await status_of(market, order_id) is OrderStatus.FUNDED
    assert (await operator.types("replay", "--from", "0")).exit_code == 0


async def on_with_the_chain(market: Market) -> None:
    """The log's end is a block later, behind the hole, which only a hand can make."""
    await market.travel(seconds=1)
    block = await market.chain.block(await market.chain.finalized_number())
    async with market.sessions.begin() as session:
        session.add(
            ChainBlock(
                hash=block.hash,
                number=block.number,
                parent_hash=block.parent_hash,
                finality=Finality.FINALIZED,
                produced_at=block.produced_at,
            )
        )


async def test_what_the_log_has_otherwise_is_named_and_never_rewritten(operator: Operator, market: Market) -> None:
    await market.order_that_is(OrderStatus.FUNDED)
    async with market.sessions.begin() as session:
        await session.execute(update(ChainEvent).where(ChainEvent.name == "OrderFunded").values(contract_order_id=7))
        true = (await session.scalars(select(ChainEvent).where(ChainEvent.name == "OrderCreated"))).one()
        copied = {column.name: getattr(true, column.name) for column in ChainEvent.__table__.columns}
        session.add(ChainEvent(**copied | {"event_index": 77}))

    done = await operator.types("replay", "--from", "0", "--apply", "--yes")
    answer = await operator.reads("replay", "--from", "0")

    assert done.exit_code == 1
    assert [(one["field"], one["here"], one["there"]) for one in answer["differences"]] == [
        ("event", "OrderCreated", None),
        ("contract_order_id", "7", "1"),
    ]
    assert await operator.noted() == []


# --- rebuild and reconcile ---


async def test_rebuild_shows_what_differs_and_writes_only_when_told_to(operator: Operator, market: Market) -> None:
    order_id = await market.order_that_is(OrderStatus.FUNDED)
    await tamper_with_order(market, order_id, status=OrderStatus.REFUNDED)

    looked = await operator.types("rebuild")
    refused = await operator.types("rebuild", "--apply", answers="n\n")
    unchanged = await status_of(market, order_id)
    done = await operator.types("rebuild", "--apply", "--reason", "tampered", answers="y\n")

    assert [result.exit_code for result in (looked, refused, done)] == [1, 1, 0]
    assert "1 difference." in looked.stdout
    assert "refunded  funded" in looked.stdout
    assert unchanged is OrderStatus.REFUNDED
    assert await status_of(market, order_id) is OrderStatus.FUNDED
    assert "Made anew: 1 order. Left: 0 differences." in done.stdout
    assert await operator.noted() == [(ME, "rebuild", f"order {order_id}", "tampered")]


async def test_reconcile_repairs_what_it_can_and_ends_with_1_for_the_rest(operator: Operator, market: Market) -> None:
    repairable, beyond = await market.order_that_is(OrderStatus.FUNDED), await market.order_that_is(OrderStatus.FUNDED)
    await tamper_with_order(market, repairable, status=OrderStatus.REFUNDED)
    await tamper_with_order(market, beyond, terms_id=9)

    looked = await operator.reads("reconcile", "--only-look")
    one = await operator.types("reconcile", "--order", str(repairable), answers="y\n")
    all_of_them = await operator.types("reconcile", answers="y\n")

    assert {found["drift"] for found in looked["left"]} == {"state_differs", "terms_differ", "money_differs"}
    assert one.exit_code == 0
    assert f"Made anew from the log: order {repairable}." in one.stdout
    assert await status_of(market, repairable) is OrderStatus.FUNDED
    assert all_of_them.exit_code == 1
    assert "terms_differ" in all_of_them.stdout
    assert await operator.noted() == [
        (ME, "rebuild", f"order {repairable}", "the row was not what log and contract say")
    ]


# --- cases ---


async def test_a_case_is_shown_and_closed_with_a_word_on_how_it_ended(operator: Operator, market: Market) -> None:
    await tamper_with_order(market, int((await market.order())["id"]), terms_id=9)
    await operator.types("reconcile", "--yes")

    listed = await operator.types("cases", "list")
    shown = await operator.types("cases", "show", "1")
    wordless = await operator.types("cases", "close", "1")
    closed = await operator.types("cases", "close", "1", "--resolution", "a test", answers="y\n")
    again = await operator.types("cases", "close", "1", "--resolution", "a test", "--yes")

    assert "terms_differ" in listed.stdout
    assert "terms 9, paid in dot" in shown.stdout
    assert wordless.exit_code == 2
    assert (closed.exit_code, closed.stdout.endswith("Case 1 is closed.\n")) == (0, True)
    assert (again.exit_code, f"was closed by {ME}" in again.stderr) == (1, True)
    assert await operator.reads("cases", "list") == []
    assert [case["resolution"] for case in await operator.reads("cases", "list", "--all")] == ["a test"]
    assert await operator.noted() == [(ME, "close case", "case 1", "a test")]
    async with market.sessions() as session:
        assert (await session.get_one(Case, 1)).closed_by == ME
    assert (await operator.types("cases", "show", "9")).stderr == "There is no case 9.\n"


# --- calls ---


async def queue(market: Market, key: str, **changes: Any) -> int:
    async with market.sessions.begin() as session:
        await queue_call(session, idempotency_key=key, order_id=None, function="settle_expired", arguments=[[1]])
        await session.execute(update(ContractCall).where(ContractCall.idempotency_key == key).values(**changes))
        call_id = await session.scalar(select(ContractCall.id).where(ContractCall.idempotency_key == key))
    assert call_id is not None
    return call_id


async def call(market: Market, call_id: int) -> ContractCall:
    async with market.sessions() as session:
        return await session.get_one(ContractCall, call_id)


async def test_a_queued_call_is_due_at_once_when_told_to(operator: Operator, market: Market) -> None:
    later = utc_now() + timedelta(hours=1)
    call_id = await queue(market, "waits", next_attempt_at=later, attempt_count=7, last_error="escrow: nothing is due")

    listed = await operator.types("calls", "list")
    done = await operator.types("calls", "retry", str(call_id), "--reason", "it is due now", answers="y\n")

    assert "escrow: nothing is due" in listed.stdout
    assert "settle_expired, queued, 7 tries) is tried now." in done.stderr
    assert done.exit_code == 0
    assert (await call(market, call_id)).next_attempt_at < later
    assert await operator.noted() == [(ME, "retry call", f"call {call_id}", "it is due now")]


async def test_a_call_is_cancelled_with_a_reason_and_can_be_queued_again(operator: Operator, market: Market) -> None:
    call_id = await queue(market, "unwanted", next_attempt_at=utc_now())

    done = await operator.types("calls", "cancel", str(call_id), answers="not needed\ny\n")
    cancelled = await call(market, call_id)
    await market.sender().step()
    again = await operator.types("calls", "retry", str(call_id), "--yes")

    assert (done.exit_code, again.exit_code) == (0, 0)
    assert (cancelled.status, cancelled.last_error) == (CallStatus.DROPPED, f"cancelled by {ME}: not needed")
    assert (await call(market, call_id)).status is CallStatus.QUEUED
    assert [entry[1:] for entry in await operator.noted()] == [
        ("cancel call", f"call {call_id}", "not needed"),
        ("retry call", f"call {call_id}", None),
    ]


async def test_an_order_whose_creation_is_cancelled_keeps_no_piece_from_others(
    operator: Operator, market: Market
) -> None:
    product = await market.product(stock=1)
    await market.place_order(product_id=product["id"])
    async with market.sessions() as session:
        [creation] = await session.scalars(select(ContractCall.id))

    await operator.types("calls", "cancel", str(creation), "--reason", "not wanted", "--yes")

    assert await stock_of(market, product["id"]) == 1
    await market.stranger.post("/api/orders", order_request(product["id"]))
    sold_out = await operator.types("calls", "retry", str(creation), "--yes")
    assert sold_out.exit_code == 1
    assert "Somebody ordered the last piece" in sold_out.stderr
    assert (await call(market, creation)).status is CallStatus.DROPPED


async def test_an_order_whose_creation_is_wanted_again_keeps_its_piece_again(
    operator: Operator, market: Market
) -> None:
    product = await market.product(stock=3)
    await market.place_order(product_id=product["id"])
    async with market.sessions() as session:
        [creation] = await session.scalars(select(ContractCall.id))
    await operator.types("calls", "cancel", str(creation), "--reason", "not wanted", "--yes")

    for _ in range(2):  # the second is for one that is queued already, and keeps its piece
        again = await operator.types("calls", "retry", str(creation), "--yes")
        assert again.exit_code == 0, again.output

    assert await stock_of(market, product["id"]) == 2


async def stock_of(market: Market, product_id: int) -> int:
    return int((await market.seller.get(f"/api/v1/products/{product_id}"))["stock"])


@pytest.mark.parametrize("status", [CallStatus.SIGNED, CallStatus.SUCCEEDED])
async def test_a_call_that_is_signed_can_be_neither_cancelled_nor_tried_again(
    operator: Operator, market: Market, status: CallStatus
) -> None:
    call_id = await queue(market, "signed", status=status)

    for words in (("cancel", "--reason", "no"), ("retry",)):
        refused = await operator.types("calls", words[0], str(call_id), *words[1:], "--yes")

        assert refused.exit_code == 1
        assert f"Call {call_id} is {status}" in refused.stderr
    assert (await call(market, call_id)).status is status
    assert await operator.noted() == []


# --- where its settings come from ---


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in list(os.environ):
        if name.startswith("DESCROW_"):
            monkeypatch.delenv(name)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.mark.usefixtures("no_settings", "quiet_logs")
def test_without_settings_the_stack_of_this_directory_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = DataDirectory(tmp_path / "stack")
    directory.create()
    for name, port in {"postgres": 1111, "valkey": 2222, "chain": 3333, "api": 4444}.items():
        run_file = RunFile(
            name=name,
            pid=os.getpid(),
            birth=birth_of(os.getpid()) or "",
            started_at=datetime(2026, 1, 1, tzinfo=UTC),
            port=port,
            command=name,
            stop_signal=15,
        )
        run_file.write(directory)
    found: list[Settings] = []

    def look(settings: Settings) -> None:
        found.append(settings)
        raise KeyboardInterrupt

    monkeypatch.setattr("descrow.app.context.AppContext.open", look)
    CliRunner().invoke(app, ["admin", "--data-dir", str(directory.root), "status"])

    [settings] = found
    assert settings.chain_url == "ws://127.0.0.1:3333"
    assert settings.database_url.get_secret_value().endswith("@127.0.0.1:1111/descrow")
    assert directory.secret("valkey") in settings.valkey_url.get_secret_value()


@pytest.mark.usefixtures("no_settings", "quiet_logs")
def test_without_settings_and_without_a_stack_what_is_missing_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["admin", "--data-dir", str(tmp_path), "status"])

    assert isinstance(result.exception, ValidationError)
    assert "database_url" in str(result.exception)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0 s ago"), (59, "59 s ago"), (60, "1 min ago"), (7200, "2 h ago"), (200_000, "2 d ago"), (-40, "in 40 s")],
)
def test_an_age_is_told_in_the_largest_unit_that_tells(seconds: int, expected: str) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)

    assert age(now - timedelta(seconds=seconds), now) == expected
