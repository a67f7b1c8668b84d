"""Whoever has a CID gets its file, whole or in part, and a browser does nothing with it but show it."""

import pytest
from litestar.exceptions import LitestarException
from sqlalchemy import delete, select, update

from descrow.content.cids import Cid, Codec
from descrow.content.files import CHUNK_BYTES
from descrow.content.models import Content, StoredBlock
from tests.content.block_stores import some_bytes
from tests.content.library import Library, refusal
from tests.content.photos import a_jpeg

TEXT = some_bytes(300_000).hex().encode()
"""Three leaves."""


async def test_a_file_may_be_kept_by_every_cache_for_ever(library: Library) -> None:
    cid = (await library.upload(TEXT))["cid"]

    served = await library.fetch(cid)

    assert served.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert served.headers["ETag"] == f'"{cid}"'
    assert served.headers["Content-Length"] == str(len(TEXT))


async def test_who_has_it_already_is_told_so(library: Library) -> None:
    cid = (await library.upload(TEXT))["cid"]

    served = await library.fetch(cid, If_None_Match=f'"other", W/"{cid}"')

    assert (served.status_code, served.content) == (304, b"")
    assert served.headers["ETag"] == f'"{cid}"'
    assert served.headers["Cache-Control"].endswith("immutable")


async def test_a_browser_shows_it_as_what_it_is_and_runs_nothing(library: Library) -> None:
    sandbox = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    policies = {
        a_jpeg(): sandbox,
        b"<script>alert(1)</script>": sandbox,
        b"%PDF-1.7\n": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'",
    }

    for content, policy in policies.items():
        stored = await library.upload(content)
        served = await library.fetch(stored["cid"])

        assert served.headers["Content-Type"].split(";")[0] == stored["mediaType"]
        assert served.headers["X-Content-Type-Options"] == "nosniff"
        assert served.headers["Content-Security-Policy"] == policy
        assert "Content-Disposition" not in served.headers


async def test_what_a_browser_cannot_show_is_a_download(library: Library) -> None:
    cid = (await library.upload(TEXT))["cid"]
    async with library.sessions.begin() as session:
        await session.execute(update(Content).values(media_type="application/octet-stream"))

    served = await library.fetch(cid)

    assert served.headers["Content-Type"] == "application/octet-stream"
    assert served.headers["Content-Disposition"] == f'attachment; filename="{cid}"'


async def test_a_part_of_a_file_is_served(library: Library) -> None:
    cid = (await library.upload(TEXT))["cid"]
    parts = {
        "bytes=0-0": (0, 1),
        "bytes=5-9": (5, 10),
        f"bytes={CHUNK_BYTES - 1}-{CHUNK_BYTES}": (CHUNK_BYTES - 1, CHUNK_BYTES + 1),
        f"bytes=1-{2 * CHUNK_BYTES}": (1, 2 * CHUNK_BYTES + 1),
        f"bytes={2 * CHUNK_BYTES}-": (2 * CHUNK_BYTES, len(TEXT)),
        "bytes=-3": (len(TEXT) - 3, len(TEXT)),
    }

    for asked, (start, stop) in parts.items():
        served = await library.fetch(cid, Range=asked)

        assert served.status_code == 206
        assert served.content == TEXT[start:stop]
        assert served.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(TEXT)}"
        assert served.headers["Content-Length"] == str(stop - start)


async def test_a_part_that_there_is_not_is_refused_with_the_size(library: Library) -> None:
    cid = (await library.upload(TEXT))["cid"]

    served = await library.fetch(cid, Range=f"bytes={len(TEXT)}-")

    assert refusal(served) == (416, "range_not_satisfiable")
    assert served.headers["Content-Range"] == f"bytes */{len(TEXT)}"
    assert "Cache-Control" not in served.headers


async def test_a_range_of_another_file_gets_the_whole(library: Library) -> None:
    cid = (await library.upload(TEXT))["cid"]

    other = await library.fetch(cid, Range="bytes=0-9", If_Range='"other"')
    same = await library.fetch(cid, Range="bytes=0-9", If_Range=f'"{cid}"')

    assert (other.status_code, len(other.content)) == (200, len(TEXT))
    assert (same.status_code, len(same.content)) == (206, 10)


async def test_head_says_what_get_would_and_sends_nothing(library: Library) -> None:
    cid = (await library.upload(TEXT))["cid"]
    got = await library.fetch(cid)

    asked = await library.visitor.head(f"/ipfs/{cid}", headers={"Range": "bytes=0-9"})

    assert (asked.status_code, asked.content) == (200, b"")
    of_this_request = {"x-correlation-id"}
    assert {name: value for name, value in asked.headers.items() if name not in of_this_request} == {
        name: value for name, value in got.headers.items() if name not in of_this_request
    }


