"""Live updates over Socket.IO, through a real server: everything once, in order, to whom it belongs."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import httpx
import jwt
import pytest
import socketio
from sqlalchemy import text
from websockets.asyncio.client import connect

from descrow.accounts.tokens import issue_token
from descrow.app.settings import Settings
from descrow.feed.service import FeedEvent, publish_to_feeds
from descrow.feed.sockets import MOST_WAITING_OF_A_NETWORK
from descrow.kernel.db import Sessions, utc_now
from descrow.kernel.http.caller import Caller
from tests.feed.servers import Server, a_browser, a_server

Accounts = dict[str, Caller]


async def notify_of(sessions: Sessions, caller: Caller, *names: str) -> None:
    for name in names:
        async with sessions.begin() as session:
            await publish_to_feeds(session, [FeedEvent(caller.account_id, name, {"about": name})])


async def a_quiet_moment() -> None:
    """Long enough for a wrong message to arrive."""
    await asyncio.sleep(0.2)


async def test_who_cannot_show_a_token_is_not_let_in(server: Server, accounts: Accounts, settings: Settings) -> None:
    other_secret = settings.model_copy(update={"jwt_secret": type(settings.jwt_secret)("x" * 40)})
    forged, _ = issue_token(other_secret.sign_in, accounts["buyer"], now=utc_now())

    for auth in (None, {}, {"token": ""}, {"token": 7}, {"token": "nonsense"}, {"token": forged}, "text", ["list"]):
        with pytest.raises(socketio.exceptions.ConnectionError):
            async with a_browser(server, auth):
                pass


async def test_what_was_missed_comes_first_and_then_what_happens(
    server: Server, sessions: Sessions, accounts: Accounts
) -> None:
    buyer = accounts["buyer"]
    await notify_of(sessions, buyer, "one", "two", "three")

    async with a_browser(server, {"token": server.token_of(buyer), "after": 1}) as browser:
        missed = await browser.receives(2)
        await notify_of(sessions, buyer, "four")
        await browser.receives(3)

    assert missed == [2, 3]
    assert browser.received == [
        ("two", {"about": "two", "feedNumber": 2}),
        ("three", {"about": "three", "feedNumber": 3}),
        ("four", {"about": "four", "feedNumber": 4}),
    ]


async def test_nothing_is_heard_before_it_is_committed(server: Server, sessions: Sessions, accounts: Accounts) -> None:
    buyer = accounts["buyer"]
    async with a_browser(server, {"token": server.token_of(buyer)}) as browser:
        async with sessions.begin() as session:
            await publish_to_feeds(session, [FeedEvent(buyer.account_id, "orderUpdate", {})])
            await a_quiet_moment()
            before_commit = list(browser.received)

        await browser.receives(1)

    assert before_commit == []
    assert browser.numbers == [1]


async def test_a_stranger_hears_nothing(server: Server, sessions: Sessions, accounts: Accounts) -> None:
    buyer, stranger = accounts["buyer"], accounts["stranger"]
    async with (
        a_browser(server, {"token": server.token_of(buyer)}) as of_buyer,
        a_browser(server, {"token": server.token_of(stranger)}) as of_stranger,
    ):
        await notify_of(sessions, buyer, "one", "two")
        await of_buyer.receives(2)
        await a_quiet_moment()

    assert of_buyer.numbers == [1, 2]
    assert of_stranger.received == []


async def test_every_window_of_one_person_hears_everything(
    server: Server, sessions: Sessions, accounts: Accounts
) -> None:
    auth = {"token": server.token_of(accounts["seller"])}
    async with a_browser(server, auth) as one, a_browser(server, auth) as other:
        await notify_of(sessions, accounts["seller"], "one", "two")

        assert await one.receives(2) == await other.receives(2) == [1, 2]


async def test_who_comes_back_with_the_last_number_gets_exactly_the_rest(
    server: Server, sessions: Sessions, accounts: Accounts
) -> None:
    buyer = accounts["buyer"]
    auth = {"token": server.token_of(buyer)}
    async with a_browser(server, auth) as first:
        await notify_of(sessions, buyer, "one", "two")
        await first.receives(2)
    await notify_of(sessions, buyer, "three", "four")

    async with a_browser(server, {**auth, "after": first.numbers[-1]}) as second:
        await second.receives(2)
        await a_quiet_moment()

    assert first.numbers + second.numbers == [1, 2, 3, 4]


async def test_more_than_one_batch_is_replayed_in_order_while_more_is_told(
    server: Server, sessions: Sessions, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("descrow.feed.sockets.BATCH", 3)
    buyer = accounts["buyer"]
    await notify_of(sessions, buyer, *(f"e{number}" for number in range(10)))

    async with a_browser(server, {"token": server.token_of(buyer), "after": 0}) as browser:
        await notify_of(sessions, buyer, *(f"l{number}" for number in range(10)))
        await browser.receives(20)
        await a_quiet_moment()

    assert browser.numbers == list(range(1, 21))


@pytest.mark.parametrize("after", [-1, "3", None, 1.5, 2**70])
async def test_a_last_number_that_cannot_be_counts_as_none(
    server: Server, sessions: Sessions, accounts: Accounts, after: object
) -> None:
    buyer = accounts["buyer"]
    await notify_of(sessions, buyer, "one")

    async with a_browser(server, {"token": server.token_of(buyer), "after": after}) as browser:
        assert await browser.receives(1) == [1]


async def test_losing_the_line_to_the_database_loses_no_entry(
    server: Server, sessions: Sessions, accounts: Accounts
) -> None:
    buyer = accounts["buyer"]
    async with a_browser(server, {"token": server.token_of(buyer)}) as browser:
        await notify_of(sessions, buyer, "one")
        await browser.receives(1)
        ended = await _end_the_listening_connection(sessions)
        await notify_of(sessions, buyer, "two")
        await browser.receives(2)
        await notify_of(sessions, buyer, "three")
        await browser.receives(3)

    assert ended == 2  # the other one listens to the catalogue
    assert browser.numbers == [1, 2, 3]


async def test_a_browser_that_leaves_is_forgotten_and_the_others_hear_on(
    server: Server, sessions: Sessions, accounts: Accounts
) -> None:
    buyer = accounts["buyer"]
    auth = {"token": server.token_of(buyer)}
    async with a_browser(server, auth) as staying:
        async with a_browser(server, auth):
            pass
        await notify_of(sessions, buyer, "one")

        assert await staying.receives(1) == [1]
        assert staying.socket.connected


async def test_an_expired_token_is_not_let_in(server: Server, accounts: Accounts) -> None:
    secret = server.settings.jwt_secret.get_secret_value()
    claims = jwt.decode(server.token_of(accounts["buyer"]), options={"verify_signature": False})
    claims["exp"] = int((utc_now() - timedelta(minutes=1)).timestamp())

    with pytest.raises(socketio.exceptions.ConnectionError):
        async with a_browser(server, {"token": jwt.encode(claims, secret, algorithm="HS256")}):
            pass


async def _end_the_listening_connection(sessions: Sessions) -> int:
    """Return how many there were."""
    async with sessions() as session:
        ended = await session.scalars(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND query LIKE 'LISTEN%' AND pid <> pg_backend_pid()"
            )
        )
        return len(ended.all())


async def test_a_shop_of_several_processes_tells_a_client_that_polls_what_to_do(settings: Settings) -> None:
    async with (
        a_server(settings.model_copy(update={"socket_polling": False})) as server,
        httpx.AsyncClient(base_url=server.url) as http,
    ):
        answer = await http.get("/socket.io/", params={"EIO": "4", "transport": "polling"})

    assert answer.status_code == 400
    assert "transports: ['websocket']" in answer.json()["message"]


async def test_who_does_not_sign_in_is_sent_away(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("descrow.feed.sockets.SIGN_IN_WITHIN_S", 0.3)
    url = server.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
    async with connect(url) as silent, asyncio.timeout(10):
        await silent.wait_closed()


async def test_of_too_many_who_do_not_sign_in_the_longest_waiting_is_sent_away(
    server: Server, accounts: Accounts
) -> None:
    url = server.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
    async with AsyncExitStack() as stack, asyncio.timeout(30):
        waiting = [await stack.enter_async_context(connect(url)) for _ in range(MOST_WAITING_OF_A_NETWORK + 1)]
        await waiting[0].wait_closed()

        async with a_browser(server, {"token": server.token_of(accounts["buyer"])}) as browser:
            assert browser.socket.connected


async def test_an_account_has_so_many_sockets_and_no_more(
    server: Server, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("descrow.feed.sockets.MOST_SOCKETS_OF_AN_ACCOUNT", 2)
    auth = {"token": server.token_of(accounts["buyer"])}
    async with a_browser(server, auth), a_browser(server, {"token": server.token_of(accounts["seller"])}):
        async with a_browser(server, auth):
            with pytest.raises(socketio.exceptions.ConnectionError):
                async with a_browser(server, auth):
                    pass
        async with a_browser(server, auth) as again:
            assert again.socket.connected


async def engine_session(http: httpx.AsyncClient) -> dict[str, str]:
    """Begin a session of Engine.IO by polling, and return what its requests name."""
    answer = await http.get("/socket.io/", params={"EIO": "4", "transport": "polling"})
    return {"EIO": "4", "transport": "polling", "sid": json.loads(answer.text[1:])["sid"]}


async def test_a_session_has_one_poll_at_a_time(server: Server) -> None:
    async with httpx.AsyncClient(base_url=server.url) as http:
        session = await engine_session(http)
        waiting = asyncio.create_task(http.get("/socket.io/", params=session))
        await asyncio.sleep(0.2)
        other = await http.get("/socket.io/", params=session)
        waiting.cancel()

    assert other.status_code == 400


async def test_a_body_of_unknown_length_is_no_packet(server: Server) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"40"

    async with httpx.AsyncClient(base_url=server.url) as http:
        session = await engine_session(http)
        answer = await http.post("/socket.io/", params=session, content=pieces())

    assert answer.status_code == 411


async def test_a_websocket_that_never_goes_on_with_its_session_is_ended(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("descrow.feed.sockets.SIGN_IN_WITHIN_S", 0.3)
    async with a_server(settings) as server, httpx.AsyncClient(base_url=server.url) as http:
        session = await engine_session(http)
        url = server.url.replace("http", "ws") + f"/socket.io/?EIO=4&transport=websocket&sid={session['sid']}"
        async with connect(url) as upgrade, asyncio.timeout(10):
            await upgrade.wait_closed()


async def test_who_only_leaves_the_feed_leaves_the_server(server: Server, accounts: Accounts) -> None:
    url = server.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
    async with connect(url) as line, asyncio.timeout(10):
        await line.recv()
        await line.send("40" + json.dumps({"token": server.token_of(accounts["buyer"])}))
        await line.recv()
        await line.send("41")
        await line.wait_closed()
