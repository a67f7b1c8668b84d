"""A buyer, a seller and a stranger, an order between the first two, and what happens to it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import select, update

from descrow.accounts.sign_in import find_or_create_account
from descrow.accounts.tokens import issue_token
from descrow.app.settings import Settings
from descrow.catalog.models import Product
from descrow.chain.keys import Keypair
from descrow.feed.service import FeedEvent, publish_to_feeds
from descrow.kernel.db import Sessions, utc_now
from descrow.kernel.http.caller import Caller
from descrow.notifications.contacts import code_of
from descrow.notifications.models import Channel, Contact, Delivery
from descrow.orders.models import Order


@dataclass
class Person:
    """Somebody who is signed in."""

    id: int
    http: httpx.AsyncClient
    token: str

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        return await self.http.request(
            method, f"/api/v1{path}", json=body, headers={"Authorization": f"Bearer {self.token}", **headers}
        )

    async def does(self, method: str, path: str, body: object = None) -> Any:
        """The answer, which is not a refusal."""
        answer = await self.ask(method, path, body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def is_refused(self, method: str, path: str, body: object = None) -> tuple[int, str]:
        """The refusal's status and code."""
        answer = await self.ask(method, path, body)
        return answer.status_code, answer.json()["code"]


@dataclass
class Trade:
    settings: Settings
    sessions: Sessions
    buyer: Person
    seller: Person
    stranger: Person
    order_id: int

    async def happens(self, *statuses: str, to: Person | None = None) -> None:
        """The order moves, and one party, or the buyer, hears of it."""
        for status in statuses:
            await self.alters(to or self.buyer, "orderUpdate", {"orderId": self.order_id, "status": status})

    async def alters(self, person: Person, name: str, payload: dict[str, object]) -> None:
        async with self.sessions.begin() as session:
            await publish_to_feeds(session, [FeedEvent(person.id, name, payload)])

    async def confirmed(self, person: Person, **contact: str) -> None:
        """The person gives `email` or `phone` and confirms it; the messages with the codes are out of the way."""
        await person.does("PUT", "/notifications/preferences", contact)
        for name in contact:
            channel = Channel.EMAIL if name == "email" else Channel.SMS
            body = {"channel": channel.value, "code": await self.code_of(person, channel)}
            await person.does("POST", "/notifications/preferences/confirm", body)
        async with self.sessions.begin() as session:
            for delivery in await session.scalars(select(Delivery).where(Delivery.number.is_(None))):
                await session.delete(delivery)

    async def code_of(self, person: Person, channel: Channel) -> str:
        """Return what the worker would send."""
        async with self.sessions() as session:
            return code_of(await session.get_one(Contact, (person.id, channel)), self.settings.jwt_secret)

    async def deliveries(self, channel: Channel | None = None) -> list[Delivery]:
        query = select(Delivery).order_by(Delivery.id)
        async with self.sessions() as session:
            rows = await session.scalars(query if channel is None else query.where(Delivery.channel == channel))
            return list(rows)

    async def time_passes(self) -> None:
        """All that waits is due."""
        async with self.sessions.begin() as session:
            await session.execute(update(Delivery).values(next_attempt_at=utc_now() - timedelta(seconds=1)))


async def a_trade(settings: Settings, sessions: Sessions, http: httpx.AsyncClient) -> Trade:
    people = {}
    for name, key in {"buyer": "//Wanjiru", "seller": "//Otieno", "stranger": "//Kamau"}.items():
        async with sessions.begin() as session:
            account = await find_or_create_account(session, Keypair.from_uri(key).public_key)
        caller = Caller(account.id, account.address, account.evm_address)
        people[name] = Person(account.id, http, issue_token(settings.sign_in, caller, now=utc_now())[0])
    async with sessions.begin() as session:
        product = Product(
            seller_id=people["seller"].id,
            title="Coffee",
            description="Washed.",
            category="food",
            price_planck=25 * 10**9,
            stock=5,
        )
        session.add(product)
        await session.flush()
        order = Order(
            reference=uuid4(),
            product_id=product.id,
            buyer_id=people["buyer"].id,
            seller_id=people["seller"].id,
            amount_planck=25 * 10**9,
            fee_bps=100,
            terms_id=1,
            payment_method="dot",
            delivery_address="Nyeri",
        )
        session.add(order)
        await session.flush()
    return Trade(settings=settings, sessions=sessions, order_id=order.id, **people)
