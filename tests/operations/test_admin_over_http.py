"""Check what those who look after the shop see and do over HTTP."""

import pytest
from sqlalchemy import select

from descrow.accounts.models import Role
from descrow.accounts.sign_in import find_or_create_account
from descrow.app.demo.shop_client import ApiRefused, ShopClient
from descrow.chain.keys import Keypair
from descrow.contract.models import CallStatus, ContractCall
from descrow.incidents.cases import open_case
from descrow.incidents.models import AuditEntry, Case, CaseKind
from descrow.kernel.money import Planck
from descrow.operations.role_changes import give_role
from tests.market import PRICE, Market

ROUND_PRICE = Planck(24 * 10**9)


@pytest.fixture
async def admin(market: Market) -> ShopClient:
    """The contract's guardian, who looks after the shop as well."""
    async with market.sessions.begin() as session:
        account = await find_or_create_account(session, Keypair.from_uri("//Guardian").public_key)
        await give_role(session, account, Role.ADMIN, by="the tests")
    return ShopClient("http://127.0.0.1:8080", Keypair.from_uri("//Guardian"), market.chain, market.buyer.transport)


async def test_the_overview_tells_how_far_the_log_is_and_what_waits(market: Market, admin: ShopClient) -> None:
    await market.place_order()

    seen = await admin.get("/api/v1/admin/overview")

    assert seen["contractAddress"] == market.contract.address
    assert (seen["callsQueued"], seen["calls"][0]["function"]) == (1, "create_order")


async def test_an_order_is_shown_with_its_whole_life(market: Market, admin: ShopClient) -> None:
    order = await market.order()
    await market.pay(order["id"])

    file = await admin.get(f"/api/v1/admin/orders/{order['id']}")

    assert [step["cause"] for step in file["timeline"]] == ["OrderCreated", "OrderFunded"]
    assert file["onContract"]["buyer"] == market.buyer.key.evm_address
    with pytest.raises(ApiRefused) as refused:
        await admin.get("/api/v1/admin/orders/nonsense")
    assert (refused.value.status, refused.value.code) == (404, "order_not_found")


async def test_a_call_that_is_cancelled_is_never_made_until_it_is_tried_again(
    market: Market, admin: ShopClient
) -> None:
    await market.place_order()
    [call] = await admin.get("/api/v1/admin/calls")

    await admin.post(f"/api/v1/admin/calls/{call['id']}/cancel", {"reason": "by mistake"})
    await market.sender().step()
    cancelled = await status_of(market)
    await admin.post(f"/api/v1/admin/calls/{call['id']}/retry", {"reason": "after all"})
    await market.work()

    assert (cancelled, await status_of(market)) == (CallStatus.DROPPED, CallStatus.SUCCEEDED)
    acts = await admin.get("/api/v1/admin/audit")
    assert [(act["action"], act["reason"]) for act in acts[:2]] == [
        ("retry call", "after all"),
        ("cancel call", "by mistake"),
    ]


async def test_a_case_is_closed_once_by_who_says_how_it_ended(market: Market, admin: ShopClient) -> None:
    async with market.sessions.begin() as session:
        await open_case(session, CaseKind.OVERSOLD, subject="order 1")
    [case] = await admin.get("/api/v1/admin/cases")
    path = f"/api/v1/admin/cases/{case['id']}/close"

    await admin.post(path, {"resolution": "another piece was found"})

    with pytest.raises(ApiRefused) as refused:
        await admin.post(path, {"resolution": "once more"})
    async with market.sessions() as session:
        closed = await session.get_one(Case, case["id"])
    assert refused.value.code == "case_is_closed"
    assert (closed.resolution, str(closed.closed_by)[:8]) == ("another piece was found", "account ")
    assert await admin.get("/api/v1/admin/cases") == []
    assert len(await admin.get("/api/v1/admin/cases?all=true")) == 1


async def test_reconciling_finds_nothing_where_all_agrees(market: Market, admin: ShopClient) -> None:
    await market.order()

    done = await admin.post("/api/v1/admin/reconcile", {})

    assert (done["ordersCompared"], done["ordersRepaired"], done["left"]) == (1, 0, [])


async def test_the_guardian_pauses_new_orders_from_the_page(market: Market, admin: ShopClient) -> None:
    prepared = await admin.post("/api/v1/admin/pause", {"paused": True})
    await admin.sign_and_send(prepared)

    assert await market.contract.read("paused") is True


async def test_nobody_else_is_given_a_pause_to_sign(market: Market) -> None:
    with pytest.raises(ApiRefused) as refused:
        await market.stranger.post("/api/v1/admin/pause", {"paused": True})

    assert "caller is not guardian or owner" in str(refused.value.problem)


async def test_a_volume_is_written_in_digits_however_round_it_is(market: Market, admin: ShopClient) -> None:
    product = await market.product(price=ROUND_PRICE)
    order = await market.order(product_id=product["id"])
    await market.pay(order["id"])

    days = await admin.get("/api/v1/admin/statistics?days=1")

    assert days[-1]["volumePlanck"] == str(ROUND_PRICE)


async def test_the_days_add_up_to_the_orders_there_are(market: Market, admin: ShopClient) -> None:
    paid, unpaid = await market.order(), await market.order()
    await market.pay(paid["id"])

    days = await admin.get("/api/v1/admin/statistics?days=7")

    assert len(days) == 7
    assert (days[-1]["orders"], days[-1]["funded"], days[-1]["volumePlanck"]) == (2, 1, str(PRICE))
    assert days[-1]["medianSecondsToFund"] > 0
    assert days[-1]["medianSecondsToRecord"] >= 0  # zero where other tests have put the chain's clock ahead
    assert days[0] == {
        "day": days[0]["day"], "orders": 0, "funded": 0, "delivered": 0, "refunded": 0, "disputed": 0,
        "volumePlanck": "0", "volumeKesCents": "0", "medianSecondsToFund": None, "medianSecondsToRecord": None,
    }  # fmt: skip
    assert unpaid["id"] != paid["id"]


async def test_roles_are_given_and_taken_and_it_is_noted(market: Market, admin: ShopClient) -> None:
    stranger = market.stranger.key.address

    await admin.post("/api/v1/admin/roles", {"address": stranger, "role": "support"})
    await market.stranger.sign_in()
    me = await market.stranger.get("/api/v1/auth/me")
    held = await admin.get("/api/v1/admin/roles")
    await admin.delete(f"/api/v1/admin/roles/{stranger}/support")

    assert (me["roles"], me["permissions"]) == (["support"], ["see_disputes", "see_shop"])
    assert {(one["address"], one["role"]) for one in held} == {
        (stranger, "support"),
        (admin.key.address, "admin"),
    }
    assert await _actions(market) == ["give role", "give role", "take role"]
    with pytest.raises(ApiRefused) as refused:
        await admin.post("/api/v1/admin/roles", {"address": "nobody", "role": "support"})
    assert refused.value.code == "address_not_valid"


async def status_of(market: Market) -> CallStatus:
    async with market.sessions() as session:
        return (await session.scalars(select(ContractCall.status))).one()


async def _actions(market: Market) -> list[str]:
    async with market.sessions() as session:
        return list(await session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
