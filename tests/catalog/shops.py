"""People in a shop that needs no chain: what they list and what they ask for, by role."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from litestar.types import ASGIApp
from sqlalchemy import func, select

from descrow.app.demo.shop_client import ShopClient
from descrow.chain.client import ChainClient
from descrow.contract.models import Deployment
from descrow.kernel.db import Base, Sessions
from tests.application import open_people


@dataclass
class Shop:
    sessions: Sessions
    buyer: ShopClient
    seller: ShopClient
    stranger: ShopClient

    async def rows(self, model: type[Base]) -> int:
        async with self.sessions() as session:
            return await session.scalar(select(func.count()).select_from(model)) or 0


@asynccontextmanager
async def a_shop(app: ASGIApp, sessions: Sessions, chain: ChainClient) -> AsyncIterator[Shop]:
    async with open_people(app, chain) as people:
        yield Shop(sessions, **people)


def a_product(**changes: Any) -> dict[str, Any]:
    return {"title": "Sisal basket", "pricePlanck": "30000000007", "stock": 1, **changes}


async def say_it_is_deployed(sessions: Sessions) -> None:
    """Terms for orders to be made under, where no contract is needed."""
    async with sessions.begin() as session:
        session.add(
            Deployment(
                genesis_hash="0x" + "45" * 32,
                contract_address="0x" + "c0" * 20,
                block_number=1,
                terms_id=1,
                fee_bps=100,
                arbiter_address="0x" + "a0" * 20,
            )
        )
