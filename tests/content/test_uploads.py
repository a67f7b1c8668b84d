"""Check that uploads are kept under their CID for everybody, judged by their bytes alone."""

import asyncio
import json
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from descrow.content import queries
from descrow.content.files import CHUNK_BYTES
from descrow.content.models import Content, StoredBlock, Upload
from descrow.kernel.db import Sessions
from tests.content.block_stores import some_bytes
from tests.content.library import Library, refusal, send
from tests.content.photos import PHOTOS, SECRET, a_jpeg, has_colours_of_a_picture, opened

VECTORS = json.loads((Path(__file__).parent / "from_npm" / "vectors.json").read_text())
TEXT = b"Karibu sana. " * 60_000
"""More than two leaves, so that there is a node above them."""


async def test_a_picture_is_served_to_everybody_without_what_else_its_file_told(library: Library) -> None:
    stored = await library.upload(a_jpeg(size=(640, 480)))

    served = await library.fetch(stored["cid"])

    assert stored["mediaType"] == "image/jpeg"
    assert stored["sizeBytes"] == len(served.content)
    assert served.headers["Content-Type"] == "image/jpeg"
    assert SECRET not in served.content
    assert has_colours_of_a_picture(opened(served.content))


async def test_a_picture_has_a_thumbnail_of_a_cid_of_its_own(library: Library) -> None:
    stored = await library.upload(a_jpeg(size=(1000, 500)))

    served = await library.fetch(stored["thumbnailCid"])

    assert served.headers["Content-Type"] == "image/webp"
    assert opened(served.content).size == (400, 200)


async def test_a_text_is_served_as_it_came(library: Library) -> None:
    stored = await library.upload(TEXT)

    served = await library.fetch(stored["cid"])

    assert (stored["mediaType"], stored["sizeBytes"], stored["thumbnailCid"]) == ("text/plain", len(TEXT), None)
    assert served.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert served.content == TEXT


async def test_an_empty_file_is_a_text_with_the_cid_of_nothing(library: Library) -> None:
    stored = await library.upload(b"")

    assert stored["cid"] == VECTORS["files"][0]["cid"]
    assert (await library.fetch(stored["cid"])).content == b""


async def test_the_path_that_the_shops_clients_know_works_too(library: Library) -> None:
    answer = await library.seller.post("/api/ipfs/upload", files={"file": ("a.txt", b"a")})

    assert (await library.fetch(answer.json()["cid"])).content == b"a"


async def test_the_same_file_from_two_people_is_kept_once(library: Library) -> None:
    first, second = await asyncio.gather(
        library.upload(TEXT, by=library.seller), library.upload(TEXT, by=library.stranger)
    )

    assert first == second
    assert await library.rows(Content) == 1
    assert await library.rows(StoredBlock) == 1 + -(-len(TEXT) // CHUNK_BYTES)
    assert await library.rows(Upload) == 2


async def test_who_brought_a_file_and_what_they_called_it_is_kept(library: Library) -> None:
    answer = await send(library.seller, b"a", filename="ripoti ya mwaka 📄.txt")

    async with library.sessions() as session:
        upload = (await session.scalars(select(Upload))).one()
    assert (upload.cid, upload.filename) == (answer.json()["cid"], "ripoti ya mwaka 📄.txt")


async def test_a_visitor_cannot_upload(library: Library) -> None:
    assert refusal(await send(library.visitor, b"a")) == (401, "unauthenticated")
    assert await library.rows(Upload) == 0


async def test_what_may_not_be_kept_is_refused_whatever_its_sender_calls_it(library: Library) -> None:
    answers = {
        why: refusal(await send(library.seller, content))
        for why, content in {
            "a program": b"\x7fELF" + bytes(100),
            "an archive": b"PK\x03\x04" + bytes(100),
            "a GIF": b"GIF89a\x01\0\x01\0",
            "half a picture": PHOTOS["image/jpeg"][:500],
            "a name of a picture and nothing behind it": b"\x89PNG\r\n\x1a\n",
        }.items()
    }

    assert answers == {
        "a program": (415, "content_type_not_allowed"),
        "an archive": (415, "content_type_not_allowed"),
        "a GIF": (415, "content_type_not_allowed"),
        "half a picture": (422, "picture_not_readable"),
        "a name of a picture and nothing behind it": (422, "picture_not_readable"),
    }
    assert await library.rows(Content) == 0
    assert await library.rows(StoredBlock) == 0


async def test_a_request_without_a_file_is_refused(library: Library) -> None:
    for request in ({"data": {"file": "no file"}}, {"files": {"other": ("a.txt", b"a")}}, {"json": {"file": "a"}}, {}):
        answer = await library.seller.post("/api/v1/ipfs/upload", **request)

        assert answer.status_code in (400, 415)
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert await library.rows(Upload) == 0


async def test_postgresql_refuses_a_block_that_is_not_what_its_name_says(sessions: Sessions) -> None:
    with pytest.raises(DBAPIError, match="digest_is_of_data"):
        async with sessions.begin() as session:
            await queries.keep_block(session, some_bytes(32), b"something else")
