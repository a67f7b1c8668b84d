"""Signing in over HTTP: who holds the key gets in, once per challenge, and nobody else."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
from scalecodec.utils.ss58 import ss58_encode  # type: ignore[attr-defined]
from sqlalchemy import func, select

from descrow.accounts.models import Account
from descrow.app.settings import Settings
from descrow.chain.keys import evm_address_of
from descrow.kernel.db import Sessions
from tests.accounts.wallets import (
    Wallet,
    a_challenge,
    an_ecdsa_wallet,
    an_ed25519_wallet,
    an_sr25519_wallet,
    answer_challenge,
    wrapped,
)

PROBLEM = "application/problem+json"


async def sign_in(http: httpx.AsyncClient, wallet: Wallet) -> dict[str, Any]:
    challenge = await a_challenge(http, wallet.address)
    answer = await answer_challenge(http, challenge, wallet.sign(wrapped(challenge["message"])))
    assert answer.status_code == 201, answer.text
    signed_in: dict[str, Any] = answer.json()
    return signed_in


async def accounts_in(sessions: Sessions) -> int:
    async with sessions() as session:
        return await session.scalar(select(func.count()).select_from(Account)) or 0


def assert_refused(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"].startswith(PROBLEM)
    assert answer.json()["status"] == status


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("a_wallet", [an_sr25519_wallet, an_ed25519_wallet, an_ecdsa_wallet])
async def test_a_wallet_of_any_kind_signs_in_wrapped_or_plain_to_one_account(
    http: httpx.AsyncClient, sessions: Sessions, a_wallet: Callable[[], Wallet]
) -> None:
    wallet = a_wallet()
    first = await sign_in(http, wallet)

    challenge = await a_challenge(http, wallet.address)
    plain = await answer_challenge(http, challenge, wallet.sign(challenge["message"].encode()))

    assert plain.status_code == 201
    assert plain.json()["account"] == first["account"]
    assert first["account"]["address"] == wallet.address
    assert first["account"]["evmAddress"] == evm_address_of(wallet.account_id)
    assert await accounts_in(sessions) == 1


async def test_the_token_says_who_is_asking(http: httpx.AsyncClient) -> None:
    signed_in = await sign_in(http, an_sr25519_wallet())

    me = await http.get("/api/v1/auth/me", headers=bearer(signed_in["accessToken"]))

    assert me.status_code == 200
    assert me.json() == signed_in["account"]


async def test_the_message_names_shop_account_and_end_and_promises_that_nothing_is_paid(
    http: httpx.AsyncClient, settings: Settings
) -> None:
    wallet = an_sr25519_wallet()

    challenge = await a_challenge(http, wallet.address)

    message = challenge["message"]
    assert message.startswith(
        f"127.0.0.1:8080 wants you to sign in with your Polkadot account {wallet.address}."
        " Signing this costs nothing and moves no money. "
    )
    assert f" URI: {settings.public_url} " in message
    assert f" Nonce: {challenge['nonce']} " in message
    assert message.isascii()  # else, or with a line break, a wallet may show no text
    assert message.isprintable()
    left = datetime.fromisoformat(challenge["expiresAt"]) - datetime.now(UTC)
    assert timedelta(minutes=4) < left <= timedelta(minutes=5)


async def test_an_address_of_another_prefix_signs_in_to_the_same_account(
    http: httpx.AsyncClient, sessions: Sessions
) -> None:
    wallet = an_sr25519_wallet()
    first = await sign_in(http, wallet)
    on_polkadot = str(ss58_encode(wallet.account_id, 0))

    challenge = await a_challenge(http, on_polkadot)
    answer = await answer_challenge(http, challenge, wallet.sign(wrapped(challenge["message"])))

    assert on_polkadot != wallet.address
    assert answer.json()["account"] == first["account"]
    assert await accounts_in(sessions) == 1


async def test_a_wrong_signature_is_refused_and_spends_the_challenge(
    http: httpx.AsyncClient, sessions: Sessions
) -> None:
    wallet = an_sr25519_wallet()
    challenge = await a_challenge(http, wallet.address)

    wrong = await answer_challenge(http, challenge, wallet.sign(b"something else"))
    right_but_late = await answer_challenge(http, challenge, wallet.sign(wrapped(challenge["message"])))

    assert_refused(wrong, 401, "signature_not_valid")
    assert_refused(right_but_late, 401, "challenge_not_known")
    assert await accounts_in(sessions) == 0


async def test_another_accounts_signature_opens_nothing(http: httpx.AsyncClient, sessions: Sessions) -> None:
    challenge = await a_challenge(http, an_sr25519_wallet("//Wanjiru").address)
    stranger = an_sr25519_wallet("//Kamau")

    answer = await answer_challenge(http, challenge, stranger.sign(wrapped(challenge["message"])))

    assert_refused(answer, 401, "signature_not_valid")
    assert await accounts_in(sessions) == 0


async def test_what_is_no_signature_is_refused_as_a_wrong_one(http: httpx.AsyncClient) -> None:
    for signature in ["", "0x", "0xzz", "0x123", "no hex", "0x" + "00" * 64, "0x" + "ff" * 65, "ñ"]:
        challenge = await a_challenge(http, an_sr25519_wallet().address)

        answer = await http.post("/api/v1/auth/session", json={"nonce": challenge["nonce"], "signature": signature})

        assert_refused(answer, 401, "signature_not_valid")


async def test_a_challenge_is_good_once(http: httpx.AsyncClient) -> None:
    wallet = an_sr25519_wallet()
    challenge = await a_challenge(http, wallet.address)
    signature = wallet.sign(wrapped(challenge["message"]))

    first = await answer_challenge(http, challenge, signature)
    second = await answer_challenge(http, challenge, signature)

    assert first.status_code == 201
    assert_refused(second, 401, "challenge_not_known")


async def test_of_two_answers_at_once_one_signs_in(http: httpx.AsyncClient, sessions: Sessions) -> None:
    wallet = an_sr25519_wallet()
    challenge = await a_challenge(http, wallet.address)
    signature = wallet.sign(wrapped(challenge["message"]))

    answers = await asyncio.gather(*(answer_challenge(http, challenge, signature) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [201, 401, 401, 401]
    assert await accounts_in(sessions) == 1


async def test_first_sign_ins_at_once_make_one_account(http: httpx.AsyncClient, sessions: Sessions) -> None:
    wallet = an_sr25519_wallet()

    signed_in = await asyncio.gather(*(sign_in(http, wallet) for _ in range(4)))

    assert len({one["account"]["id"] for one in signed_in}) == 1
    assert await accounts_in(sessions) == 1


async def test_a_challenge_that_was_never_given_or_is_too_old_is_not_known(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("descrow.accounts.sign_in.CHALLENGE_LIFE", timedelta(seconds=1))
    wallet = an_sr25519_wallet()
    old = await a_challenge(http, wallet.address)
    await asyncio.sleep(1.1)

    for challenge in (old, {"nonce": "never given", "message": old["message"]}):
        answer = await answer_challenge(http, challenge, wallet.sign(wrapped(challenge["message"])))

        assert_refused(answer, 401, "challenge_not_known")


async def test_what_is_no_address_gets_no_challenge(http: httpx.AsyncClient) -> None:
    for address in ["", "Wanjiru", "0x" + "11" * 32, "5Grw" + "z" * 200_000, "1"]:
        answer = await http.post("/api/v1/auth/challenge", json={"address": address})

        assert_refused(answer, 422, "address_not_valid")


async def test_a_body_of_another_form_is_refused(http: httpx.AsyncClient) -> None:
    bodies: list[Any] = [{}, {"address": 7}, {"address": None}, {"address": "5", "more": 1}, []]
    for body in bodies:
        answer = await http.post("/api/v1/auth/challenge", json=body)

        assert_refused(answer, 400, "invalid")


async def test_no_token_or_one_that_is_not_ours_is_refused(http: httpx.AsyncClient, settings: Settings) -> None:
    ours = (await sign_in(http, an_sr25519_wallet()))["accessToken"]
    claims = jwt.decode(ours, options={"verify_signature": False})
    secret = settings.jwt_secret.get_secret_value()
    an_hour_ago = int((datetime.now(UTC) - timedelta(hours=1)).timestamp())
    header, payload, signature = ours.split(".")
    not_ours = {
        "of another secret": jwt.encode(claims, "another secret, also of 32 bytes and more", algorithm="HS256"),
        "too old": jwt.encode({**claims, "exp": an_hour_ago}, secret, algorithm="HS256"),
        "unsigned": jwt.encode(claims, "", algorithm="none"),
        "without its signature": f"{header}.{payload}.",
        "of another account": f"{header}.{jwt.encode({**claims, 'sub': '999'}, 'x' * 32).split('.')[1]}.{signature}",
        "nonsense": "nonsense",
        "empty": "",
    }

    answers = {why: await http.get("/api/v1/auth/me", headers=bearer(token)) for why, token in not_ours.items()}
    answers["none"] = await http.get("/api/v1/auth/me")

    for answer in answers.values():
        assert_refused(answer, 401, "unauthenticated")
    assert (await http.get("/api/v1/auth/me", headers=bearer(ours))).status_code == 200
