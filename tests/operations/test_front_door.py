"""What holds for every route: who may ask, and that the API's own description tells of it."""

import re
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from descrow.app import build_app
from descrow.settings import Settings

PUBLIC = {
    ("GET", "/"),
    ("GET", "/health"),
    ("GET", "/health/live"),
    ("GET", "/metrics"),
    ("POST", "/auth/challenge"),
    ("POST", "/auth/session"),
    ("POST", "/auth/refresh"),
    ("POST", "/auth/sign-out"),
    ("GET", "/products"),
    ("GET", "/products/{product_id:int}"),
    ("GET", "/ipfs/{cid:str}"),
    ("HEAD", "/ipfs/{cid:str}"),
    ("POST", "/callbacks/{kind:str}/{about_id:int}/{code:str}"),
}
"""Everything that may be asked without signing in, below whichever prefix."""


Routes = list[tuple[str, str, bool]]


@pytest.fixture
def routes(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Routes:
    """Method, path and whether it is public, of every route but the documentation's."""
    made: list[Litestar] = []

    def make(**options: Any) -> Litestar:
        made.append(Litestar(**options))
        return made[-1]

    monkeypatch.setattr("descrow.app.Litestar", make)
    build_app(settings)
    return [
        (str(method), route.path, bool(handler.opt.get("public")))
        for route in made[0].routes
        if isinstance(route, HTTPRoute) and not route.path.startswith("/docs")
        for handler in route.route_handlers
        for method in handler.http_methods
        if method != "OPTIONS"
    ]


async def test_only_the_routes_that_are_meant_to_be_are_public(routes: Routes) -> None:
    public = {(method, path) for method, path, is_public in routes if is_public}

    below_prefixes = {(method, path.removeprefix("/api").removeprefix("/v1") or "/") for method, path in public}

    assert below_prefixes == PUBLIC


async def test_every_other_route_asks_for_a_token(http: httpx.AsyncClient, routes: Routes) -> None:
    private = [(method, path) for method, path, is_public in routes if not is_public]
    assert len(private) >= 16

    for method, path in private:
        answer = await http.request(method, _with_values(path), json={})

        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), f"{method} {path}"


def _with_values(path: str) -> str:
    return re.sub(r"{\w+:uuid}", "7c1f2a9e-435b-45ab-9330-6b9ff1fa3d65", re.sub(r"{\w+:(int|str)}", "1", path))


async def test_both_spellings_of_the_api_have_the_same_routes(routes: Routes) -> None:
    versioned = {(method, path.removeprefix("/api/v1")) for method, path, _ in routes if path.startswith("/api/v1/")}
    plain = {
        (method, path.removeprefix("/api"))
        for method, path, _ in routes
        if path.startswith("/api/") and not path.startswith("/api/v1/")
    }

    assert versioned == plain


async def test_the_description_of_the_api_lists_every_route_below_its_version(
    http: httpx.AsyncClient, routes: Routes
) -> None:
    answer = await http.get("/docs/openapi.json")

    assert answer.status_code == 200
    described = {(method.upper(), path) for path, item in answer.json()["paths"].items() for method in item}
    expected = {
        (method, path.replace(":int", "").replace(":str", "").replace(":uuid", ""))
        for method, path, _ in routes
        if path.startswith("/api/v1/")
    }
    assert expected <= described
    assert not {path for _, path in described if path.startswith("/api/") and "/v1/" not in path} - {"/api/health"}


async def test_the_front_page_is_there_for_everyone(http: httpx.AsyncClient) -> None:
    answer = await http.get("/")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")


async def test_the_description_needs_no_token_and_is_one_document(http: httpx.AsyncClient) -> None:
    document = (await http.get("/docs/openapi.json")).json()

    assert document["openapi"].startswith("3.")
    assert document["info"]["title"] == "Descrow"
