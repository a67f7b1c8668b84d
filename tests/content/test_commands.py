"""An operator carries files in and out as CAR files."""

import asyncio
import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import delete
from typer.testing import CliRunner, Result

from descrow.app.cli.main import app as command_line
from descrow.app.settings import Settings
from descrow.content.car import open_car
from descrow.content.cids import Codec
from descrow.content.files import FileBlock
from descrow.content.models import Content, StoredBlock, Upload
from descrow.content.protobuf import varint
from tests.app.cli.terminal import at_a_terminal
from tests.content.block_stores import a_doubling_file, a_node, some_bytes
from tests.content.library import Library, refusal
from tests.content.photos import PHOTOS

pytestmark = pytest.mark.usefixtures("quiet_logs")

FROM_NPM = Path(__file__).parent / "from_npm"
VECTORS = json.loads((FROM_NPM / "vectors.json").read_text())
SMALL_CAR = FROM_NPM / "small.car"
SMALL_CID = "bafybeigwjnrfsrjnqdx3i77t5hmkfrqadtkceveh3dpuv6lhidavqa2fd4"


@pytest.fixture(autouse=True)
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with at_a_terminal(settings, monkeypatch):
        yield


def files_in(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


async def types(*words: object) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, command_line, ["content", *map(str, words)])


async def test_a_file_goes_out_as_a_car_and_comes_back_from_it(library: Library, tmp_path: Path) -> None:
    text = b"Karibu sana. " * 60_000
    cid = (await library.upload(text))["cid"]
    car = tmp_path / "text.car"

    exported = await types("export", cid, car)
    async with library.sessions.begin() as session:
        for table in (Upload, Content, StoredBlock):
            await session.execute(delete(table))
    assert refusal(await library.fetch(cid)) == (404, "content_not_found")
    imported = await types("import", car)

    assert (exported.exit_code, imported.exit_code) == (0, 0)
    assert imported.stdout == f"{cid} text/plain {len(text)} bytes\n"
    assert (await library.fetch(cid)).content == text
    assert files_in(tmp_path) == ["text.car"]


async def test_a_car_made_elsewhere_is_served_under_its_own_cid_as_a_download(library: Library) -> None:
    for _ in range(2):  # the second time changes nothing
        assert (await types("import", SMALL_CAR)).exit_code == 0

    served = await library.fetch(SMALL_CID, Range="bytes=500-600")

    assert served.content == some_bytes(2000)[500:601]
    assert served.headers["Content-Type"] == "application/octet-stream"
    assert served.headers["Content-Disposition"].startswith("attachment")
    assert await library.rows(Content) == 1


async def test_a_car_with_an_altered_block_is_refused_and_not_served(library: Library, tmp_path: Path) -> None:
    altered = tmp_path / "altered.car"
    content = bytearray(SMALL_CAR.read_bytes())
    content[-1] ^= 1
    altered.write_bytes(content)

    imported = await types("import", altered)

    assert imported.exit_code == 1
    assert "not the name of the bytes" in imported.stderr
    assert refusal(await library.fetch(SMALL_CID)) == (404, "content_not_found")
    assert await library.rows(StoredBlock) == 0


async def test_a_car_that_lacks_a_block_is_refused_and_not_served(library: Library, tmp_path: Path) -> None:
    whole = SMALL_CAR.read_bytes()
    *_, last = open_car(BytesIO(whole))
    short = tmp_path / "short.car"
    short.write_bytes(whole.removesuffix(last.data)[:-38])  # with the last section's length and CID

    imported = await types("import", short)

    assert imported.exit_code == 1
    assert f"{last.cid} is not kept here" in imported.stderr
    assert await library.rows(Content) == 0
    assert await library.rows(StoredBlock) == 0


