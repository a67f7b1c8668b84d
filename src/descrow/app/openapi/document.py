"""The OpenAPI document: what the framework makes of the routes, with all that it cannot know of them.

That is: who may ask (from the table of access), every refusal by its code with its real words (from the catalogue), and
an example of each body. Some refusals follow from what a route is; its own are in `answers`.
"""

import json
from collections.abc import Iterable
from copy import deepcopy
from typing import Any

import msgspec
from litestar import Litestar, Request
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.plugins import JsonRenderPlugin

from descrow.accounts.access import ANYBODY, TABLE, bare_path, named_routes
from descrow.accounts.roles import Permission
from descrow.app.openapi.examples import examples
from descrow.app.openapi.responses import ANSWERS, BYTES_TAKEN, FILES, KNOWN_ALREADY, SAME_BODY
from descrow.kernel.http.limits import Kind
from descrow.kernel.problems.catalogue import CatalogueEntry, catalogue
from descrow.kernel.problems.schemas import PROBLEM_JSON, Problem, type_of
from descrow.kernel.texts.languages import Language

JSON = "application/json"
FORM = "multipart/form-data"
SIGNED_IN: list[dict[str, list[str]]] = [{"BearerToken": []}]
NO_BODY = {"204", "304"}
WITHOUT_NUL = "^[^\\u0000]*$"
"""PostgreSQL keeps no text with a NUL in it, so a body that holds one is refused."""
BYTES = "application/octet-stream"
EXAMPLE_OF_FORM = {"file": "the bytes of the file"}
EXAMPLE_OF_BYTES = "the bytes of the part"

SOME_PATH = "/api/v1/orders/17"
"""What the examples of refusals are about."""

_SCHEMA = "#/components/schemas/{name}"
_EXAMPLE = "#/components/examples/{code}"

Operation = dict[str, Any]


class WholeDocument(JsonRenderPlugin):
    """Serves the document; made at the first request for it, and kept."""

    def __init__(self) -> None:
        super().__init__()
        self._rendered: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002
        if self._rendered is None:
            self._rendered = json.dumps(whole_document(request.app), ensure_ascii=False).encode()
        return self._rendered


def whole_document(app: Litestar) -> dict[str, Any]:
    """The description of all routes of the application that are in it."""
    document = deepcopy(app.openapi_schema.to_schema())
    handlers = dict(named_routes(app))
    _, schemas = msgspec.json.schema_components([Problem], ref_template=_SCHEMA)
    document["components"]["schemas"] |= schemas
    document["components"]["examples"] = {
        entry.code: {"summary": _title(entry), "value": _problem(entry, entry.status)}
        for entry in catalogue().values()
        if entry.status is not None
    }
    del document["security"]
    _mend_requests(document["components"]["schemas"], handlers.values())
    for path, item in document["paths"].items():
        for method, operation in item.items():
            name = f"{method.upper()} {bare_path(path)}"
            _complete(operation, name, handlers[name])
    return document


def _mend_requests(schemas: dict[str, Any], handlers: Iterable[HTTPRouteHandler]) -> None:
    """As they are checked: of a field that may be left out the framework forgets the bounds, of a list or a map what
    is in it, of a whole body that a field too many is refused.
    """
    bodies = {handler.parsed_data_field.annotation for handler in handlers if handler.parsed_data_field is not None}
    structs = [body for body in bodies if isinstance(body, type) and issubclass(body, msgspec.Struct)]
    _, exact = msgspec.json.schema_components(structs, ref_template=_SCHEMA)
    for struct in structs:
        ours, theirs = schemas[struct.__name__], exact[struct.__name__]
        for name, described in theirs["properties"].items():
            if "default" not in ours["properties"][name]:  # one of null would make a client's field a needed one
                described.pop("default", None)
            ours["properties"][name] = described
    for name, theirs in exact.items():
        if "properties" in theirs:  # a body, or what is inside one
            schemas[name]["additionalProperties"] = theirs.get("additionalProperties", True)
        _describe_texts(schemas[name])


