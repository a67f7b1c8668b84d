"""Old rows go, and nothing else: each table that grows with every request has a rule."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import func, select

from descrow.accounts.models import SignInSession
from descrow.accounts.sign_in import find_or_create_account
from descrow.app import housekeeping
from descrow.app.housekeeping import delete_in_parts, rules
from descrow.app.settings import Settings
from descrow.chain.keys import Keypair
from descrow.kernel.db import Sessions, utc_now
from descrow.kernel.idempotency import StoredAnswer
from descrow.notifications.models import Channel, MessageCharge
from descrow.payments.mpesa.models import CallbackKind, DarajaCallback


async def test_what_is_old_goes_and_what_is_not_stays(sessions: Sessions, settings: Settings) -> None:
    now = utc_now()
    async with sessions.begin() as session:
        account = await find_or_create_account(session, Keypair.from_uri("//Wanjiru").public_key)
        for days in (10, 50, 500):
            then = now - timedelta(days=days)
            session.add_all(
                [
                    StoredAnswer(account_id=account.id, key=f"{days}", request_digest="", answer=b"", created_at=then),
                    a_session(account.id, expires_at=then),
                    a_session(account.id, expires_at=now + timedelta(days=1), ended_at=then),
                    a_callback(received_at=then, handled_at=then),
                    a_callback(received_at=then, handled_at=None),
                    MessageCharge(channel=Channel.SMS, account_id=account.id, recipient=b"", charged_at=then),
                ]
            )
        session.add(a_session(account.id, expires_at=now + timedelta(days=1)))
        session.add(MessageCharge(channel=Channel.SMS, account_id=account.id, recipient=b"", charged_at=now))

    for table, is_old in rules(settings, now=now):
        await delete_in_parts(sessions, table, is_old)

    async with sessions() as session:
        left = {
            table: await session.scalar(select(func.count()).select_from(table))
            for table in (StoredAnswer, SignInSession, DarajaCallback, MessageCharge)
        }
    assert left == {
        StoredAnswer: 1,
        SignInSession: 5,
        DarajaCallback: 5,
        MessageCharge: 1,
    }  # what was not read is never too old


async def test_many_rows_go_a_part_at_a_time(sessions: Sessions, settings: Settings) -> None:
    then = utc_now() - timedelta(days=1000)
    count = 2 * housekeeping.AT_ONCE + 1
    async with sessions.begin() as session:
        session.add_all([a_callback(received_at=then, handled_at=then) for _ in range(count)])

    deleted = [await delete_in_parts(sessions, table, is_old) for table, is_old in rules(settings, now=utc_now())]

    assert sum(deleted) == count


def a_session(account_id: int, **when: object) -> SignInSession:
    return SignInSession(id=uuid4(), account_id=account_id, token_digest=b"", device="", **when)


def a_callback(**when: object) -> DarajaCallback:
    return DarajaCallback(kind=next(iter(CallbackKind)), about_id=1, body=b"{}", sender=None, **when)
