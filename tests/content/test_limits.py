"""A file may be so large, and an account may upload so often, as the settings say."""

import asyncio
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from sqlalchemy import select, update

from descrow.app.settings import Settings
from descrow.content import service
from descrow.content.errors import TooManyUploads
from descrow.content.limits import UploadLimits
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
    limits = UploadLimits(max_bytes=1, per_day=1, account_bytes=10, total_bytes=10)
    before_midnight = datetime(2026, 11, 24, 23, 59, 50, tzinfo=UTC)
    await library.upload(b"a")
    async with library.sessions.begin() as session:
        await session.execute(update(Upload).values(began_at=before_midnight - timedelta(hours=1)))
        account_id = (await session.scalars(select(Upload.account_id))).one()

    async with library.sessions() as session:
        with pytest.raises(TooManyUploads) as refused:
            await service.begin_upload(session, account_id, "a", BytesIO(), limits=limits, now=before_midnight)
        after_midnight = before_midnight + timedelta(seconds=10)
        await service.begin_upload(session, account_id, "a", BytesIO(), limits=limits, now=after_midnight)

    assert refused.value.headers == {"Retry-After": "11"}


class TestQuotas:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        quotas = {"content_uploads_per_day": 100, "content_bytes_per_account": 2_500, "content_bytes_total": 3_000}
        return settings.model_copy(update=quotas)

    async def test_an_account_stores_so_many_bytes_and_no_more(self, library: Library) -> None:
        await library.upload(b"a" * 1000)
        await library.upload(b"b" * 1000)

        refused = await send(library.seller, b"c" * 501)

        assert refusal(refused) == (409, "upload_quota_reached")
        assert refused.json()["about"] == {"used_bytes": 2000, "max_bytes": 2500}
        await library.upload(b"c" * 500)

    async def test_a_file_that_is_uploaded_twice_counts_once(self, library: Library) -> None:
        for _ in range(5):
            await library.upload(b"a" * 1000)

        await library.upload(b"b" * 1000)

    async def test_uploads_that_are_under_way_count_as_well(self, library: Library) -> None:
        answers = await asyncio.gather(*(send(library.seller, b"%04d" % n * 250) for n in range(10)))

        assert sorted(answer.status_code for answer in answers) == [201, 201, *8 * [409]]

    async def test_a_refused_upload_does_not_count_for_long(self, library: Library) -> None:
        for _ in range(2):
            await send(library.seller, b"\x7fELF" * 250)
        assert refusal(await send(library.seller, b"a" * 1000)) == (409, "upload_quota_reached")
        async with library.sessions.begin() as session:
            await session.execute(update(Upload).values(began_at=Upload.began_at - timedelta(minutes=16)))

        await library.upload(b"a" * 1000)

    async def test_all_accounts_together_store_so_many_bytes_and_no_more(self, library: Library) -> None:
        for content in (b"a", b"b"):
            await library.upload(content * 1000)
        for content in (b"a", b"c"):  # what two people have is stored once
            await library.upload(content * 1000, by=library.stranger)

        assert refusal(await send(library.stranger, b"d")) == (507, "storage_full")
