"""The document that the tests hold the application to."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema_rs import Draft202012Validator
from litestar.handlers import HTTPRouteHandler

from descrow.accounts.access import bare_path, named_routes
from descrow.app.openapi.document import JSON
from descrow.app.web.client_types import described_application, openapi_document


@cache
def the_document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(openapi_document())
    return document


@cache
def handlers() -> dict[str, HTTPRouteHandler]:
    """Return the handler of each route, by the route's name."""
    return dict(named_routes(described_application()))


def json_bodies() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Route, `request` or `response`, and the media type object of each JSON body there is."""
    for path, item in the_document()["paths"].items():
        for method, operation in item.items():
            route = f"{method.upper()} {bare_path(path)}"
            contents = [("request", operation.get("requestBody", {}))]
            contents += [
                ("response", answer) for status, answer in operation["responses"].items() if status.startswith("2")
            ]
            for which, holder in contents:
                if JSON in holder.get("content", {}):
                    yield route, which, holder["content"][JSON]


def misfits(value: object, schema: dict[str, Any]) -> list[str]:
    """Return what of a value does not fit a schema of the document."""
    whole = {"components": the_document()["components"], **schema}
    validator = Draft202012Validator(whole, validate_formats=True)
    return [f"{'/'.join(map(str, error.instance_path))}: {error.message}" for error in validator.iter_errors(value)]
