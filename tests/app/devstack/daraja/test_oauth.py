"""Access tokens."""

import httpx
import pytest

from tests.app.devstack.daraja.conftest import StartDaraja
from tests.app.devstack.daraja.merchant import Daraja
from tests.waiting import wait_until

PUSH = "/mpesa/stkpush/v1/processrequest"


def test_a_token_has_28_signs_and_says_its_life_in_a_string(daraja: Daraja) -> None:
    answer = daraja.ask_for_token()

    assert answer.status_code == 200
    assert answer.json().keys() == {"access_token", "expires_in"}
    assert len(answer.json()["access_token"]) == 28
    assert answer.json()["expires_in"] == "3599"


def test_wrong_credentials_get_an_empty_400(daraja: Daraja) -> None:
    answer = daraja.ask_for_token(secret="wrong")

    assert (answer.status_code, answer.content) == (400, b"")


def test_another_kind_of_authorization_is_refused(daraja: Daraja) -> None:
    answer = daraja.http.get("/oauth/v1/generate?grant_type=client_credentials", headers={"Authorization": "Bearer x"})

    assert (answer.status_code, answer.json()["errorCode"]) == (400, "400.008.01")


def test_another_grant_type_is_refused(daraja: Daraja) -> None:
    answer = daraja.http.get("/oauth/v1/generate", params={"grant_type": "password"}, auth=("key", "secret"))

    assert (answer.status_code, answer.json()["errorCode"]) == (400, "400.008.02")


def test_a_new_token_ends_the_one_before(daraja: Daraja) -> None:
    first, second = daraja.authorize(), daraja.authorize()

    old = daraja.call(PUSH, daraja.push_body(), token=first)
    new = daraja.call(PUSH, daraja.push_body(), token=second)

    assert (old.status_code, old.json()["errorCode"]) == (404, "404.001.03")
    assert old.json().keys() == {"requestId", "errorCode", "errorMessage"}
    assert new.status_code == 200


def test_a_token_ends_when_its_life_is_over(start_daraja: StartDaraja) -> None:
    daraja = start_daraja(token_lifetime_s=1)
    daraja.a_phone()
    token = daraja.authorize()

    wait_until(lambda: daraja.call(PUSH, {}, token=token).status_code == 404)

    assert daraja.transactions() == []


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (PUSH, 404, "404.001.03"),
        ("/mpesa/stkpushquery/v1/query", 404, "404.001.03"),
        ("/mpesa/b2c/v3/paymentrequest", 404, "404.001.03"),
        ("/mpesa/reversal/v1/request", 404, "404.001.03"),
        ("/mpesa/transactionstatus/v1/query", 400, "400.003.01"),
        ("/mpesa/accountbalance/v1/query", 401, "401.002.01"),
    ],
)
def test_each_api_refuses_a_bad_token_in_its_own_way(daraja: Daraja, path: str, status: int, code: str) -> None:
    answer = daraja.call(path, {}, token="made-up")

    assert (answer.status_code, answer.json()["errorCode"]) == (status, code)


def test_a_token_of_strange_signs_is_refused_like_any_other(daraja: Daraja) -> None:
    daraja.authorize()

    answer = daraja.http.post(PUSH, json={}, headers=[(b"Authorization", "Bearer é".encode("latin-1"))])

    assert (answer.status_code, answer.json()["errorCode"]) == (404, "404.001.03")


def test_a_missing_token_is_told_from_a_bad_one(daraja: Daraja) -> None:
    answer = daraja.http.post(PUSH, json=daraja.push_body())

    assert (answer.status_code, answer.json()["errorCode"]) == (404, "404.001.04")


@pytest.mark.parametrize(
    ("method", "path", "code"), [("POST", "/mpesa/nothing", "404.001.01"), ("GET", PUSH, "405.001")]
)
def test_a_wrong_path_or_method_is_refused_in_the_envelope(daraja: Daraja, method: str, path: str, code: str) -> None:
    answer: httpx.Response = daraja.http.request(method, path)

    assert answer.status_code == int(code[:3])
    assert answer.json()["errorCode"] == code
