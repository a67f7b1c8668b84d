"""Check what a monitor reads, who may read it, and what it is told when a part is away."""

import httpx
import pytest
from pydantic import SecretStr

from descrow.app.settings import Settings
from descrow.chain.keys import Keypair
from descrow.contract.calls import queue_call
from descrow.incidents.alerts import raise_alert
from descrow.incidents.cases import open_case
from descrow.incidents.models import AlertKind, CaseKind
from tests.application import client_of_application
from tests.dev_chain import make_blocks
from tests.market import Market
from tests.operations.metrics import TOKEN, scraped


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})


async def test_a_marketplace_that_is_well_tells_how_far_it_is(market: Market, http: httpx.AsyncClient) -> None:
    await market.order()

    reported = await scraped(http)

    assert {name: value for name, value in reported.items() if name.startswith("descrow_part_well")} == {
        f"descrow_part_well {part}": 1 for part in ("database", "valkey", "polkadot", "contract", "indexer")
    }
    assert (
        reported["descrow_finalized_block"]
        == reported["descrow_indexed_block"]
        == await market.chain.finalized_number()
    )
    assert reported["descrow_indexer_lag_blocks"] == 0
    assert 0 <= reported["descrow_follower_lag_seconds"] < 600
    assert (reported["descrow_events_waiting"], reported["descrow_events_parked"]) == (0, 0)
    assert (reported["descrow_contract_calls queued"], reported["descrow_contract_calls signed"]) == (0, 0)
    assert reported[f"descrow_signer_free_planck {Keypair.from_uri('//Operator').address} operator"] > 0
    assert "descrow_last_reconciliation_timestamp_seconds" not in reported


async def test_what_waits_and_what_is_wrong_is_counted(market: Market, http: httpx.AsyncClient) -> None:
    await market.follow()
    await make_blocks(market.chain, 3)
    async with market.sessions.begin() as session:
        await queue_call(session, idempotency_key="x", order_id=None, function="settle_expired", arguments=[[1]])
        await raise_alert(session, AlertKind.LOW_BALANCE, subject="operator")
        await open_case(session, CaseKind.STATE_DIFFERS, subject="order 1")
        await open_case(session, CaseKind.STATE_DIFFERS, subject="order 2")

    reported = await scraped(http)

    assert reported["descrow_indexer_lag_blocks"] == 3
    assert reported["descrow_contract_calls queued"] == 1
    assert reported["descrow_oldest_contract_call_seconds"] > 0
    assert (reported["descrow_open_alerts low_balance"], reported["descrow_open_alerts nodes_disagree"]) == (1, 0)
    assert (reported["descrow_open_cases state_differs"], reported["descrow_open_cases call_waits"]) == (2, 0)


@pytest.mark.parametrize("shown", [None, "Bearer another token", TOKEN, "Bearer "])
async def test_who_does_not_show_the_token_reads_nothing(http: httpx.AsyncClient, shown: str | None) -> None:
    refused = await http.get("/metrics", headers={} if shown is None else {"Authorization": shown})

    assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
    assert "descrow_" not in refused.text


async def test_without_a_token_in_the_settings_there_is_nothing_to_read(settings: Settings) -> None:
    async with client_of_application(settings.model_copy(update={"metrics_token": None})) as http:
        answer = await http.get("/metrics", headers={"Authorization": "Bearer None"})

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("away", "lost", "kept"),
    [
        ({"chain_url": "ws://127.0.0.1:1"}, "descrow_finalized_block", "descrow_events_waiting"),
        (
            {"database_url": SecretStr("postgresql://nobody:nothing@127.0.0.1:1/none")},
            "descrow_events_waiting",
            "descrow_finalized_block",
        ),
    ],
)
async def test_a_part_that_is_away_costs_its_own_numbers_only(
    settings: Settings, away: dict[str, object], lost: str, kept: str
) -> None:
    async with client_of_application(settings.model_copy(update=away)) as http:
        reported = await scraped(http)

    assert kept in reported
    assert lost not in reported
    assert reported["descrow_part_well valkey"] == 1
    assert 0 in {value for name, value in reported.items() if name.startswith("descrow_part_well")}
