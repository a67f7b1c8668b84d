"""Whatever it is asked, and by whomever, the API answers as its description says and never with a fault.

A few hundred requests here; `python -m tests.app.openapi.fuzz` sends as many as one likes.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from descrow.accounts.sign_in import find_or_create_account
from descrow.app.settings import Settings
from descrow.chain.keys import Keypair
from descrow.contract.order_status import OrderStatus
from descrow.kernel.http.caller import Caller
from descrow.operations.role_changes import give_role
from tests.app.openapi.fuzzing import AS, EVERYBODY, NOBODY, PEOPLE, REQUESTS, SEED, Target, attack
from tests.feed.servers import Server, a_server
from tests.market import Market

ORDERS = (OrderStatus.CREATED, OrderStatus.FUNDED, OrderStatus.SHIPPED, OrderStatus.DISPUTED, OrderStatus.RESOLVED)


@dataclass(frozen=True)
class AccessScenario:
    """A shop that is open, with an order in each state, and everybody's token."""

    server: Server
    tokens: dict[str, str]
    order_ids: list[int]

    def target(self, who: str) -> Target:
        headers = {} if who == NOBODY else {"Authorization": f"Bearer {self.tokens[who]}"}
        known = {"order_id": self.order_ids, "product_id": list(range(1, len(self.order_ids) + 1)), "number": [1]}
        return Target(self.server.url, headers, known)


@pytest.fixture
async def scenario(market: Market, settings: Settings) -> AsyncIterator[AccessScenario]:
    order_ids = [await market.order_that_is(status) for status in ORDERS]
    async with a_server(settings.model_copy(update={"content_uploads_per_day": 10_000})) as server:
        tokens = {}
        for who, (uri, roles) in PEOPLE.items():
            async with market.sessions.begin() as session:
                account = await find_or_create_account(session, Keypair.from_uri(uri).public_key)
                for role in roles:
                    await give_role(session, account, role, by="the tests")
            tokens[who] = server.token_of(Caller(account.id, account.address, account.evm_address, roles=roles))
        yield AccessScenario(server, tokens, order_ids)


@pytest.mark.parametrize("who", os.environ.get(AS, ",".join(EVERYBODY)).split(","))
async def test_every_answer_is_as_the_description_says(scenario: AccessScenario, who: str) -> None:
    requests, seed = int(os.environ.get(REQUESTS, "0")), int(os.environ.get(SEED, "1"))

    sent, findings = await asyncio.to_thread(
        attack, scenario.target(who), requests=max(requests, 50), seed=seed, briefly=requests == 0
    )

    print(f"{sent} requests as {who}, seed {seed}: {len(findings)} faults")
    for finding in findings:
        print(f"{finding.route}\n{finding.fault}\n{finding.asked}\n")
    assert [(finding.route, finding.fault) for finding in findings] == []
