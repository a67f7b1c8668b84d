"""Alerts: one open row per trouble, logged when it begins and when it ends."""

import asyncio
from typing import Any

import httpx
from structlog.testing import capture_logs

from descrow.incidents.alerts import clear_alert, open_alerts, raise_alert
from descrow.incidents.models import Alert, AlertKind
from descrow.kernel.db import Sessions
from tests.waiting import eventually

OPERATOR = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"


async def found(sessions: Sessions, *, subject: str = OPERATOR, free_planck: str = "7") -> None:
    async with sessions.begin() as session:
        await raise_alert(session, AlertKind.LOW_BALANCE, subject=subject, free_planck=free_planck)


async def over(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await clear_alert(session, AlertKind.LOW_BALANCE, subject=OPERATOR)


async def alerts(sessions: Sessions) -> list[Alert]:
    async with sessions() as session:
        return await open_alerts(session)


def spoken(logs: list[Any]) -> list[tuple[str, str]]:
    return [(line["event"], line["log_level"]) for line in logs]


async def test_a_trouble_found_twice_is_one_alert_with_the_newest_details(sessions: Sessions) -> None:
    with capture_logs() as logs:
        await found(sessions, free_planck="7")
        [first] = await alerts(sessions)
        await found(sessions, free_planck="3")

    [alert] = await alerts(sessions)
    assert (alert.kind, alert.subject, alert.details) == (AlertKind.LOW_BALANCE, OPERATOR, {"free_planck": "3"})
    assert alert.raised_at == first.raised_at
    assert alert.last_seen_at > first.last_seen_at
    assert spoken(logs) == [("alert", "error")]
    assert logs[0]["free_planck"] == "7"


async def test_the_same_trouble_of_two_is_two_alerts_the_oldest_first(sessions: Sessions) -> None:
    await found(sessions, subject="operator")
    await found(sessions, subject="oracle")

    assert [alert.subject for alert in await alerts(sessions)] == ["operator", "oracle"]


async def test_many_that_find_it_at_once_raise_one_alert(sessions: Sessions) -> None:
    with capture_logs() as logs:
        await asyncio.gather(*(found(sessions) for _ in range(5)))

    assert len(await alerts(sessions)) == 1
    assert spoken(logs) == [("alert", "error")]


async def test_a_trouble_that_is_over_is_no_longer_open_and_a_repeat_changes_nothing(sessions: Sessions) -> None:
    await found(sessions)

    with capture_logs() as logs:
        await over(sessions)
        await over(sessions)

    assert await alerts(sessions) == []
    assert spoken(logs) == [("alert cleared", "info")]


async def test_a_trouble_that_never_was_is_cleared_without_a_word(sessions: Sessions) -> None:
    with capture_logs() as logs:
        await over(sessions)

    assert (await alerts(sessions), logs) == ([], [])


async def test_a_trouble_that_comes_back_begins_anew(sessions: Sessions) -> None:
    await found(sessions)
    [first] = await alerts(sessions)
    await over(sessions)

    with capture_logs() as logs:
        await found(sessions)

    [alert] = await alerts(sessions)
    assert alert.raised_at > first.raised_at
    assert spoken(logs) == [("alert", "error")]


async def test_health_counts_the_open_alerts(http: httpx.AsyncClient, sessions: Sessions) -> None:
    before = (await http.get("/health")).json()
    await found(sessions)

    async def health_with_an_alert() -> Any:
        health = (await http.get("/health")).json()
        return health if health["metrics"]["openAlerts"] == 1 else None

    after = await eventually(health_with_an_alert, every_s=0.2)  # an answer is good for a second
    assert before["metrics"]["openAlerts"] == 0
    assert after["services"] == before["services"]
