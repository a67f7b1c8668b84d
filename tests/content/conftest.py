"""A library: the application, with people who upload and one who looks."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from litestar.types import ASGIApp

from descrow.accounts.sign_in import find_or_create_account
from descrow.accounts.tokens import issue_token
from descrow.app.settings import Settings
from descrow.chain.keys import Keypair
from descrow.kernel.db import Sessions, utc_now
from descrow.kernel.http.caller import Caller
from tests.application import client_of
from tests.content.library import Library


@pytest.fixture
async def library(app: ASGIApp, sessions: Sessions, settings: Settings) -> AsyncIterator[Library]:
    async def token_of(uri: str) -> str:
        async with sessions.begin() as session:
            account = await find_or_create_account(session, Keypair.from_uri(uri).public_key)
        caller = Caller(account.id, account.address, account.evm_address)
        return issue_token(settings.sign_in, caller, now=utc_now())[0]

    async with AsyncExitStack() as clients:

        async def client(**headers: str) -> httpx.AsyncClient:
            return await clients.enter_async_context(client_of(app, **headers))

        yield Library(
            sessions,
            seller=await client(Authorization=f"Bearer {await token_of('//Otieno')}"),
            stranger=await client(Authorization=f"Bearer {await token_of('//Kamau')}"),
            visitor=await client(),
        )