async def test_a_car_whose_few_blocks_make_an_endless_file_is_refused(library: Library, tmp_path: Path) -> None:
    blocks = a_doubling_file(60, leaf=FileBlock.of(Codec.RAW, b"leaf"))
    root = b"\xd8\x2a\x58\x25\x00" + bytes(blocks[-1].cid)
    sections = [b"\xa2\x65roots\x81" + root + b"\x67version\x01", *(bytes(one.cid) + one.data for one in blocks)]
    endless = tmp_path / "endless.car"
    endless.write_bytes(b"".join(varint(len(section)) + section for section in sections))

    imported = await types("import", endless)

    assert imported.exit_code == 1
    assert "is larger than" in imported.stderr
    assert await library.rows(Content) == 0
    assert await library.rows(StoredBlock) == 0


async def test_a_refused_car_takes_nothing_away_that_was_there(library: Library, tmp_path: Path) -> None:
    assert (await types("import", SMALL_CAR)).exit_code == 0
    altered = tmp_path / "altered.car"
    altered.write_bytes(SMALL_CAR.read_bytes() + b"\x05extra")

    assert (await types("import", altered)).exit_code == 1

    assert (await library.fetch(SMALL_CID)).content == some_bytes(2000)


async def test_the_files_in_a_folder_are_kept_each_under_its_own_cid(library: Library) -> None:
    imported = await types("import", FROM_NPM / "folder.car")

    assert imported.exit_code == 0, imported.stderr
    lines = [line.split(" ", 4) for line in imported.stdout.splitlines()]
    assert [(size, path) for _, _, size, _, path in lines] == [
        ("13000", "guide/karibu.txt"),
        ("1500", "guide/pictures/again.bin"),  # one.bin is the same file
    ]
    assert (await library.fetch(lines[0][0])).content == b"Karibu sana. " * 1000
    assert (await library.fetch(lines[1][0])).content == some_bytes(1500)
    assert await library.rows(Content) == 2


@pytest.mark.parametrize("name", ["leaf", "nodes"])
async def test_a_file_of_version_0_is_served_under_both_spellings(library: Library, name: str, tmp_path: Path) -> None:
    imported = await types("import", FROM_NPM / f"version0-{name}.car")

    assert imported.exit_code == 0, imported.stderr
    version_0, size = VECTORS["version0"][name]["cid"], VECTORS["version0"][name]["size"]
    version_1 = imported.stdout.split()[0]
    assert version_1.startswith("bafybei")
    for cid in (version_0, version_1):
        assert (await library.fetch(cid)).content == some_bytes(size)
        assert (await library.fetch(cid, Range="bytes=100-200")).content == some_bytes(size)[100:201]
    assert (await types("export", version_0, tmp_path / "again.car")).exit_code == 0
    assert (await types("import", tmp_path / "again.car")).stdout == imported.stdout


async def test_folders_of_folders_without_end_are_refused(library: Library, tmp_path: Path) -> None:
    blocks = [FileBlock.of(Codec.RAW, b"leaf")]
    for _ in range(30):
        blocks.append(a_node((blocks[-1], 0), (blocks[-1], 0), kind=1))
    root = b"\xd8\x2a\x58\x25\x00" + bytes(blocks[-1].cid)
    sections = [b"\xa2\x65roots\x81" + root + b"\x67version\x01", *(bytes(one.cid) + one.data for one in blocks)]
    endless = tmp_path / "endless.car"
    endless.write_bytes(b"".join(varint(len(section)) + section for section in sections))

    imported = await types("import", endless)

    assert imported.exit_code == 1
    assert "more than 10000 files" in imported.stderr
    assert await library.rows(StoredBlock) == 0


async def test_an_export_overwrites_nothing_and_leaves_no_half_file(library: Library, tmp_path: Path) -> None:
    text, other = (await library.upload(b"a"))["cid"], (await library.upload(PHOTOS["image/png"]))["cid"]
    there = tmp_path / "there.car"
    there.write_text("mine")
    async with library.sessions.begin() as session:
        await session.execute(delete(StoredBlock))

    assert (await types("export", text, there)).exit_code == 2
    assert (await types("export", other, tmp_path / "half.car")).exit_code == 1
    assert (await types("export", SMALL_CID, tmp_path / "unknown.car")).exit_code == 1
    assert (await types("export", "nonsense", tmp_path / "nonsense.car")).exit_code == 1

    assert there.read_text() == "mine"
    assert files_in(tmp_path) == ["there.car"]
