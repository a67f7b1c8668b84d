"""Check every route: it has two spellings, and the API's own description names it."""

import httpx
from litestar.routes import HTTPRoute

from descrow.app.settings import Settings
from tests.application import build_routes


def routes_of(settings: Settings) -> list[tuple[str, str]]:
    """Method and path of every route but the documentation's."""
    return [
        (str(method), route.path_format)
        for route in build_routes(settings).routes
        if isinstance(route, HTTPRoute) and not route.path.startswith("/docs")
        for handler in route.route_handlers
        for method in handler.http_methods
        if method != "OPTIONS"
    ]


def test_both_spellings_of_the_api_have_the_same_routes(settings: Settings) -> None:
    routes = routes_of(settings)
    versioned = {(method, path.removeprefix("/api/v1")) for method, path in routes if path.startswith("/api/v1/")}
    plain = {
        (method, path.removeprefix("/api"))
        for method, path in routes
        if path.startswith("/api/") and not path.startswith("/api/v1/")
    }

    assert versioned == plain


async def test_the_description_of_the_api_lists_every_route_below_its_version(
    http: httpx.AsyncClient, settings: Settings
) -> None:
    answer = await http.get("/docs/openapi.json")

    assert answer.status_code == 200
    described = {(method.upper(), path) for path, item in answer.json()["paths"].items() for method in item}
    expected = {(method, path) for method, path in routes_of(settings) if path.startswith("/api/v1/")}
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
