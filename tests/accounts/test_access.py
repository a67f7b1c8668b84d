"""Every route, asked by everybody: each gets what `descrow.accounts.access` says, and a stranger learns nothing."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from litestar import Litestar, get
from litestar.types import ASGIApp

from descrow.accounts.access import ACCESS, AccessNotDeclared, apply_access
from descrow.accounts.models import Role
from descrow.accounts.roles import PERMISSIONS
from descrow.accounts.sign_in import find_or_create_account
from descrow.accounts.tokens import issue_token
from descrow.app.settings import Settings
from descrow.chain.keys import Keypair
from descrow.kernel.db import utc_now
from descrow.kernel.http.access import Open
from descrow.kernel.http.caller import Caller
from descrow.operations.role_changes import give_role, take_role
from tests.app.openapi.description import handlers
from tests.application import client_of
from tests.market import Market

PEOPLE = {
    "buyer": ("//Wanjiru", ()),
    "seller": ("//Otieno", ()),
    "stranger": ("//Kamau", ()),
    "support": ("//Bob", (Role.SUPPORT,)),
    "arbiter": ("//Arbiter", (Role.ARBITER,)),
    "admin": ("//Guardian", (Role.ADMIN,)),
}
NOBODY = "nobody"
PUBLIC = {
    "GET /",
    "HEAD /",
    "GET /{path}",
    "HEAD /{path}",
    "GET /config",
    "GET /health",
    "GET /health/live",
    "GET /metrics",
    "GET /errors",
    "POST /auth/challenge",
    "POST /auth/session",
    "POST /auth/refresh",
    "POST /auth/sign-out",
    "GET /products",
    "GET /products/{product_id}",
    "GET /categories",
    "GET /proof/mpesa",
    "GET /rate",
    "GET /sellers/{address}",
    "GET /disputes/signing-key",
    "GET /ipfs/{cid}",
    "HEAD /ipfs/{cid}",
    "POST /callbacks/{kind}/{about_id}/{code}",
    "POST /callbacks/validation/{about_id}/{code}",
}
"""Name what may be asked without signing in once more: the handlers alone would agree with themselves."""
VALUES: dict[str, object] = {
    "product_id": 1,
    "number": 1,
    "subscription_id": 1,
    "webhook_id": 1,
    "delivery_id": 1,
    "session_id": "6f9619ff-8b86-d011-b42d-00c04fc964ff",
    "checkout_request_id": "ws_CO_1",
    "call_id": 999,
    "case_id": 999,
    "address": Keypair.from_uri("//Dave").address,
    "role": "support",
    "sha256": "0" * 64,
}
"""What a path may be filled in with; orders are filled in as the test wants."""


def closed_routes() -> dict[str, object]:
    """Return the access of each route that asks for a token."""
    return {name: access for name, handler in handlers().items() if (access := handler.opt[ACCESS]) is not Open.ANYBODY}


@dataclass
class AccessScenario:
    """An order of the buyer's from the seller, and everybody at its door."""

    market: Market
    order_id: int
    clients: dict[str, httpx.AsyncClient]

    async def ask(self, who: str, name: str, **known: object) -> httpx.Response:
        """Return what this person gets from a route; what is not said of its path is some value that fits."""
        method, path = name.split(" ")
        values = {**VALUES, "order_id": self.order_id, "order": self.order_id, **known}
        body: dict[str, Any] | None = None if method in ("GET", "DELETE") else {}
        return await self.clients[who].request(method, "/api/v1" + path.format_map(values), json=body)


@pytest.fixture
async def scenario(market: Market, app: ASGIApp, settings: Settings) -> AsyncIterator[AccessScenario]:
    order = await market.order()
    clients = {NOBODY: client_of(app)}
    for who, (uri, roles) in PEOPLE.items():
        async with market.sessions.begin() as session:
            account = await find_or_create_account(session, Keypair.from_uri(uri).public_key)
            for role in roles:
                await give_role(session, account, role, by="the tests")
        caller = Caller(account.id, account.address, account.evm_address, roles=roles)
        token, _ = issue_token(settings.sign_in, caller, now=utc_now())
        clients[who] = client_of(app, Authorization=f"Bearer {token}")
    yield AccessScenario(market, order["id"], clients)
    for client in clients.values():
        await client.aclose()


