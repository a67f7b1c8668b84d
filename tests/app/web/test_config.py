"""Check what every browser may know, and what it is told while parts are missing."""

from datetime import timedelta

import httpx

from descrow.app.settings import Settings
from descrow.contract.models import Deployment
from descrow.kernel.money import PLANCK_PER_DOT
from tests.application import client_of_application
from tests.market import Market


async def test_a_browser_learns_where_the_money_is_and_on_what_terms(
    browser: httpx.AsyncClient, market: Market, settings: Settings
) -> None:
    answer = await browser.get("/api/v1/config")

    assert answer.headers["cache-control"] == "max-age=60"
    config = answer.json()
    assert config["chain"] == {
        "url": settings.chain_url,
        "genesisHash": market.deployment.genesis_hash,
        "contractAddress": market.deployment.contract_address,
    }
    assert config["terms"]["feeBps"] == 100
    assert config["terms"]["arbiterAddress"] == market.deployment.arbiter_address
    assert timedelta(seconds=config["terms"]["shipWindowS"]) == timedelta(minutes=1)
    assert config["mpesaOffered"] is False
    assert (config["smallestOrderPlanck"], config["smallestOrderKesCents"]) == (str(PLANCK_PER_DOT // 10), None)


async def test_without_a_contract_the_shop_says_so(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/api/v1/config")

    assert (answer.json()["chain"], answer.json()["terms"]) == (None, None)
    assert answer.headers["cache-control"] == "no-store"


async def test_without_the_chain_a_browser_still_learns_where_it_should_be(
    settings: Settings, deployment: Deployment
) -> None:
    nowhere = settings.model_copy(update={"chain_url": "ws://127.0.0.1:1", "public_chain_url": "wss://node.example"})
    async with client_of_application(nowhere) as client:
        config = (await client.get("/api/v1/config")).json()

    assert config["chain"]["url"] == "wss://node.example"
    assert config["chain"]["contractAddress"] == deployment.contract_address
    assert config["terms"] is None
