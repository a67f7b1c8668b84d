"""A picture that needs too much is refused, and disturbs no other one."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest

from descrow.content.errors import (
    PictureNotReadable,
    PictureTooComplex,
    PictureTooLarge,
    TooManyPictures,
)
from descrow.content.media_types import MediaType
from descrow.content.picture_workers import MAX_WAITING_OF_ACCOUNT, PictureWorkers
from tests.content.photos import (
    PHOTOS,
    a_jpeg,
    a_jpeg_of_many_passes,
    a_picture,
    a_slow_jpeg,
    a_webp_of_one_colour,
    opened,
    written,
)
from tests.waiting import eventually

pytestmark = pytest.mark.integration  # it starts processes

MEMORY_OF_A_DECODE_BYTES = 300_000_000
SLOW = a_slow_jpeg()


@pytest.fixture
async def pictures() -> AsyncIterator[PictureWorkers]:
    workers = PictureWorkers(time_limit_s=60)  # a busy machine must not fail a test
    yield workers
    await workers.close()


async def remade(pictures: PictureWorkers, photo: bytes, media_type: str = "image/jpeg", account_id: int = 1) -> bytes:
    picture = await pictures.remake(BytesIO(photo), MediaType(media_type), account_id=account_id)
    with picture.file, picture.thumbnail:
        return picture.file.read()


def processes() -> dict[int, int]:
    """The processes of this one that open pictures, each with the most memory it ever had, in bytes."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command, status = (folder / "cmdline").read_bytes(), (folder / "status").read_text()
        except OSError:
            continue
        fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        if b"descrow.content.picture_process" in command and int(fields["PPid"]) == os.getpid():
            found[int(folder.name)] = int(fields.get("VmHWM", "0 kB").split()[0]) * 1024
    return found


async def test_no_process_is_started_before_the_first_picture_and_none_is_left(pictures: PictureWorkers) -> None:
    assert processes() == {}

    assert opened(await remade(pictures, a_jpeg())).size == (64, 48)
    assert len(processes()) == 1

    await pictures.close()
    assert processes() == {}


@pytest.mark.parametrize(
    ("photo", "media_type", "refusal"),
    [
        (a_jpeg_of_many_passes(300), "image/jpeg", PictureTooComplex),
        (a_webp_of_one_colour(16_383), "image/webp", PictureTooLarge),
        (a_webp_of_one_colour(7_000), "image/webp", None),
        (written(a_picture((7_000, 7_000)), "JPEG", progressive=True, subsampling=0), "image/jpeg", PictureTooComplex),
        (written(a_picture((7_000, 7_000)), "PNG", compress_level=1), "image/png", None),
        (SLOW, "image/jpeg", None),
        (PHOTOS["image/png"][:60], "image/png", PictureNotReadable),
    ],
    ids=["many passes", "a bomb", "under the limit", "whole in memory", "a large PNG", "CMYK", "cut off"],
)
async def test_a_nasty_picture_takes_no_more_memory_than_is_granted(
    pictures: PictureWorkers, photo: bytes, media_type: str, refusal: type[Exception] | None
) -> None:
    if refusal is None:
        await remade(pictures, photo, media_type)
    else:
        with pytest.raises(refusal):
            await remade(pictures, photo, media_type)

    assert max(processes().values(), default=0) < MEMORY_OF_A_DECODE_BYTES
    assert opened(await remade(pictures, a_jpeg())).size == (64, 48)


async def test_a_picture_that_takes_too_long_is_refused_and_the_next_one_is_not() -> None:
    pictures = PictureWorkers(time_limit_s=0.05)
    try:
        with pytest.raises(PictureTooComplex):
            await remade(pictures, SLOW, "image/jpeg")
        assert processes() == {}
    finally:
        await pictures.close()


async def test_a_picture_whose_process_is_killed_is_refused_and_the_next_one_is_not(pictures: PictureWorkers) -> None:
    being_opened = asyncio.create_task(remade(pictures, SLOW, "image/jpeg"))
    await eventually(processes_are_at_work)
    for process in processes():
        os.kill(process, signal.SIGKILL)

    with pytest.raises(PictureTooComplex):
        await being_opened
    assert opened(await remade(pictures, a_jpeg())).size == (64, 48)


async def test_a_process_that_is_killed_while_idle_costs_no_picture(pictures: PictureWorkers) -> None:
    await remade(pictures, a_jpeg())
    for process in processes():
        os.kill(process, signal.SIGKILL)

    assert opened(await remade(pictures, a_jpeg())).size == (64, 48)


async def test_a_small_picture_does_not_wait_for_all_those_of_another_account(pictures: PictureWorkers) -> None:
    of_the_attacker = [
        asyncio.create_task(remade(pictures, SLOW, "image/jpeg", account_id=1)) for _ in range(MAX_WAITING_OF_ACCOUNT)
    ]
    await eventually(processes_are_at_work)

    await remade(pictures, a_jpeg(), account_id=2)

    assert sum(picture.done() for picture in of_the_attacker) < MAX_WAITING_OF_ACCOUNT
    await asyncio.gather(*of_the_attacker)


async def test_an_account_has_so_many_pictures_waiting_and_no_more(pictures: PictureWorkers) -> None:
    waiting = [asyncio.create_task(remade(pictures, a_jpeg())) for _ in range(MAX_WAITING_OF_ACCOUNT)]
    await asyncio.sleep(0)

    with pytest.raises(TooManyPictures) as refused:
        await remade(pictures, a_jpeg())

    assert refused.value.headers == {"Retry-After": "5"}
    await asyncio.gather(*waiting)
    await remade(pictures, a_jpeg())


async def test_a_process_is_given_none_of_the_shops_secrets(
    pictures: PictureWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESCROW_JWT_SECRET", "a secret")

    await remade(pictures, a_jpeg())

    [process] = processes()
    assert b"DESCROW_" not in environment_of(process)


def environment_of(process: int) -> bytes:
    return Path(f"/proc/{process}/environ").read_bytes()


def processes_are_at_work() -> bool:
    """Return whether one has begun to decode: it is warm and uses memory."""
    return any(peak > 70_000_000 for peak in processes().values())
