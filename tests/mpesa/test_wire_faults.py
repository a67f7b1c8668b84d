"""Check what can happen on the way to Daraja: what surely was not begun is refused, what may have been is unknown."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from valkey.asyncio import Valkey

from descrow.mpesa.breaker import FAILURES_TO_OPEN, Breaker
from descrow.mpesa.client import Daraja
from descrow.mpesa.outcomes import Accepted, Doubt, Refusal, Refused, Unknown
from descrow.mpesa.settings import MpesaSettings
from descrow.mpesa.throttle import Throttle
from descrow.mpesa.tokens import ValkeyTokenStore
from descrow.mpesa.wire import NotSent, open_http
from tests.mpesa.asking import a_payout, a_push
from tests.mpesa.recorded import shape
from tests.mpesa.wire_server import Reaction, WireServer, answer, drip, error, hang_up, recorded, reset, say_nothing

HTML = b"<html><body>502 Bad Gateway</body></html>"
ACK = shape("stk_push_accepted")


@pytest.fixture
async def hasty(mpesa_settings: MpesaSettings, valkey: Valkey) -> AsyncIterator[Daraja]:
    """A client that waits a moment only."""
    client = Daraja(
        mpesa_settings,
        open_http(mpesa_settings.base_url, answer_timeout_s=0.2),
        token_store=ValkeyTokenStore(valkey, mpesa_settings.consumer_key.get_secret_value()),
        throttle=Throttle(valkey, f"throttle-{mpesa_settings.base_url}", per_minute=60_000, burst=1_000),
        answer_timeout_s=0.3,
    )
    yield client
    await client.close()


@pytest.mark.parametrize(
    ("fault", "doubt"),
    [
        (hang_up, Doubt.CONNECTION_LOST),
        (reset, Doubt.CONNECTION_LOST),
        (answer(200, ACK[:50], length=len(ACK)), Doubt.CONNECTION_LOST),
        (answer(200, ACK[:50]), Doubt.UNREADABLE),
        (answer(200, b""), Doubt.UNREADABLE),
        (answer(200, HTML, content_type="text/html"), Doubt.UNREADABLE),
        (answer(200, b"[]"), Doubt.UNREADABLE),
        (answer(200, b"{}"), Doubt.UNREADABLE),
        (answer(200, b'{"ResponseCode": "0"}'), Doubt.UNREADABLE),
        (answer(200, ACK.replace(b'"ResponseCode": "0"', b'"ResponseCode": "1"')), Doubt.UNREADABLE),
        (answer(302, b""), Doubt.UNREADABLE),
        (answer(400, b""), Doubt.UNREADABLE),
        (answer(403, HTML, content_type="text/html"), Doubt.UNREADABLE),
        (answer(500, HTML, content_type="text/html"), Doubt.UNREADABLE),
        (answer(500, b""), Doubt.UNREADABLE),
        (answer(503, b'{"status": "down"}'), Doubt.UNREADABLE),
        (answer(500, ACK), Doubt.UNREADABLE),
        (answer(200, b"not HTTP at all", length=-1), Doubt.CONNECTION_LOST),
        (error(500, "500.003.1001", "Internal Server Error"), Doubt.ERROR_THAT_DECIDES_NOTHING),
        (error(500, "500.001.1001", ""), Doubt.ERROR_THAT_DECIDES_NOTHING),
        (error(500, "999.999.99", "Never heard of"), Doubt.ERROR_THAT_DECIDES_NOTHING),
        (error(200, "999.999.99", "Never heard of"), Doubt.ERROR_THAT_DECIDES_NOTHING),
        (error(408, "408.001", "Request Timeout"), Doubt.ERROR_THAT_DECIDES_NOTHING),
    ],
)
async def test_a_prompt_that_may_be_on_its_way_is_unknown(
    daraja: Daraja, wire: WireServer, fault: Reaction, doubt: Doubt
) -> None:
    wire.script = [fault]

    outcome = await daraja.push_stk(a_push())

    assert isinstance(outcome, Unknown)
    assert outcome.doubt is doubt
    assert len(wire.calls) == 1


@pytest.mark.parametrize("fault", [say_nothing, drip])
async def test_an_answer_that_takes_too_long_is_unknown(hasty: Daraja, wire: WireServer, fault: Reaction) -> None:
    wire.script = [fault]

    outcome = await hasty.push_stk(a_push())

    assert isinstance(outcome, Unknown)
    assert outcome.doubt is Doubt.TIMED_OUT
    assert len(wire.calls) == 1


async def test_a_connection_closed_before_the_request_was_read_is_unknown_too(daraja: Daraja, wire: WireServer) -> None:
    wire.script = [recorded("stk_push_accepted")]
    await daraja.push_stk(a_push())
    wire.hang_up_before_reading = True  # we cannot tell: the bytes were sent into an open connection

    outcome = await daraja.push_stk(a_push())

    assert isinstance(outcome, Unknown)
    assert outcome.doubt is Doubt.CONNECTION_LOST


@pytest.mark.parametrize(
    ("fault", "reason", "may_retry", "wait_s"),
    [
        (error(400, "400.002.02", "Bad Request - Invalid Amount"), Refusal.REQUEST_NOT_VALID, False, None),
        (error(400, "400.999.99", "Never heard of"), Refusal.REQUEST_NOT_VALID, False, None),
        (error(404, "404.001.01", "Resource not found"), Refusal.MISCONFIGURED, False, None),
        (error(404, "404.001.04", "Invalid Authentication Header"), Refusal.MISCONFIGURED, False, None),
        (error(405, "405.001", "Method not allowed"), Refusal.MISCONFIGURED, False, None),
        (error(500, "500.001.1001", "Merchant does not exist"), Refusal.MISCONFIGURED, False, None),
        (error(500, "500.001.1001", "[MerchantValidate] - Wrong credentials"), Refusal.MISCONFIGURED, False, None),
        (
            error(500, "500.001.1001", "Unable to lock subscriber, a transaction is already in process"),
            Refusal.SUBSCRIBER_BUSY,
            True,
            60,
        ),
        (error(500, "500.003.02", "Error Occurred: Spike Arrest Violation"), Refusal.OVERLOADED, True, None),
        (error(500, "500.003.02", "System is busy. Please try again."), Refusal.OVERLOADED, True, None),
        (error(500, "500.003.03", "Quota Violation"), Refusal.OVERLOADED, True, None),
        (error(429, "429.001", "Too many requests"), Refusal.OVERLOADED, True, None),
        (error(503, "00.002.1001", "Under maintenance"), Refusal.UNDER_MAINTENANCE, True, None),
        (
            error(401, "401.003.01", "Invalid API call as no apiproduct match found"),
            Refusal.MISCONFIGURED,
            False,
            None,
        ),
    ],
)
async def test_what_daraja_turned_away_is_refused_with_the_reason(
    daraja: Daraja, wire: WireServer, fault: Reaction, reason: Refusal, may_retry: bool, wait_s: int | None
) -> None:
    wire.script = [fault]

    outcome = await daraja.push_stk(a_push())

    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.may_retry, outcome.wait_s) == (reason, may_retry, wait_s)
    assert len(wire.calls) == 1


async def test_without_a_connection_nothing_was_sent(daraja: Daraja, wire: WireServer) -> None:
    wire.script = [recorded("stk_push_accepted")]
    await daraja.push_stk(a_push())  # the token is there
    wire.stop_listening()

    outcome = await daraja.push_stk(a_push())

    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.code, outcome.may_retry) == (Refusal.NOT_SENT, NotSent.NO_CONNECTION, True)


async def test_without_valkey_nothing_is_sent_and_daraja_is_not_blamed(
    mpesa_settings: MpesaSettings, wire: WireServer
) -> None:
    async with Valkey.from_url("valkey://127.0.0.1:1/0") as nowhere:
        daraja = Daraja.open(mpesa_settings, nowhere)
        outcomes = [await daraja.push_stk(a_push()) for _ in range(FAILURES_TO_OPEN + 1)]
        await daraja.close()

    for outcome in outcomes:
        assert isinstance(outcome, Refused)
        assert (outcome.code, outcome.may_retry) == (NotSent.VALKEY_AWAY, True)
    assert wire.received == []


async def test_a_valkey_that_falls_silent_holds_nobody_for_ever(
    mpesa_settings: MpesaSettings, wire: WireServer
) -> None:
    connected = asyncio.Event()

    async def say_nothing_at_all(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        connected.set()

    silent = await asyncio.start_server(say_nothing_at_all, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    async with silent, Valkey.from_url(f"valkey://127.0.0.1:{port}/0") as valkey:
        daraja = Daraja(
            mpesa_settings,
            open_http(mpesa_settings.base_url),
            token_store=ValkeyTokenStore(valkey, "token"),
            throttle=Throttle(valkey, "throttle", per_minute=1, burst=1),
            turn_timeout_s=0.2,
        )
        outcome = await daraja.push_stk(a_push())
        await daraja.close()

    assert connected.is_set()
    assert isinstance(outcome, Refused)
    assert outcome.code == NotSent.VALKEY_AWAY
    assert wire.received == []


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "404.001.03"), (401, "401.002.01"), (401, "401.003.01"), (400, "400.003.01")],
)
async def test_a_token_turned_away_is_replaced_and_the_request_sent_once_more(
    daraja: Daraja, wire: WireServer, status: int, code: str
) -> None:
    wire.script = [error(status, code, "Invalid Access Token"), recorded("stk_push_accepted")]

    outcome = await daraja.push_stk(a_push())

    assert isinstance(outcome, Accepted)
    assert wire.tokens_given == 2
    assert [call.headers["authorization"] for call in wire.calls] == ["Bearer token-1", "Bearer token-2"]


async def test_a_token_killed_in_mid_life_costs_nothing_but_a_second_try(daraja: Daraja, wire: WireServer) -> None:
    wire.script = [recorded("stk_push_accepted"), recorded("stk_push_accepted")]
    await daraja.push_stk(a_push())
    wire.kill_token()

    outcome = await daraja.push_stk(a_push())

    assert isinstance(outcome, Accepted)
    assert wire.tokens_given == 2


async def test_a_second_token_turned_away_is_a_refusal(daraja: Daraja, wire: WireServer) -> None:
    wire.script = [error(404, "404.001.03", "Invalid Access Token")] * 3

    outcome = await daraja.push_stk(a_push())

    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.may_retry) == (Refusal.TOKEN_REJECTED, True)
    assert len(wire.calls) == 2


async def test_a_fault_after_the_token_was_replaced_is_unknown(daraja: Daraja, wire: WireServer) -> None:
    wire.script = [error(404, "404.001.03", "Invalid Access Token"), hang_up]

    assert isinstance(await daraja.push_stk(a_push()), Unknown)


@pytest.mark.parametrize(
    ("fault", "reason", "may_retry"),
    [
        (answer(400, b""), Refusal.MISCONFIGURED, False),
        (error(400, "400.008.01", "Invalid Authentication passed"), Refusal.MISCONFIGURED, False),
        (error(400, "400.008.02", "Invalid grant type passed"), Refusal.MISCONFIGURED, False),
        (error(500, "500.003.02", "Spike Arrest Violation"), Refusal.OVERLOADED, True),
        (error(500, "500.003.1001", "Internal Server Error"), Refusal.NOT_SENT, True),
        (answer(500, HTML, content_type="text/html"), Refusal.NOT_SENT, True),
        (answer(200, b'{"access_token": "token-1"}'), Refusal.NOT_SENT, True),
        (answer(200, b'{"access_token": "token-1", "expires_in": "soon"}'), Refusal.NOT_SENT, True),
        (answer(200, b'{"access_token": "token-1", "expires_in": 0}'), Refusal.NOT_SENT, True),
        (hang_up, Refusal.NOT_SENT, True),
    ],
)
async def test_without_a_token_the_payout_is_refused_since_it_never_left(
    daraja: Daraja, wire: WireServer, fault: Reaction, reason: Refusal, may_retry: bool
) -> None:
    wire.token_script = [fault]

    outcome = await daraja.pay_out(a_payout())

    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.may_retry) == (reason, may_retry)
    assert wire.calls == []


async def test_after_silence_in_a_row_nothing_more_is_sent(daraja: Daraja, wire: WireServer) -> None:
    wire.script = [hang_up] * FAILURES_TO_OPEN + [recorded("payout_accepted")]

    unanswered = [await daraja.push_stk(a_push()) for _ in range(FAILURES_TO_OPEN)]
    refused = await daraja.push_stk(a_push())
    of_another_kind = await daraja.pay_out(a_payout())

    assert all(isinstance(outcome, Unknown) for outcome in unanswered)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.may_retry) == (NotSent.BREAKER_OPEN, True)
    assert isinstance(of_another_kind, Accepted)


async def test_refusals_in_a_row_are_answers_and_close_nothing(daraja: Daraja, wire: WireServer) -> None:
    wire.script = [error(500, "500.003.02", "Spike Arrest Violation")] * FAILURES_TO_OPEN
    wire.script += [recorded("stk_push_accepted")]

    for _ in range(FAILURES_TO_OPEN):
        await daraja.push_stk(a_push())

    assert isinstance(await daraja.push_stk(a_push()), Accepted)


async def test_a_full_queue_refuses_what_would_wait_too_long(
    mpesa_settings: MpesaSettings, valkey: Valkey, wire: WireServer
) -> None:
    daraja = Daraja.open(mpesa_settings.model_copy(update={"requests_per_minute": 1, "burst": 1}), valkey)
    wire.script = [recorded("stk_push_accepted")]

    first, second = await daraja.push_stk(a_push()), await daraja.push_stk(a_push())
    await daraja.close()

    assert isinstance(first, Accepted)
    assert isinstance(second, Refused)
    assert second.code == NotSent.THROTTLED
    assert len(wire.calls) == 1


async def test_two_processes_share_one_token_and_do_not_end_each_others(
    mpesa_settings: MpesaSettings, valkey_url: str, wire: WireServer
) -> None:
    wire.script = [recorded("stk_push_accepted")] * 20
    async with Valkey.from_url(valkey_url) as one, Valkey.from_url(valkey_url) as other:
        processes = [Daraja.open(mpesa_settings, one), Daraja.open(mpesa_settings, other)]
        outcomes = await asyncio.gather(*(processes[n % 2].push_stk(a_push()) for n in range(20)))
        for process in processes:
            await process.close()

    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert wire.tokens_given == 1


def test_an_open_breaker_lets_one_try_at_a_time_find_out_whether_it_is_over() -> None:
    now = 0.0
    breaker = Breaker(failures_to_open=2, open_s=30, clock=lambda: now)

    breaker.record(answered=False)
    assert breaker.admits()
    breaker.record(answered=False)
    assert not breaker.admits()
    now = 30.0
    assert breaker.admits()
    assert not breaker.admits()
    breaker.record(answered=False)
    now = 59.0
    assert not breaker.admits()
    now = 60.0
    assert breaker.admits()
    breaker.record(answered=True)
    assert breaker.admits()
    assert breaker.admits()


def test_an_answer_in_between_begins_the_count_anew() -> None:
    breaker = Breaker(failures_to_open=2)

    for answered in (False, True, False):
        breaker.record(answered=answered)

    assert breaker.admits()


def test_a_try_that_is_never_heard_of_again_does_not_keep_a_breaker_open_for_ever() -> None:
    now = 0.0
    breaker = Breaker(failures_to_open=1, open_s=30, clock=lambda: now)
    breaker.record(answered=False)
    now = 30.0
    assert breaker.admits()

    now = 60.0

    assert breaker.admits()