def _describe_texts(schema: dict[str, Any]) -> None:
    """Each text that may hold anything, in fields, lists and maps, their names too, may hold no NUL."""
    is_told = schema.keys() & {"pattern", "format", "enum", "const"}
    if schema.get("type") == "string" and not is_told:
        schema["pattern"] = WITHOUT_NUL
    if "propertyNames" in schema:
        schema["propertyNames"].setdefault("pattern", WITHOUT_NUL)
    inside = [*schema.get("properties", {}).values(), *schema.get("anyOf", []), *schema.get("oneOf", [])]
    inside += [one for one in (schema.get("items"), schema.get("additionalProperties")) if isinstance(one, dict)]
    for one in inside:
        _describe_texts(one)


def codes_of(name: str, handler: HTTPRouteHandler, operation: Operation) -> set[str]:
    """Every refusal that the route may answer with."""
    access, parameters = TABLE[name], operation.get("parameters", [])
    codes = {"internal", "unavailable", *ANSWERS.get(name, ())}
    if access is not ANYBODY:
        codes.add("unauthenticated")
    if isinstance(access, Permission):
        codes.add("forbidden")
    if parameters or "requestBody" in operation:
        codes.add("invalid")
    if "requestBody" in operation:
        codes.add("too_large")
    if any(one["in"] == "path" for one in parameters):
        codes.add("not_found")  # what is no number is no address of this route
    if handler.opt.get("rate_limit") != Kind.UNLIMITED:
        codes.add("too_many_requests")
    return codes


def _complete(operation: Operation, name: str, handler: HTTPRouteHandler) -> None:
    access, responses = TABLE[name], operation["responses"]
    operation["security"] = [] if access is ANYBODY else SIGNED_IN
    if isinstance(access, Permission):
        operation["description"] = f"{operation['description']}\n\nTakes the permission `{access}`."
    for parameter in operation.get("parameters", []):
        _mend_bound(parameter["schema"])
    responses.pop("400", None)  # the framework's own shape of a refusal, which is never sent
    if name in BYTES_TAKEN:
        schema = {"type": "string", "format": "binary"}
        operation["requestBody"] = {"content": {BYTES: {"schema": schema}}, "required": True}
    if name in FILES:
        responses |= {str(status): _file(said) for status, said in FILES[name].items()}
    for status, response in responses.items():
        if status in NO_BODY or name.startswith("HEAD "):
            response.pop("content", None)
    _add_examples(operation, examples().get(name, {}))
    for status, said in SAME_BODY.get(name, {}).items():
        responses[str(status)] = {**deepcopy(responses["200"]), "description": said}
    if name in KNOWN_ALREADY:
        responses["304"] = {"description": "`If-None-Match` names it: who asks has it."}
    _add_problems(responses, sorted(codes_of(name, handler, operation)))


def _mend_bound(schema: dict[str, Any]) -> None:
    """Of what may be null the framework forgets a bound of zero; no number that we take is below it."""
    may_be = [one.get("type") for one in schema.get("oneOf", [])]
    if "integer" in may_be:
        schema.setdefault("minimum", 0)


def _file(said: str) -> dict[str, Any]:
    return {"description": said, "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}


def _add_examples(operation: Operation, known: dict[str, Any]) -> None:
    bodies = {"request": operation.get("requestBody", {}).get("content", {})}
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            bodies["response"] = response.get("content", {})
    for which, content in bodies.items():
        if JSON in content and which in known:
            content[JSON]["example"] = known[which]
        if FORM in content:
            content[FORM]["example"] = EXAMPLE_OF_FORM
        if BYTES in content:
            content[BYTES]["example"] = EXAMPLE_OF_BYTES


def _add_problems(responses: dict[str, Any], codes: list[str]) -> None:
    entries = [catalogue()[code] for code in codes]
    for status in sorted({entry.status for entry in entries if entry.status is not None}):
        told = [entry for entry in entries if entry.status == status]
        response = responses.setdefault(str(status), {"description": "; ".join(_title(entry) for entry in told) + "."})
        response.setdefault("content", {})[PROBLEM_JSON] = {
            "schema": {"$ref": _SCHEMA.format(name=Problem.__name__)},
            "examples": {entry.code: {"$ref": _EXAMPLE.format(code=entry.code)} for entry in told},
        }


def _title(entry: CatalogueEntry) -> str:
    return entry.words[Language.ENGLISH].title


def _problem(entry: CatalogueEntry, status: int) -> object:
    words = entry.words[Language.ENGLISH]
    problem = Problem(
        type=type_of(entry.code),
        title=words.title,
        status=status,
        code=entry.code,
        detail=words.detail,
        instance=SOME_PATH,
    )
    return msgspec.to_builtins(problem)
