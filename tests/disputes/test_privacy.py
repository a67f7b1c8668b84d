"""Check who sees what a buyer tells the shop for one order."""

from descrow.contract.order_status import OrderStatus
from tests.disputes.scenario import DisputeScenario

ADDRESS = "Moi Avenue 12"


async def test_the_delivery_address_is_for_the_parties_and_the_arbiter_of_a_dispute(
    scenario: DisputeScenario,
) -> None:
    order_id = await scenario.order_that_is(OrderStatus.SHIPPED)
    path = f"/api/v1/orders/{order_id}"
    readers = {"buyer": scenario.buyer, "seller": scenario.seller, "arbiter": scenario.arbiter}

    async def seen() -> dict[str, bool]:
        answers = {name: await who.ask("GET", path) for name, who in readers.items()}
        return {name: ADDRESS in answer.text for name, answer in answers.items()}

    assert await seen() == {"buyer": True, "seller": True, "arbiter": False}
    await scenario.take_step(scenario.buyer, order_id, "dispute")
    assert await seen() == {"buyer": True, "seller": True, "arbiter": True}
    assert (await scenario.stranger.ask("GET", path)).status_code == 404
    assert ADDRESS not in (await scenario.buyer.ask("GET", f"{path}/dispute/bundle")).text