async def test_what_was_never_uploaded_is_not_found_even_if_it_is_a_part_of_what_was(library: Library) -> None:
    await library.upload(TEXT)
    leaf = str(Cid.of(Codec.RAW, TEXT[:CHUNK_BYTES]))

    for cid in (leaf, str(Cid.of(Codec.RAW, b"never"))):
        assert refusal(await library.fetch(cid)) == (404, "content_not_found")


async def test_what_is_no_cid_is_refused(library: Library) -> None:
    for cid in ("x", "%00", "b" * 5000, "..%5c", "Qm" + 44 * "0"):
        assert refusal(await library.fetch(cid)) == (422, "cid_not_valid")


async def test_a_cid_of_version_0_is_looked_up(library: Library) -> None:
    asked = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"

    assert refusal(await library.fetch(asked)) == (404, "content_not_found")


async def test_a_file_whose_block_is_gone_is_a_fault_of_ours_and_not_an_empty_file(library: Library) -> None:
    cid = (await library.upload(TEXT))["cid"]
    async with library.sessions.begin() as session:
        await session.execute(delete(StoredBlock).where(StoredBlock.digest == Cid.parse(cid).digest))

    assert refusal(await library.fetch(cid)) == (500, "content_damaged")
    assert refusal(await library.visitor.get(f"/ipfs/{cid}?format=car")) == (500, "content_damaged")


async def test_a_file_that_breaks_off_is_not_passed_off_as_whole(library: Library) -> None:
    cid = (await library.upload(TEXT))["cid"]
    last = Cid.of(Codec.RAW, TEXT[2 * CHUNK_BYTES :])
    async with library.sessions.begin() as session:
        await session.execute(delete(StoredBlock).where(StoredBlock.digest == last.digest))
        assert len((await session.scalars(select(StoredBlock.digest))).all()) == 3

    with pytest.raises(LitestarException, match="after response started"):  # to a client: a connection that ends early
        await library.fetch(cid)


async def test_a_file_is_had_as_a_car(library: Library) -> None:
    cid = (await library.upload(TEXT))["cid"]

    served = await library.visitor.get(f"/ipfs/{cid}", params={"format": "car"})

    assert served.headers["Content-Type"] == "application/vnd.ipld.car; version=1"
    assert served.headers["Content-Disposition"] == f'attachment; filename="{cid}.car"'
    assert served.headers["ETag"] == f'"{cid}.car"'
    assert served.content.count(bytes(Cid.parse(cid))) == 2  # as the root, and as a block
    assert len(served.content) > len(TEXT)


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("application/vnd.ipld.car", "car"),
        ("application/vnd.ipld.car; version=1; order=dfs; dups=n", "car"),
        ("application/vnd.ipld.raw", "raw"),
        ("application/vnd.ipld.raw;q=0.5, application/vnd.ipld.car", "car"),
        ("*/*", "file"),
        ("image/avif,image/webp,*/*;q=0.8", "file"),
        ("", "file"),
    ],
)
async def test_a_form_can_be_asked_for_as_gateways_are_asked(library: Library, accept: str, form: str) -> None:
    cid = (await library.upload(TEXT))["cid"]
    query = {"format": form} if form != "file" else {}

    served = await library.visitor.get(f"/ipfs/{cid}", headers={"Accept": accept})

    asked_by_query = await library.visitor.get(f"/ipfs/{cid}", params=query)
    assert served.content == asked_by_query.content
    for name in ("Content-Type", "ETag", "Vary"):
        assert served.headers[name] == asked_by_query.headers[name]
    assert served.headers["Vary"] == "Accept"


async def test_the_block_that_a_cid_names_is_had_raw(library: Library) -> None:
    cid = (await library.upload(TEXT))["cid"]

    served = await library.visitor.get(f"/ipfs/{cid}?format=raw")

    assert served.headers["Content-Type"] == "application/vnd.ipld.raw"
    assert served.headers["Content-Disposition"] == f'attachment; filename="{cid}.bin"'
    assert str(Cid.of(Codec.DAG_PB, served.content)) == cid


async def test_another_format_is_refused(library: Library) -> None:
    cid = (await library.upload(TEXT))["cid"]

    assert refusal(await library.visitor.get(f"/ipfs/{cid}", params={"format": "tar"})) == (400, "invalid")
