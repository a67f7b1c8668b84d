"""Check how the API says no: always problem details, always with a code, and never more than the asker should know."""

import httpx
import pytest

from descrow.app.api import MAX_BODY_BYTES
from tests.market import Market

CORRELATION = "x-correlation-id"


def assert_problem(answer: httpx.Response, status: int, code: str) -> None:
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert problem["type"] == f"urn:descrow:problem:{code}"
    assert problem["instance"] == answer.request.url.path
    assert problem["title"]
    assert problem["detail"]


async def test_every_way_to_ask_wrongly_is_answered_with_problem_details(http: httpx.AsyncClient) -> None:
    post_json = {"content-type": "application/json"}
    challenge = "/api/v1/auth/challenge"

    assert_problem(await http.get("/api/v1/nothing-here"), 404, "not_found")
    assert_problem(await http.get("/api/v1/products/x"), 404, "not_found")
    assert_problem(await http.delete("/api/v1/products"), 405, "method_not_allowed")
    assert_problem(await http.get("/api/v1/orders"), 401, "unauthenticated")
    assert_problem(await http.get("/api/v1/products/999"), 404, "product_not_found")
    assert_problem(await http.get("/api/v1/products?limit=0"), 400, "invalid")
    assert_problem(await http.post(challenge, content="{", headers=post_json), 400, "invalid")
    assert_problem(await http.post(challenge, content=b"\xff", headers=post_json), 400, "invalid")
    assert_problem(await http.post(challenge, content='{"address": "\\ud800"}', headers=post_json), 400, "invalid")
    assert_problem(await http.post(challenge), 400, "invalid")
    too_large = '{"address": "' + "x" * MAX_BODY_BYTES + '"}'
    assert_problem(await http.post(challenge, content=too_large, headers=post_json), 413, "too_large")


@pytest.mark.parametrize(
    ("field", "value"),
    [("stock", "5"), ("stock", 5.5), ("stock", True), ("title", 5), ("specifications", {"Colour": 3}), ("more", 1)],
)
async def test_a_body_is_read_as_it_is_written(market: Market, field: str, value: object) -> None:
    body = {"title": "Sisal basket", "pricePlanck": "1", field: value}

    answer = await market.seller.ask("POST", "/api/v1/products", json=body)

    assert_problem(answer, 400, "invalid")
    [named] = answer.json()["invalidFields"]
    assert named["field"].startswith(field) or field in named["message"]


async def test_a_whole_number_is_whole_however_it_is_written(market: Market) -> None:
    body = {"title": "Sisal basket", "pricePlanck": "1", "stock": 5.0}

    assert (await market.seller.ask("POST", "/api/v1/products", json=body)).json()["stock"] == 5


async def test_who_asks_by_another_method_is_told_which_there_are(http: httpx.AsyncClient) -> None:
    refused, asked = await http.delete("/api/v1/products"), await http.options("/api/v1/products")

    assert set(refused.headers["allow"].split(", ")) == {"GET", "POST", "OPTIONS"}
    assert set(asked.headers["allow"].split(", ")) == {"GET", "POST", "OPTIONS"}


async def test_invalid_fields_are_named(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/v1/products?limit=0&category=magic")

    assert_problem(answer, 400, "invalid")
    assert {item["field"] for item in answer.json()["invalidFields"]} == {"limit", "category"}
    assert all(item["message"] for item in answer.json()["invalidFields"])


async def test_a_number_that_a_browser_could_not_hold_exactly_is_no_id(http: httpx.AsyncClient) -> None:
    assert_problem(await http.get(f"/api/v1/products/{2**53 - 1}"), 404, "product_not_found")
    assert_problem(await http.get(f"/api/v1/products/{2**53}"), 400, "invalid")


async def test_a_refusal_names_what_it_is_about(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/v1/products/999")

    assert answer.json()["about"] == {"product_id": 999}
    assert "invalidFields" not in answer.json()


async def test_a_fault_of_ours_tells_nothing_of_our_insides(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a secret of the insides")

    monkeypatch.setattr("descrow.catalog.routes.find_products", fail)

    answer = await http.get("/api/v1/products")

    assert_problem(answer, 500, "internal")
    assert "secret" not in answer.text
    assert answer.headers[CORRELATION]


@pytest.mark.parametrize(
    "path",
    [
        "/health/live",
        "/api/v1/products",
        "/api/v1/products/999",
        "/api/v1/orders",
        "/api/v1/nothing-here",
    ],
)
async def test_a_callers_correlation_id_comes_back(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path, headers={CORRELATION: "a-caller.of_ours-1"})

    assert answer.headers.get(CORRELATION) == "a-caller.of_ours-1"


@pytest.mark.parametrize("given", ["", "with space", "x" * 65, "line\tbreak", "ümlaut", '{"json": 1}'])
async def test_a_correlation_id_of_another_form_is_replaced(http: httpx.AsyncClient, given: str) -> None:
    answer = await http.get("/health/live", headers={CORRELATION.encode(): given.encode()})

    assert answer.headers[CORRELATION] != given
    assert len(answer.headers[CORRELATION]) == 16


async def test_every_request_has_a_correlation_id_of_its_own(http: httpx.AsyncClient) -> None:
    ids = {(await http.get("/health/live")).headers[CORRELATION] for _ in range(5)}

    assert len(ids) == 5