def test_a_handler_that_does_not_say_who_may_use_it_is_not_served() -> None:
    @get("/forgotten", sync_to_thread=False)
    def forgotten() -> None: ...

    with pytest.raises(AccessNotDeclared, match="GET /forgotten"):
        apply_access(Litestar([forgotten]))


def test_only_the_routes_that_are_meant_to_be_are_public() -> None:
    assert set(handlers()) - set(closed_routes()) == PUBLIC


async def test_each_route_is_open_to_whom_the_table_says(scenario: AccessScenario) -> None:
    wrong = []
    for name, access in closed_routes().items():
        for who in (NOBODY, *PEOPLE):
            answer = await scenario.ask(who, name)
            code = answer.json().get("code", "") if answer.content and answer.status_code >= 400 else ""
            roles = PEOPLE.get(who, ("", ()))[1]
            if who == NOBODY:
                is_right = (answer.status_code, code) == (401, "unauthenticated")
            elif isinstance(access, Open) or any(access in PERMISSIONS[role] for role in roles):
                is_right = answer.status_code < 500 and code not in ("unauthenticated", "forbidden")
            else:
                is_right = (answer.status_code, code) == (403, "forbidden")
            if not is_right:
                wrong.append(f"{name} by {who}: {answer.status_code} {code}")

    assert wrong == []


def routes_of_an_order() -> list[str]:
    """Return the routes that name one order."""
    return [name for name in closed_routes() if "{order_id}" in name]


@pytest.mark.parametrize("who", ["stranger", "support", "arbiter", "admin"])
async def test_somebody_elses_order_is_as_if_it_were_not_there(scenario: AccessScenario, who: str) -> None:
    """By a valid request: one that is refused for its form says nothing of any order."""
    bodies: dict[str, Any] = {
        "PUT /orders/{order_id}": {"action": "confirm"},
        "POST /orders/{order_id}/pay/mpesa": {"phoneNumber": "0712345678"},
        "POST /orders/{order_id}/dispute/messages": {"text": "Good morning"},
        "POST /orders/{order_id}/parcel-note": {"text": "Bus KBX 123A"},
    }
    reported = {}
    for name in routes_of_an_order():
        method, path = name.split(" ")
        how: dict[str, Any] = {} if method == "GET" else {"json": bodies.get(name, {})}
        if name == "POST /orders/{order_id}/dispute/evidence":
            how = {"files": {"file": ("basket.txt", b"A basket.", "text/plain")}}
        if name == "PUT /orders/{order_id}/dispute/evidence/parts/{sha256}":
            how = {"params": {"offset": 0}, "content": b"A basket."}
        answers = [
            await scenario.clients[who].request(
                method, "/api/v1" + path.format_map({**VALUES, "order_id": order_id}), **how
            )
            for order_id in (scenario.order_id, 10**9)
        ]
        reported[name] = [_reported(answer) for answer in answers]

    assert [name for name, (there, missing) in reported.items() if there != missing] == []
    assert {there[1] for there, _ in reported.values()} <= {"order_not_found", "dispute_not_found", "mpesa_not_offered"}


def _reported(answer: httpx.Response) -> tuple[object, ...]:
    """Return what the answer says, but for the number that was asked for."""
    problem = answer.json()
    return problem["status"], problem["code"], problem["title"], problem["detail"], sorted(problem.get("about", {}))


async def test_a_role_that_was_taken_counts_no_more_whatever_the_token_says(scenario: AccessScenario) -> None:
    assert (await scenario.ask("support", "GET /admin/ledger")).status_code == 200

    async with scenario.market.sessions.begin() as session:
        account = await find_or_create_account(session, Keypair.from_uri("//Bob").public_key)
        await take_role(session, account, Role.SUPPORT, by="the tests")

    assert (await scenario.ask("support", "GET /admin/ledger")).json()["code"] == "forbidden"
