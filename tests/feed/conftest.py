from collections.abc import AsyncIterator

import pytest

from descrow.accounts.sign_in import find_or_create_account
from descrow.app.settings import Settings
from descrow.chain.keys import Keypair
from descrow.kernel.db import Sessions
from descrow.kernel.http.caller import Caller
from tests.feed.servers import Server, a_server


@pytest.fixture
async def accounts(sessions: Sessions) -> dict[str, Caller]:
    """People by role, as if they had signed in."""
    callers = {}
    for name, key in {"buyer": "//Wanjiru", "seller": "//Otieno", "stranger": "//Kamau"}.items():
        async with sessions.begin() as session:
            account = await find_or_create_account(session, Keypair.from_uri(key).public_key)
            callers[name] = Caller(account.id, account.address, account.evm_address)
    return callers


@pytest.fixture
async def server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    monkeypatch.setattr("descrow.kernel.db.RECONNECT_S", 0.05)
    monkeypatch.setattr("descrow.feed.sockets.RETRY_S", 0.05)
    async with a_server(settings) as started:
        yield started
