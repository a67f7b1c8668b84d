"""The description of the API tells everything: each test here names exactly what is missing, and where to write it."""

import re
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator
from litestar.types import ASGIApp

from descrow.accounts.access import ACCESS, bare_path
from descrow.accounts.roles import Permission
from descrow.app.openapi.document import FORM, REFUSALS
from descrow.kernel.http.access import Open
from descrow.kernel.problems.catalogue import catalogue
from descrow.kernel.problems.schemas import PROBLEM_JSON
from tests.app.openapi.description import handlers, json_bodies, misfits, the_document
from tests.application import client_of


def operations() -> dict[str, dict[str, Any]]:
    """By the route's name."""
    return {
        f"{method.upper()} {bare_path(path)}": operation
        for path, item in the_document()["paths"].items()
        for method, operation in item.items()
    }


def refusals_in(operation: dict[str, Any]) -> dict[str, str]:
    """The status of each code that an operation names."""
    return {
        code: status
        for status, answer in operation["responses"].items()
        for code in answer.get("content", {}).get(PROBLEM_JSON, {}).get("examples", {})
    }


def test_every_code_that_a_handler_names_is_in_the_catalogue() -> None:
    named = {code for handler in handlers().values() for code in handler.opt.get(REFUSALS, ())}

    assert len(named) > 50
    assert named - set(catalogue()) == set()


def test_every_operation_is_named_by_a_verb_and_a_thing_and_no_other_has_its_name() -> None:
    names = [operation["operationId"] for item in the_document()["paths"].values() for operation in item.values()]

    assert len(names) == len(set(names)) > 70
    assert [name for name in names if not re.fullmatch("[a-z]+([A-Z][a-z0-9]+)+", name)] == []


def test_no_name_of_a_schema_shows_a_python_path() -> None:
    assert [name for name in the_document()["components"]["schemas"] if not re.fullmatch("[A-Za-z]+", name)] == []


def test_health_is_described_once() -> None:
    assert [path for path in the_document()["paths"] if path.endswith("/health")] == ["/api/v1/health"]


def test_each_refusal_stands_under_its_status_with_its_own_words() -> None:
    reported = the_document()["components"]["examples"]
    for route, operation in operations().items():
        for code, status in refusals_in(operation).items():
            entry, problem = catalogue()[code], reported[code]["value"]
            assert (route, str(entry.status)) == (route, status)
            assert (problem["code"], problem["status"]) == (code, entry.status)
            assert problem["title"]
            assert problem["detail"]


def test_every_example_of_a_refusal_fits_the_shape_of_problems() -> None:
    shape = {"$ref": "#/components/schemas/Problem"}
    reported = the_document()["components"]["examples"]

    assert len(reported) > 100
    assert {code: misfits(example["value"], shape) for code, example in reported.items()} == {
        code: [] for code in reported
    }


def test_only_the_routes_that_need_it_ask_for_a_token() -> None:
    for route, operation in operations().items():
        codes, is_open = refusals_in(operation), handlers()[route].opt[ACCESS] is Open.ANYBODY
        assert (route, bool(operation["security"])) == (route, not is_open)
        assert "unauthenticated" in codes or is_open
        assert "forbidden" in codes or not isinstance(handlers()[route].opt[ACCESS], Permission)


def test_a_route_that_takes_a_permission_names_it() -> None:
    for route, operation in operations().items():
        if isinstance(access := handlers()[route].opt[ACCESS], Permission):
            assert f"`{access}`" in operation["description"]


def test_every_body_has_an_example() -> None:
    missing = [f"{route} {which}" for route, which, media in json_bodies() if "example" not in media]

    assert missing == [], "run the route's tests as tests/openapi/examples.py says"


def test_every_example_fits_its_schema() -> None:
    wrong = {
        f"{route} {which}": errors
        for route, which, media in json_bodies()
        if "example" in media and (errors := misfits(media["example"], media["schema"]))
    }

    assert wrong == {}, "make them anew as tests/openapi/examples.py says"


def test_a_form_has_an_example_too() -> None:
    forms = [
        operation["requestBody"]["content"][FORM]
        for operation in operations().values()
        if FORM in operation.get("requestBody", {}).get("content", {})
    ]

    assert len(forms) >= 2
    assert all("example" in form for form in forms)


@pytest.mark.parametrize("secret", ["+2547", "25471", "07123456789", "descrow_refresh"])
def test_no_example_shows_somebodys_number_or_cookie(secret: str) -> None:
    assert [f"{route} {which}" for route, which, media in json_bodies() if secret in str(media.get("example"))] == []


async def test_what_the_server_shows_is_this_very_document(app: ASGIApp) -> None:
    async with client_of(app) as client:
        shown = await client.get("/docs/openapi.json")

    assert shown.json() == the_document()


def test_no_text_of_a_request_is_described_as_one_that_may_hold_a_nul() -> None:
    product = the_document()["components"]["schemas"]["CreateProductRequest"]["properties"]

    with_nul = {"title": "\0", "specifications": {"Colour": "\0"}, "pictureCids": ["\0"]}
    for field, value in with_nul.items():
        assert not Draft202012Validator(product[field]).is_valid(value), field
    specifications = Draft202012Validator(product["specifications"])
    assert not specifications.is_valid({"\0": "blue"})
    assert specifications.is_valid({"Colour": "blue\nand white"})
