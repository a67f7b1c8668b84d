"""Check what every answer tells a browser, and whose pages may ask the API."""

from base64 import b64encode
from hashlib import sha256

import pytest
from litestar.types import ASGIApp
from pydantic import ValidationError

from descrow.app.settings import Settings
from descrow.app.web.content_security_policy import policy_of_page
from descrow.app.web.routes import PLAIN_PAGE
from tests.application import client_of, client_of_application

ELSEWHERE = "https://app.example"
PREFLIGHT = {"Origin": ELSEWHERE, "Access-Control-Request-Method": "POST"}


@pytest.mark.parametrize(
    "path", ["/health/live", "/api/v1/products", "/api/v1/orders", "/api/v1/nothing-here", "/docs/openapi.json"]
)
async def test_every_answer_of_the_api_is_closed_to_browsers_tricks(app: ASGIApp, path: str) -> None:
    async with client_of(app) as client:
        headers = (await client.get(path)).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert "strict-transport-security" not in headers
    assert "access-control-allow-origin" not in headers


async def test_a_shop_behind_https_is_never_asked_without_it(settings: Settings) -> None:
    async with client_of_application(settings.model_copy(update={"public_url": "https://shop.example"})) as browser:
        assert (await browser.get("/health/live")).headers["strict-transport-security"].startswith("max-age=31536000")


async def test_no_other_page_may_ask_unless_its_origin_is_named(settings: Settings) -> None:
    async with client_of_application(settings) as browser:
        assert "access-control-allow-origin" not in (await browser.options("/api/v1/orders", headers=PREFLIGHT)).headers

    async with client_of_application(settings.model_copy(update={"cors_origins": ELSEWHERE})) as browser:
        allowed = await browser.options("/api/v1/orders", headers=PREFLIGHT)
        asked = await browser.get("/api/v1/products", headers={"Origin": ELSEWHERE})
        stranger = await browser.get("/api/v1/products", headers={"Origin": "https://elsewhere.example"})

    assert allowed.headers["access-control-allow-origin"] == ELSEWHERE
    assert "idempotency-key" in allowed.headers["access-control-allow-headers"].lower()
    assert asked.headers["access-control-allow-origin"] == ELSEWHERE
    assert "access-control-allow-origin" not in stranger.headers


@pytest.mark.parametrize("origins", ["*", "app.example", "https://app.example/", "https://app.example/path", "null"])
def test_what_is_no_origin_is_refused_at_the_start(settings: Settings, origins: str) -> None:
    with pytest.raises(ValidationError, match="is no origin"):
        Settings.model_validate({**settings.model_dump(), "cors_origins": origins})


def test_the_plain_page_runs_its_own_script_alone() -> None:
    script = PLAIN_PAGE.partition("<script>")[2].partition("</script>")[0]
    policy = policy_of_page(PLAIN_PAGE)

    assert f"script-src 'sha256-{b64encode(sha256(script.encode()).digest()).decode()}';" in policy
    assert "unsafe" not in policy
