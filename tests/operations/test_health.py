"""Health: 200 only when an order could be made, paid and seen; else the part that is not well is named."""

import asyncio
from collections.abc import Callable
from typing import Any
from unittest import mock

import httpx
import pytest
from litestar.types import ASGIApp
from pydantic import SecretStr

from descrow.app.settings import Settings
from descrow.chain.client import ChainClient
from descrow.contract.models import ChainBlock, Deployment, Finality
from descrow.kernel.db import Sessions, utc_now
from descrow.operations import health
from tests.application import client_of, client_of_application
from tests.chain.nodes import a_node, never
from tests.dev_chain import make_blocks
from tests.market import Market

NOBODY_LISTENS = "127.0.0.1:1"


async def say_it_was_followed_to(sessions: Sessions, number: int) -> None:
    async with sessions.begin() as session:
        session.add(
            ChainBlock(
                number=number, hash="0x01", parent_hash="0x00", finality=Finality.FINALIZED, produced_at=utc_now()
            )
        )


def not_well(answer: httpx.Response) -> set[str]:
    return {name for name, state in answer.json()["services"].items() if state not in ("ok", "off")}


async def test_all_is_well_when_the_contract_is_there_and_the_log_is_at_the_head(market: Market, app: ASGIApp) -> None:
    await market.follow()
    async with client_of(app) as http:
        answers = [await http.get(path) for path in ("/health", "/api/health", "/api/v1/health")]

    for answer in answers:
        body = answer.json()
        assert (answer.status_code, body["status"], not_well(answer)) == (200, "ok", set())
        assert answer.headers["cache-control"] == "no-store"
        assert body["metrics"]["finalizedBlock"] == body["metrics"]["indexedBlock"]
        assert body["metrics"]["eventsWaiting"] == 0


async def test_without_a_contract_there_is_nothing_to_follow(settings: Settings) -> None:
    async with client_of_application(settings) as http:
        answer = await http.get("/health")

    assert (answer.status_code, answer.json()["status"]) == (503, "degraded")
    assert not_well(answer) == {"contract", "indexer"}
    assert answer.json()["metrics"]["indexedBlock"] is None


@pytest.mark.usefixtures("deployment")
@pytest.mark.parametrize(("lag", "unwell"), [(5, set()), (6, {"indexer"})])
async def test_a_log_that_lags_more_than_a_few_blocks_is_named(
    settings: Settings, sessions: Sessions, chain: ChainClient, lag: int, unwell: set[str]
) -> None:
    while (head := await chain.finalized_number()) <= lag:
        await make_blocks(chain, lag)
    await say_it_was_followed_to(sessions, head - lag)

    async with client_of_application(settings) as http:
        answer = await http.get("/health")

    assert not_well(answer) == unwell
    assert answer.status_code == (503 if unwell else 200)


@pytest.mark.usefixtures("deployment")
async def test_a_shop_on_another_chain_than_its_own_is_not_well(settings: Settings, sessions: Sessions) -> None:
    async with sessions.begin() as session:
        (await session.get_one(Deployment, 1)).genesis_hash = "0x" + "77" * 32

    async with client_of_application(settings) as http:
        answer = await http.get("/health")

    assert "contract" in not_well(answer)


def _dead_chain(_settings: Settings) -> dict[str, Any]:
    return {"chain_url": f"ws://{NOBODY_LISTENS}"}


def _dead_valkey(_settings: Settings) -> dict[str, Any]:
    return {"valkey_url": SecretStr(f"redis://{NOBODY_LISTENS}/0")}


def _dead_database(_settings: Settings) -> dict[str, Any]:
    return {"database_url": SecretStr(f"postgresql://nobody:nothing@{NOBODY_LISTENS}/none")}


@pytest.mark.usefixtures("deployment")
@pytest.mark.parametrize(
    ("without", "unwell", "status"),
    [
        (_dead_chain, {"polkadot", "contract", "indexer"}, (503, "degraded")),
        (_dead_valkey, {"valkey"}, (200, "ok")),  # whoever is signed in trades on: no reason to take every process out
        (_dead_database, {"database", "contract", "indexer"}, (503, "degraded")),
    ],
)
async def test_a_part_that_is_away_is_named_and_the_others_are_not_blamed(
    settings: Settings,
    sessions: Sessions,
    chain: ChainClient,
    without: Callable[[Settings], dict[str, Any]],
    unwell: set[str],
    status: tuple[int, str],
) -> None:
    await say_it_was_followed_to(sessions, await chain.finalized_number())

    async with client_of_application(settings.model_copy(update=without(settings))) as http:
        answer = await http.get("/health")
        alive = await http.get("/health/live")

    assert (answer.status_code, answer.json()["status"]) == status
    assert not_well(answer) == unwell
    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})


async def test_a_part_that_does_not_answer_is_not_waited_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("descrow.operations.health.CHECK_TIMEOUT_S", 0.3)

    async with (
        a_node(never) as node,
        client_of_application(settings.model_copy(update={"chain_url": node.url})) as http,
    ):
        answer = await http.get("/health")

    assert "polkadot" in not_well(answer)
    assert "database" not in not_well(answer)


async def test_requests_that_need_a_part_that_is_away_are_told_to_come_back(settings: Settings) -> None:
    gone = {**_dead_valkey(settings), **_dead_database(settings)}

    async with client_of_application(settings.model_copy(update=gone)) as http:
        products = await http.get("/api/v1/products")
        challenge = await http.post(
            "/api/v1/auth/challenge", json={"address": "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"}
        )

    for answer in (products, challenge):
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert "nobody" not in answer.text


@pytest.mark.usefixtures("deployment")
async def test_many_who_come_at_once_share_one_answer(
    settings: Settings, sessions: Sessions, chain: ChainClient
) -> None:
    await say_it_was_followed_to(sessions, await chain.finalized_number())

    async with client_of_application(settings) as http:
        with mock.patch("descrow.operations.health.check_health", wraps=health.check_health) as checks:
            answers = await asyncio.gather(*(http.get("/health") for _ in range(100)))

    assert {answer.status_code for answer in answers} == {200}
    assert checks.call_count <= 3
