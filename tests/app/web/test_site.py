"""The built app over HTTP: what is cached for ever, what is asked for each time, and the headers that guard it."""

from pathlib import Path

import httpx
import pytest

from descrow.app.settings import Settings
from descrow.app.web.content_security_policy import security_headers
from descrow.app.web.site import accepts_gzip
from tests.app.web.conftest import PAGE, SCRIPT
from tests.application import client_of_application


@pytest.mark.parametrize("path", ["/", "/orders/7", "/products/3/buy", "/no/such/page"])
async def test_the_app_answers_at_every_address_of_its_own_router(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(path)

    assert (answer.status_code, answer.text) == (200, PAGE)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


async def test_built_files_are_kept_for_ever_and_sent_packed(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/assets/index-1a2b3c.js")

    assert answer.text == SCRIPT
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"


async def test_who_takes_no_gzip_gets_the_plain_file(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/assets/index-1a2b3c.js", headers={"Accept-Encoding": "identity"})

    assert "content-encoding" not in answer.headers
    assert answer.text == SCRIPT


async def test_a_file_that_the_browser_has_is_not_sent_again(browser: httpx.AsyncClient) -> None:
    first = await browser.get("/icon.svg")

    again = await browser.get("/icon.svg", headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/assets/index-of-last-week.js", "/assets/", "/robots.php", "/.built", "/%2e%2e/x.py"]
)
async def test_a_file_that_is_not_there_is_no_page(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(path)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/nothing", "/ipfs", "/callbacks/1"])
async def test_what_is_below_the_api_is_never_answered_by_the_app(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(path)

    assert answer.status_code in (401, 404)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_every_answer_of_the_app_carries_its_guards(browser: httpx.AsyncClient) -> None:
    for path in ("/", "/orders/7", "/assets/index-1a2b3c.js"):
        headers = (await browser.get(path)).headers

        policy = headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert "strict-transport-security" not in headers


def test_scripts_may_talk_to_the_shop_and_to_the_chain_alone() -> None:
    headers = security_headers(public_url="https://shop.example", chain_url="wss://node.example:9944/key-of-ours")

    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["connect-src"] == "'self' wss://shop.example wss://node.example:9944"
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")


async def test_a_shop_without_a_built_app_shows_the_plain_page(settings: Settings, tmp_path: Path) -> None:
    async with client_of_application(settings.model_copy(update={"web_dist": tmp_path})) as client:
        front, other = await client.get("/"), await client.get("/orders")

    assert "The money waits in a contract" in front.text
    assert other.status_code == 404


@pytest.mark.parametrize(
    ("header", "is_taken"),
    [("gzip", True), ("br, GZIP;q=0.5", True), ("gzip;q=0", False), ("br", False), (None, False), ("identity", False)],
)
def test_gzip_is_sent_to_who_takes_it(header: str | None, is_taken: bool) -> None:
    assert accepts_gzip(header) is is_taken
