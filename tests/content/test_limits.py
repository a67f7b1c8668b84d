"""A file may be so large, and an account may upload so often, as the settings say."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from descrow.app.settings import Settings
from descrow.content import service
from descrow.content.errors import TooManyUploads
from descrow.content.models import Upload
from tests.content.library import Library, refusal, send


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"content_max_bytes": 1000, "content_uploads_per_day": 2})


async def test_a_file_may_have_as_many_bytes_as_the_setting_says_and_no_more(library: Library) -> None:
    assert (await library.upload(b"a" * 1000))["sizeBytes"] == 1000
    assert refusal(await send(library.seller, b"a" * 1001)) == (413, "content_too_large")


async def test_a_far_larger_one_is_not_even_read(library: Library) -> None:
    assert refusal(await send(library.seller, b"a" * 20_000)) == (413, "too_large")
    assert await library.rows(Upload) == 0


async def test_each_account_has_so_many_uploads_a_day_refused_ones_included(library: Library) -> None:
    await send(library.seller, b"\x7fELF")
    await library.upload(b"a")

    answer = await send(library.seller, b"b")

    assert refusal(answer) == (429, "too_many_uploads")
    assert 0 < int(answer.headers["Retry-After"]) <= 24 * 3600 + 1
    await library.upload(b"b", by=library.stranger)


async def test_of_many_uploads_at_once_no_more_than_allowed_are_taken(library: Library) -> None:
    answers = await asyncio.gather(*(send(library.seller, b"%d" % n) for n in range(5)))

    assert sorted(answer.status_code for answer in answers) == [201, 201, 429, 429, 429]


async def test_the_next_day_there_are_uploads_again(library: Library) -> None:
    for _ in range(2):
        await library.upload(b"a")
    async with library.sessions.begin() as session:
        await session.execute(update(Upload).values(began_at=Upload.began_at - timedelta(days=1)))

    await library.upload(b"a")


async def test_a_day_begins_at_midnight_in_utc(library: Library) -> None:
    before_midnight = datetime(2026, 11, 24, 23, 59, 50, tzinfo=UTC)
    await library.upload(b"a")
    async with library.sessions.begin() as session:
        await session.execute(update(Upload).values(began_at=before_midnight - timedelta(hours=1)))
        account_id = (await session.scalars(select(Upload.account_id))).one()

    async with library.sessions() as session:
        with pytest.raises(TooManyUploads) as refused:
            await service.begin_upload(session, account_id, "a", per_day=1, now=before_midnight)
        await service.begin_upload(session, account_id, "a", per_day=1, now=before_midnight + timedelta(seconds=10))

    assert refused.value.headers == {"Retry-After": "11"}
