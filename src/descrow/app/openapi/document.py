"""The OpenAPI document: what the framework makes of the routes, with all that it cannot know of them.

That is: who may ask and every refusal by its code, as the handler says, with the real words from the catalogue of
texts, and an example of each body. Some refusals follow from what a route is.
"""

import json
import re
from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import Any

import msgspec
from litestar import Litestar, Request
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.plugins import JsonRenderPlugin

from descrow.accounts.access import ACCESS, bare_path, named_routes
from descrow.accounts.roles import Permission
from descrow.app.openapi.examples import examples
from descrow.kernel.http.access import Open
from descrow.kernel.http.limits import RateLimitKind
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

PARTIAL_CONTENT = 206
REFUSALS = "refusals"
"""Key of a handler's options: the codes that it may refuse with, beside those that follow from rules."""
FILE_ANSWERS = "file_answers"
"""Answers that are a file's bytes, of whatever media type the file has: a sentence by status."""
NOT_MODIFIED = "not_modified"
"""The handler answers with 304 and no body to who names the answer's ETag."""
SAME_BODY_ANSWERS = "same_body_answers"
"""Answers with the body of the one that goes well: a sentence by status."""
TAKES_BYTES = "takes_bytes"
"""The body of a request is bytes as they are."""

SOME_PATH = "/api/v1/orders/17"
"""What the examples of refusals are about."""

_GENERIC = re.compile(r"\b(Page|SearchPage)_[a-z_.]+\.([A-Za-z]+?)(?:View)?_(?![A-Za-z])")
SAME_AS_HEALTH = ("/health", "/api/health")
"""Addresses of `/api/v1/health` that are not described once more."""
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
    _correct_requests(document["components"]["schemas"], handlers.values())
    for path in SAME_AS_HEALTH:
        document["paths"].pop(path, None)
    for path, item in document["paths"].items():
        for method, operation in item.items():
            name = f"{method.upper()} {bare_path(path)}"
            _complete(operation, name, handlers[name])
    return _with_plain_names(document)


def operation_id_of(handler: HTTPRouteHandler, method: str, path: Sequence[object]) -> str:
    """Return the handler's name in camel case, such as `createOrder`; `headContent` for the HEAD of `getContent`."""
    address = "/" + "/".join(map(str, path))
    if address in SAME_AS_HEALTH:  # the framework wants a name of its own for it, though it is left out
        return address
    first, *others = handler.handler_name.split("_")
    verb = "head" if method.upper() == "HEAD" else first
    return verb + "".join(word.capitalize() for word in others)


def _with_plain_names(document: dict[str, Any]) -> dict[str, Any]:
    """Name a page of orders `OrderPage`, where the framework writes the Python path of what it holds."""
    text = json.dumps(document, ensure_ascii=False)
    plain: dict[str, Any] = json.loads(_GENERIC.sub(lambda found: f"{found[2]}{found[1]}", text))
    return plain


def _correct_requests(schemas: dict[str, Any], handlers: Iterable[HTTPRouteHandler]) -> None:
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
    is_described = schema.keys() & {"pattern", "format", "enum", "const"}
    if schema.get("type") == "string" and not is_described:
        schema["pattern"] = WITHOUT_NUL
    if "propertyNames" in schema:
        schema["propertyNames"].setdefault("pattern", WITHOUT_NUL)
    inside = [*schema.get("properties", {}).values(), *schema.get("anyOf", []), *schema.get("oneOf", [])]
    inside += [one for one in (schema.get("items"), schema.get("additionalProperties")) if isinstance(one, dict)]
    for one in inside:
        _describe_texts(one)


def codes_of(handler: HTTPRouteHandler, operation: Operation) -> set[str]:
    """Every refusal that the route may answer with."""
    access, parameters = handler.opt[ACCESS], operation.get("parameters", [])
    codes = {"internal", "unavailable", *handler.opt.get(REFUSALS, ())}
    if access is not Open.ANYBODY:
        codes.add("unauthenticated")
    if isinstance(access, Permission):
        codes.add("forbidden")
    if parameters or "requestBody" in operation:
        codes.add("invalid")
    if "requestBody" in operation:
        codes |= {"too_large", "body_too_slow"}
    if any(one["in"] == "path" for one in parameters):
        codes.add("not_found")  # what is no number is no address of this route
    if handler.opt.get("rate_limit") != RateLimitKind.UNLIMITED:
        codes.add("too_many_requests")
    return codes


def _complete(operation: Operation, name: str, handler: HTTPRouteHandler) -> None:
    access, responses = handler.opt[ACCESS], operation["responses"]
    operation["security"] = [] if access is Open.ANYBODY else SIGNED_IN
    if isinstance(access, Permission):
        operation["description"] = f"{operation['description']}\n\nTakes the permission `{access}`."
    for parameter in operation.get("parameters", []):
        _correct_parameter(parameter)
    responses.pop("400", None)  # the framework's own shape of a refusal, which is never sent
    if handler.opt.get(TAKES_BYTES):
        schema = {"type": "string", "format": "binary"}
        operation["requestBody"] = {"content": {BYTES: {"schema": schema}}, "required": True}
    files = handler.opt.get(FILE_ANSWERS, {})
    if name.startswith("HEAD "):
        files = {status: said for status, said in files.items() if status != PARTIAL_CONTENT}
    responses |= {str(status): _file(said) for status, said in files.items()}
    for status, response in responses.items():
        if status in NO_BODY or name.startswith("HEAD "):
            response.pop("content", None)
    _add_examples(operation, examples().get(name, {}))
    for status, said in handler.opt.get(SAME_BODY_ANSWERS, {}).items():
        responses[str(status)] = {**deepcopy(responses["200"]), "description": said}
    if handler.opt.get(NOT_MODIFIED):
        responses["304"] = {"description": "`If-None-Match` names it: who asks has it."}
    _add_problems(responses, sorted(codes_of(handler, operation)))


def _correct_parameter(parameter: dict[str, Any]) -> None:
    """Describe one that may be left out as such: in an address or a header nobody can write null.

    Of what may be null the framework also forgets a bound of zero; no number that we take is below it.
    """
    schema = parameter["schema"]
    kinds = [kind for kind in schema.get("oneOf", []) if kind.get("type") != "null"]
    if "oneOf" in schema and len(kinds) == 1:
        del schema["oneOf"]
        schema |= kinds[0]
        if schema.get("type") == "integer":
            schema.setdefault("minimum", 0)
    elif isinstance(schema.get("type"), list):
        [schema["type"]] = [kind for kind in schema["type"] if kind != "null"]
    if None in schema.get("enum", []):
        schema["enum"] = [value for value in schema["enum"] if value is not None]


def _file(said: str) -> dict[str, Any]:
    """Describe an answer that is a file of any type; a generator that knows no wildcard takes it as bytes."""
    schema = {"type": "string", "format": "binary"}
    return {"description": said, "content": {BYTES: {"schema": schema}, "*/*": {"schema": schema}}}


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
        matching = [entry for entry in entries if entry.status == status]
        response = responses.setdefault(
            str(status), {"description": "; ".join(_title(entry) for entry in matching) + "."}
        )
        response.setdefault("content", {})[PROBLEM_JSON] = {
            "schema": {"$ref": _SCHEMA.format(name=Problem.__name__)},
            "examples": {entry.code: {"$ref": _EXAMPLE.format(code=entry.code)} for entry in matching},
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
