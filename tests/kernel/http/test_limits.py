"""Check how often one may ask: by account and by address, by kind of route, and never because Valkey is away."""

from collections.abc import AsyncIterator, Callable
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic import SecretStr

from descrow.accounts.routes import REFRESH_COOKIE
from descrow.app.devstack.stack import DevStackEndpoints
from descrow.app.settings import Settings
from descrow.kernel.http.correlation import shown
from descrow.kernel.http.limits import ALLOWANCES, RateLimitKind
from tests.accounts.wallets import Wallet, a_challenge, an_ed25519_wallet, an_sr25519_wallet, answer_challenge, wrapped
from tests.application import client_of_application

BURST = ALLOWANCES[RateLimitKind.SIGN_IN].burst


@pytest.fixture
def limited(settings: Settings, stack: DevStackEndpoints) -> Settings:
    """On a Valkey database of its own."""
    valkey = stack.valkey_url.rpartition("/")[0] + "/5"
    return settings.model_copy(update={"rate_limit_factor": 1, "proxies": 1, "valkey_url": SecretStr(valkey)})


@pytest.fixture
async def http(limited: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of_application(limited) as client:
        yield client


async def ask(http: httpx.AsyncClient, address: str) -> httpx.Response:
    wallet = an_sr25519_wallet()
    return await http.post(
        "/api/auth/challenge", json={"address": wallet.address}, headers={"X-Forwarded-For": address}
    )


async def ask_until_refused(http: httpx.AsyncClient, address: Callable[[int], str]) -> list[httpx.Response]:
    """Return the answers up to the first that is no 200: while one asks, some more are allowed again."""
    answers = list[httpx.Response]()
    while len(answers) < 3 * BURST and (not answers or answers[-1].status_code == 200):
        answers.append(await ask(http, address(len(answers))))
    return answers


async def test_an_address_that_asks_too_fast_is_told_when_to_come_again(http: httpx.AsyncClient) -> None:
    answers = await ask_until_refused(http, lambda _: "203.0.113.1")

    assert len(answers) > BURST
    refused = answers[-1]
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert int(refused.headers["retry-after"]) >= 1


async def test_one_address_does_not_cost_another_its_turn(http: httpx.AsyncClient) -> None:
    await ask_until_refused(http, lambda _: "203.0.113.2")

    assert (await ask(http, "203.0.113.3")).status_code == 200


async def test_what_a_caller_says_of_proxies_before_ours_changes_nothing(http: httpx.AsyncClient) -> None:
    answers = await ask_until_refused(http, lambda number: f"10.0.{number // 250}.{number % 250}, 203.0.113.4")

    assert answers[-1].status_code == 429


async def test_accounts_at_one_address_have_their_own_turns(http: httpx.AsyncClient) -> None:
    first, second = [await _token(http, wallet) for wallet in (an_sr25519_wallet(), an_ed25519_wallet())]
    asked = 1
    while (answer := await _pay(http, first)).status_code == 404 and asked < 3 * ALLOWANCES[RateLimitKind.PAY].burst:
        asked += 1

    assert answer.status_code == 429
    assert (await _pay(http, second)).status_code == 404  # there is no such order, and nobody is in the way


async def test_health_is_asked_as_often_as_one_likes(http: httpx.AsyncClient) -> None:
    answers = [await http.get("/health/live") for _ in range(ALLOWANCES[RateLimitKind.READ].burst + 50)]

    assert {answer.status_code for answer in answers} == {200}


async def test_without_valkey_nobody_is_limited(limited: Settings) -> None:
    away = limited.model_copy(update={"valkey_url": SecretStr("redis://127.0.0.1:1/0")})
    async with client_of_application(away) as http:
        answers = [await http.get("/api/products") for _ in range(5)]

    assert {answer.status_code for answer in answers} == {200}


@pytest.mark.parametrize(
    ("path", "in_the_log"),
    [
        ("/callbacks/stk/7/0123456789abcdef0123456789abcdef", "/callbacks/stk/7/***"),
        ("/api/mpesa/stk-status/ws_CO_241120261810465181712345678", "/api/mpesa/stk-status/ws_CO_24112026181046***"),
        ("/api/v1/orders/17/payouts", "/api/v1/orders/17/payouts"),
    ],
)
def test_a_logged_path_tells_neither_codes_nor_numbers(path: str, in_the_log: str) -> None:
    assert shown(path) == in_the_log


async def _token(http: httpx.AsyncClient, wallet: Wallet) -> str:
    challenge = await a_challenge(http, wallet.address)
    answer = await answer_challenge(http, challenge, wallet.sign(wrapped(challenge["message"])))
    return str(answer.json()["accessToken"])


async def _pay(http: httpx.AsyncClient, token: str) -> httpx.Response:
    return await http.get("/api/orders/999/payments/dot", headers={"Authorization": f"Bearer {token}"})


async def refresh(http: httpx.AsyncClient, token: str, address: str) -> int:
    answer = await http.post(
        "/api/auth/refresh", headers={"Cookie": f"{REFRESH_COOKIE}={token}", "X-Forwarded-For": address}
    )
    return answer.status_code


async def test_strangers_behind_the_same_address_keep_nobody_from_staying_signed_in(http: httpx.AsyncClient) -> None:
    shared = "203.0.113.20"
    wallet = an_sr25519_wallet()
    challenge = await a_challenge(http, wallet.address)
    answer = await answer_challenge(http, challenge, wallet.sign(wrapped(challenge["message"])))
    token = next(cookie.value or "" for cookie in answer.cookies.jar if cookie.name == REFRESH_COOKIE)
    http.cookies.clear()

    strangers = {await refresh(http, f"{uuid4()}.made-up", shared) for _ in range(100)}
    one_stranger = [await refresh(http, f"{UUID(int=7)}.made-up", shared) for _ in range(32)]
    await ask_until_refused(http, lambda _: shared)

    assert strangers == {401}
    assert 429 in one_stranger
    assert await refresh(http, token, shared) == 200
