"""Evidence in parts, over a link that breaks."""

import asyncio
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from valkey.asyncio import Valkey

from descrow.app.demo.shop_client import ApiRefused, ShopClient
from descrow.app.devstack.stack import DevStackEndpoints
from descrow.contract.order_status import OrderStatus
from descrow.disputes.errors import PartNotNext
from descrow.disputes.sealing import Vault
from descrow.disputes.unfinished import UnfinishedFile
from tests.disputes.scenario import DisputeScenario

FILE = b"Kikapu hakina mpini. " * 60_000
HALF = len(FILE) // 2
VAULT = Vault(SecretStr("the key of a shop that exists for a test"))


def address(order_id: int, file: bytes = FILE) -> str:
    return f"/api/v1/orders/{order_id}/dispute/evidence/parts/{sha256(file).hexdigest()}"


async def put(
    scenario: DisputeScenario, who: ShopClient, order_id: int, begin: int, end: int, file: bytes = FILE
) -> dict[str, Any]:
    where = f"{address(order_id, file)}?offset={begin}"
    return await scenario.asked(who, "PUT", where, content=file[begin:end])


async def test_a_file_sent_in_two_parts_is_shown_as_one(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()

    assert await put(scenario, scenario.buyer, order_id, 0, HALF) == {"receivedBytes": HALF}
    assert await scenario.buyer.get(address(order_id)) == {"receivedBytes": HALF}
    assert await put(scenario, scenario.buyer, order_id, HALF, len(FILE)) == {"receivedBytes": len(FILE)}
    shown = await scenario.asked(scenario.buyer, "POST", address(order_id))

    assert shown["file"]["sha256"] == sha256(FILE).hexdigest()
    assert (await scenario.file(scenario.arbiter, order_id, shown["number"])).content == FILE


async def test_a_part_sent_again_or_too_early_is_refused_with_the_place_to_go_on_from(
    scenario: DisputeScenario,
) -> None:
    order_id = await scenario.disputed_order()
    await put(scenario, scenario.buyer, order_id, 0, HALF)

    for begin in (0, HALF - 1, HALF + 1):
        with pytest.raises(ApiRefused, match="part_not_next") as refused:
            await put(scenario, scenario.buyer, order_id, begin, begin + 10)
        assert refused.value.problem["about"]["received_bytes"] == HALF
    assert await scenario.buyer.get(address(order_id)) == {"receivedBytes": HALF}


async def test_what_has_come_lies_there_encrypted(scenario: DisputeScenario, stack: DevStackEndpoints) -> None:
    order_id = await scenario.disputed_order()
    await put(scenario, scenario.buyer, order_id, 0, HALF)

    valkey = Valkey.from_url(stack.valkey_url)
    kept = b"".join([await valkey.get(key) or b"" async for key in valkey.scan_iter("unfinished:*:bytes")])
    await valkey.aclose()

    assert len(kept) >= HALF
    assert FILE[:20] not in kept


async def test_half_a_file_is_shown_to_nobody(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()
    await put(scenario, scenario.buyer, order_id, 0, HALF)

    with pytest.raises(ApiRefused, match="file_not_whole"):
        await scenario.asked(scenario.buyer, "POST", address(order_id))

    assert (await scenario.dispute(scenario.buyer, order_id))["entries"] == []


async def test_what_does_not_have_its_digest_is_shown_to_nobody(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()
    await scenario.asked(scenario.buyer, "PUT", f"{address(order_id)}?offset=0", content=b"x" * 100)

    with pytest.raises(ApiRefused, match="file_not_whole"):
        await scenario.asked(scenario.buyer, "POST", address(order_id))


async def test_another_file_takes_the_place_of_an_unfinished_one(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()
    await put(scenario, scenario.buyer, order_id, 0, HALF)

    await put(scenario, scenario.buyer, order_id, 0, 10, b"something else")

    assert await scenario.buyer.get(address(order_id)) == {"receivedBytes": 0}
    with pytest.raises(ApiRefused, match="part_not_next"):
        await put(scenario, scenario.buyer, order_id, HALF, len(FILE))


async def test_a_repeat_after_a_lost_answer_shows_it_once(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()
    await put(scenario, scenario.buyer, order_id, 0, HALF)
    await put(scenario, scenario.buyer, order_id, HALF, len(FILE))

    first, again = [await scenario.asked(scenario.buyer, "POST", address(order_id), key="one") for _ in range(2)]

    assert first == again
    assert len((await scenario.dispute(scenario.buyer, order_id))["entries"]) == 1


async def test_the_parties_do_not_see_or_disturb_each_others_parts(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()
    await put(scenario, scenario.buyer, order_id, 0, HALF)

    assert await scenario.seller.get(address(order_id)) == {"receivedBytes": 0}
    await put(scenario, scenario.seller, order_id, 0, 10, b"something else")

    assert await scenario.buyer.get(address(order_id)) == {"receivedBytes": HALF}


async def test_a_stranger_and_who_may_show_nothing_now_send_no_part(scenario: DisputeScenario) -> None:
    order_id, delivered = await scenario.disputed_order(), await scenario.order_that_is(OrderStatus.DELIVERED)

    for who, order, code in (
        (scenario.stranger, order_id, "order_not_found"),
        (scenario.buyer, delivered, "thread_closed"),
    ):
        for method in ("GET", "PUT", "POST"):
            where = address(order) + ("?offset=0" if method == "PUT" else "")
            with pytest.raises(ApiRefused, match=code):
                await scenario.asked(who, method, where)


async def test_more_than_a_file_may_have_is_refused_before_it_is_kept(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()

    with pytest.raises(ApiRefused, match="content_too_large"):
        await scenario.asked(scenario.buyer, "PUT", f"{address(order_id)}?offset=19999999", content=b"xx")


@settings(max_examples=50, deadline=None)
@given(file=st.binary(min_size=1, max_size=200), cuts=st.lists(st.integers(1, 60), min_size=1), lost=st.data())
def test_however_it_is_cut_and_whatever_answers_are_lost_the_file_arrives(
    stack: DevStackEndpoints, file: bytes, cuts: list[int], lost: st.DataObject
) -> None:
    async def send() -> bytes:
        valkey = Valkey.from_url(stack.valkey_url.rpartition("/")[0] + "/6")
        unfinished = UnfinishedFile(valkey, VAULT, uuid4(), 1, sha256(file).hexdigest())
        sent, turn = 0, 0
        while sent < len(file):
            part = file[sent : sent + cuts[turn % len(cuts)]]
            turn += 1
            try:
                received = await unfinished.append(part, offset=sent)
            except PartNotNext as error:
                received = int(error.about["received_bytes"] or 0)
            sent = sent if lost.draw(st.booleans()) and turn < 50 else received
        with await unfinished.whole() as whole:
            await valkey.aclose()
            return whole.read()

    assert asyncio.run(send()) == file
