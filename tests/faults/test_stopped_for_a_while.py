"""The stack is stopped while the chain goes on: nothing of what happened meanwhile is missing afterwards."""

import asyncio

import asyncpg
import pytest

from descrow.app.demo.shop_client import ShopClient
from descrow.app.devstack.chain import NAME as CHAIN
from descrow.app.devstack.stack import StackOptions, start_services
from descrow.chain.client import ChainClient
from descrow.chain.keys import EvmAddress, Keypair
from descrow.contract.escrow import EscrowContract
from descrow.kernel.money import Planck
from tests.faults.stack import RunningStack, assert_the_log_is_the_chain
from tests.market import order_request

ORDERS = 17
PRICE = Planck(1_0000_0000_00)


async def test_what_happened_in_fifty_blocks_without_us_is_applied_in_order(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    root = tmp_path_factory.mktemp("stopped")
    first = await RunningStack.start(root)
    contract_address, contract_order_ids = await create_orders(first)
    await first.stop()

    async with start_services(StackOptions(data_dir=first.directory, parts=frozenset({CHAIN}))) as parts:
        blocks = await pay_ship_and_confirm(parts.chain_url, contract_address, contract_order_ids)
    assert blocks >= 50

    second = await RunningStack.start(root)
    try:
        await assert_the_log_is_the_chain(second)
        connection = await asyncpg.connect(second.database_url())
        timelines = await connection.fetch(
            "SELECT order_id, array_agg(status_after ORDER BY id) AS timeline FROM order_transitions GROUP BY order_id"
        )
        await connection.close()
        assert len(timelines) == ORDERS
        assert {tuple(row["timeline"]) for row in timelines} == {("created", "funded", "shipped", "delivered")}
    finally:
        await second.stop()


async def create_orders(stack: RunningStack) -> tuple[EvmAddress, list[int]]:
    """Orders that the contract knows; returns its address and their numbers there."""
    api = stack.part("api")
    assert api is not None
    chain = ChainClient(stack.chain_url())
    url = f"http://127.0.0.1:{api.port}"
    buyer = ShopClient(url, Keypair.from_uri("//Wanjiru"), chain)
    seller = ShopClient(url, Keypair.from_uri("//Otieno"), chain)
    product = await seller.post("/api/products", {"title": "Soap", "pricePlanck": str(PRICE), "stock": ORDERS})
    wanted = order_request(product["id"])
    for _ in range(ORDERS):
        await buyer.post("/api/orders", wanted)

    async with asyncio.timeout(60):
        while None in (numbers := [o["contractOrderId"] for o in (await buyer.get("/api/orders"))["items"]]):
            await asyncio.sleep(0.1)

    connection = await asyncpg.connect(stack.database_url())
    address = await connection.fetchval("SELECT contract_address FROM deployments")
    await connection.close()
    await asyncio.gather(buyer.close(), seller.close(), chain.close())
    return EvmAddress(address), sorted(numbers)


async def pay_ship_and_confirm(chain_url: str, address: EvmAddress, contract_order_ids: list[int]) -> int:
    """Both wallets go on without us, each act in a block of its own; returns how many blocks that made."""
    chain = ChainClient(chain_url)
    contract = EscrowContract(chain, address)
    buyer, seller = Keypair.from_uri("//Wanjiru"), Keypair.from_uri("//Otieno")
    before = await chain.finalized_number()
    for order_id in contract_order_ids:
        await contract.send(buyer, "fund_order_dot", order_id, value=PRICE)
        await contract.send(seller, "mark_shipped", order_id, bytes(32))
        await contract.send(buyer, "confirm_delivery", order_id)
    after = await chain.finalized_number()
    await chain.close()
    return after - before
