"""Refusals are told in the language that is asked for, and say which that is."""

import httpx
import pytest

from descrow.kernel.problems.catalogue import catalogue
from descrow.kernel.texts.languages import Language, language_of

SOLD_BY_NOBODY = "/api/v1/products/999"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("*", "en"),
        ("de", "en"),
        ("sw", "sw"),
        ("SW-KE", "sw"),
        ("sw-KE,en;q=0.8", "sw"),
        ("en-GB, sw;q=0.9", "en"),
        ("fr, sw;q=0.3, en;q=0.2", "sw"),
        ("sw;q=0, en;q=0.1", "en"),
        ("sw;q=0", "en"),
        ("sw;q=much", "en"),
        ("swahili", "en"),
    ],
)
def test_the_language_is_what_the_header_likes_best_and_english_else(accepted: str, language: str) -> None:
    assert language_of(accepted) == language


async def test_a_refusal_speaks_swahili_to_who_asks_for_it(http: httpx.AsyncClient) -> None:
    answer = await http.get(SOLD_BY_NOBODY, headers={"Accept-Language": "sw-KE,sw;q=0.9"})

    words = catalogue()["product_not_found"].words[Language.SWAHILI]
    assert (answer.json()["title"], answer.json()["detail"]) == (words.title, words.detail)
    assert answer.json()["code"] == "product_not_found"
    assert answer.headers["content-language"] == "sw"
    assert "Accept-Language" in answer.headers["vary"]


@pytest.mark.parametrize("path", ["/api/v1/nothing-here", "/api/v1/orders", "/api/v1/products?limit=0"])
async def test_the_frameworks_own_refusals_speak_it_too(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path, headers={"Accept-Language": "sw"})

    words = catalogue()[answer.json()["code"]].words[Language.SWAHILI]
    assert (answer.json()["title"], answer.json()["detail"]) == (words.title, words.detail)


async def test_a_refusal_is_in_english_where_nothing_is_asked_for(http: httpx.AsyncClient) -> None:
    answer = await http.get(SOLD_BY_NOBODY)

    assert answer.json()["detail"] == "There is no such product."
    assert answer.headers["content-language"] == "en"


async def test_the_catalogue_is_there_for_everyone_and_may_be_kept(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/v1/errors")

    errors = {error["code"]: error for error in answer.json()}
    assert list(errors) == sorted(errors) == list(catalogue())
    assert errors["product_sold_out"]["status"] == 409
    assert errors["product_sold_out"]["en"]["title"] == "Sold out"
    assert errors["product_sold_out"]["sw"]["title"] == "Zimeisha"
    assert errors["mpesa_wrong_pin"]["status"] is None
    assert errors["escrow_time_to_pay_is_over"]["status"] == 409
    assert answer.headers["cache-control"] == "max-age=3600, public"
