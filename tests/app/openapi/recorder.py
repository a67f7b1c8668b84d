"""Stands before the application in the tests and notes what each route answers: what is not described is a fault.

With DESCROW_EXAMPLES set to a file, the bodies of requests that went well are added to it; `tests.app.openapi.examples`
picks the document's examples from there.
"""

import json
import os
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from descrow.accounts.access import bare_path
from descrow.app.openapi.document import JSON
from descrow.kernel.problems.schemas import PROBLEM_JSON
from tests.app.openapi.description import the_document

COLLECT_IN = "DESCROW_EXAMPLES"

Described = dict[str, dict[int, frozenset[str]]]


@cache
def described() -> Described:
    """By route and status, the codes that may come with it; none where the answer is no refusal."""
    found: Described = {}
    for path, item in the_document()["paths"].items():
        for method, operation in item.items():
            found[f"{method.upper()} {bare_path(path)}"] = {
                int(status): frozenset(answer.get("content", {}).get(PROBLEM_JSON, {}).get("examples", ()))
                for status, answer in operation["responses"].items()
            }
    return found


@dataclass
class Exchange:
    """One request and its answer, as they went by."""

    route: str
    request: bytearray = field(default_factory=bytearray)
    request_type: str = ""
    status: int = 0
    answer_type: str = ""
    answer: bytearray = field(default_factory=bytearray)

    @property
    def is_refusal(self) -> bool:
        return self.answer_type.startswith(PROBLEM_JSON)

    @property
    def code(self) -> str:
        return str(json.loads(self.answer)["code"]) if self.is_refusal and self.answer else ""


class Recorder:
    """The application, watched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.undescribed: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        exchange = Exchange(route="")

        async def receive_noting() -> Any:
            message = await receive()
            if message["type"] == "http.request":
                exchange.request += message["body"]
            return message

        async def send_noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                exchange.answer_type = _content_type(message["headers"])
            elif message["type"] == "http.response.body" and _is_json(exchange.answer_type):
                exchange.answer += message["body"]
            await send(message)

        await self._app(scope, receive_noting, send_noting)
        exchange.route = f"{scope['method']} {bare_path(scope.get('path_template', ''))}"
        exchange.request_type = _content_type(scope["headers"])
        self._note(exchange)

    def _note(self, exchange: Exchange) -> None:
        answers = described().get(exchange.route)
        if answers is None:
            return
        codes = answers.get(exchange.status)
        if codes is None or (exchange.code and exchange.code not in codes):
            self.undescribed.add(f"{exchange.route}: {exchange.status} {exchange.code}".strip())
        if COLLECT_IN in os.environ and 200 <= exchange.status < 300:
            _collect(exchange, Path(os.environ[COLLECT_IN]))


def _collect(exchange: Exchange, into: Path) -> None:
    line: dict[str, Any] = {"route": exchange.route}
    if exchange.request and exchange.request_type.startswith(JSON):
        line["request"] = json.loads(exchange.request)
    if exchange.answer and exchange.answer_type.startswith(JSON):
        line["response"] = json.loads(exchange.answer)
    if len(line) > 1:
        with into.open("a") as file:
            file.write(json.dumps(line) + "\n")


def _is_json(content_type: str) -> bool:
    return content_type.startswith((JSON, PROBLEM_JSON))


def _content_type(headers: Any) -> str:
    return next((value.decode("latin-1") for name, value in headers if name.lower() == b"content-type"), "")
