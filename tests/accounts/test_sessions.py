"""Staying signed in: one refresh token at a time, and a copy of an old one ends it all."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from litestar.security.jwt import Token
from sqlalchemy import select, update

from descrow.accounts.models import SessionEnd, SignInSession
from descrow.accounts.routes import REFRESH_COOKIE
from descrow.accounts.sessions import PREVIOUS_IS_GOOD_FOR
from descrow.app.settings import Settings
from descrow.kernel.db import Sessions, utc_now
from tests.accounts.wallets import Wallet, a_challenge, an_ed25519_wallet, an_sr25519_wallet, answer_challenge, wrapped


async def sign_in(http: httpx.AsyncClient, wallet: Wallet, *, device: str = "Firefox") -> tuple[str, str]:
    """Access token and refresh token, as a browser of this device gets them."""
    challenge = await a_challenge(http, wallet.address)
    http.headers["User-Agent"] = device
    answer = await answer_challenge(http, challenge, wallet.sign(wrapped(challenge["message"])))
    http.cookies.clear()
    return answer.json()["accessToken"], refresh_token(answer)


def refresh_token(answer: httpx.Response) -> str:
    [value] = {
        header.partition("=")[2].partition(";")[0]
        for header in answer.headers.get_list("set-cookie")
        if header.startswith(REFRESH_COOKIE)
    }
    return value


async def refresh(http: httpx.AsyncClient, token: str) -> httpx.Response:
    http.cookies.clear()
    return await http.post("/api/auth/refresh", headers={"Cookie": f"{REFRESH_COOKIE}={token}"})


async def ask(http: httpx.AsyncClient, token: str, method: str = "GET", path: str = "/api/auth/sessions") -> Any:
    return await http.request(method, path, headers={"Authorization": f"Bearer {token}"})


async def test_a_refresh_token_is_traded_for_an_access_token_and_a_new_one(http: httpx.AsyncClient) -> None:
    _, first = await sign_in(http, an_sr25519_wallet())

    answer = await refresh(http, first)

    assert answer.status_code == 200
    assert (await ask(http, answer.json()["accessToken"], path="/api/auth/me")).status_code == 200
    assert refresh_token(answer) != first
    assert (await refresh(http, refresh_token(answer))).status_code == 200


async def test_a_token_that_was_good_is_refused_once_it_is_over_and_any_other_signature_of_it_is_at_once(
    http: httpx.AsyncClient, settings: Settings
) -> None:
    secret = settings.jwt_secret.get_secret_value()
    token = Token.decode((await sign_in(http, an_sr25519_wallet()))[0], secret, "HS256")
    token.exp = utc_now() + timedelta(seconds=2)
    short_lived, forged = (
        token.encode(secret, "HS256"),
        token.encode("somebody else's secret, as long as ours", "HS256"),
    )

    assert (await ask(http, short_lived)).status_code == 200
    assert (await ask(http, forged)).status_code == 401
    await asyncio.sleep(2)
    assert (await ask(http, short_lived)).status_code == 401


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(http: httpx.AsyncClient) -> None:
    wallet = an_sr25519_wallet()
    challenge = await a_challenge(http, wallet.address)
    answer = await answer_challenge(http, challenge, wallet.sign(wrapped(challenge["message"])))

    for cookie in answer.headers.get_list("set-cookie"):
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Path=/api/auth" in cookie or "Path=/api/v1/auth" in cookie
    assert refresh_token(answer) not in answer.text


async def test_a_lost_answer_does_not_sign_anybody_out(http: httpx.AsyncClient) -> None:
    _, first = await sign_in(http, an_sr25519_wallet())
    second = refresh_token(await refresh(http, first))

    again = await refresh(http, first)

    assert again.status_code == 200
    assert refresh_token(again) == second  # the very token that was lost
    assert (await refresh(http, second)).status_code == 200


async def test_two_tabs_at_once_stay_signed_in(http: httpx.AsyncClient) -> None:
    _, first = await sign_in(http, an_sr25519_wallet())

    answers = await asyncio.gather(*(refresh(http, first) for _ in range(4)))

    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({refresh_token(answer) for answer in answers}) == 1


async def test_a_token_that_comes_back_later_ends_the_session_for_both(
    http: httpx.AsyncClient, sessions: Sessions
) -> None:
    _, stolen = await sign_in(http, an_sr25519_wallet())
    owners = refresh_token(await refresh(http, stolen))
    await _later(sessions, PREVIOUS_IS_GOOD_FOR)

    thiefs, then = await refresh(http, stolen), await refresh(http, owners)

    assert [answer.json()["code"] for answer in (thiefs, then)] == ["session_over"] * 2
    async with sessions() as session:
        assert await session.scalar(select(SignInSession.ended_because)) is SessionEnd.TOKEN_REUSED


@pytest.mark.parametrize("token", ["", "nonsense", "7c1f2a9e-435b-45ab-9330-6b9ff1fa3d65.secret", "x" * 5_000])
async def test_what_is_no_token_refreshes_nothing(http: httpx.AsyncClient, token: str) -> None:
    answer = await refresh(http, token)

    assert (answer.status_code, answer.json()["code"]) == (401, "session_over")


async def test_a_wrong_secret_ends_the_session_that_it_names(http: httpx.AsyncClient) -> None:
    _, token = await sign_in(http, an_sr25519_wallet())

    assert (await refresh(http, token.partition(".")[0] + ".guessed")).status_code == 401
    assert (await refresh(http, token)).status_code == 401


async def test_a_session_that_nobody_used_for_a_month_is_over(http: httpx.AsyncClient, sessions: Sessions) -> None:
    _, token = await sign_in(http, an_sr25519_wallet())
    async with sessions.begin() as session:
        await session.execute(update(SignInSession).values(expires_at=utc_now() - timedelta(seconds=1)))

    assert (await refresh(http, token)).status_code == 401


async def test_signing_out_ends_the_session_and_takes_the_cookie_back(http: httpx.AsyncClient) -> None:
    _, token = await sign_in(http, an_sr25519_wallet())

    out = await http.post("/api/auth/sign-out", headers={"Cookie": f"{REFRESH_COOKIE}={token}"})

    assert out.status_code == 204
    assert all("Max-Age=0" in cookie for cookie in out.headers.get_list("set-cookie"))
    assert (await refresh(http, token)).status_code == 401


async def test_people_see_where_they_are_signed_in_and_can_end_it_there(http: httpx.AsyncClient) -> None:
    wallet = an_sr25519_wallet()
    here, _ = await sign_in(http, wallet, device="Firefox on a laptop")
    _, there = await sign_in(http, wallet, device="Chrome on a phone")

    listed = (await ask(http, here)).json()
    phone = next(one for one in listed if not one["isThisOne"])
    ended = await ask(http, here, "DELETE", f"/api/auth/sessions/{phone['id']}")

    assert {one["device"] for one in listed} == {"Firefox on a laptop", "Chrome on a phone"}
    assert ended.status_code == 204
    assert (await refresh(http, there)).status_code == 401
    assert [one["isThisOne"] for one in (await ask(http, here)).json()] == [True]


async def test_nobody_ends_or_sees_a_strangers_session(http: httpx.AsyncClient) -> None:
    mine, my_token = await sign_in(http, an_sr25519_wallet())
    strangers, _ = await sign_in(http, an_ed25519_wallet())
    [session] = (await ask(http, mine)).json()

    refused = await ask(http, strangers, "DELETE", f"/api/auth/sessions/{session['id']}")

    assert (refused.status_code, refused.json()["code"]) == (404, "session_not_found")
    assert (await refresh(http, my_token)).status_code == 200


async def _later(sessions: Sessions, span: timedelta) -> None:
    async with sessions.begin() as session:
        await session.execute(update(SignInSession).values(rotated_at=SignInSession.rotated_at - span))
