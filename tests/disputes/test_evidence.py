"""Files in disputes: read by three people, stored as ciphertext, and gone for ever once they are erased."""

import asyncio
from hashlib import sha256
from typing import IO, Any
from uuid import UUID

import httpx
import pytest
from litestar.types import ASGIApp
from pydantic import SecretStr
from sqlalchemy import delete, func, select

from descrow.app.demo.shop_client import ApiRefused, ShopClient
from descrow.app.settings import Settings
from descrow.content.block_stores import PostgresBlocks
from descrow.content.cids import Cid
from descrow.content.files import CHUNK_BYTES, blocks_of, read_file
from descrow.content.models import Content, StoredBlock, Upload
from descrow.contract.cids import digest_of_cid
from descrow.contract.order_status import OrderStatus
from descrow.disputes import evidence, service
from descrow.disputes.models import EvidenceKey
from descrow.disputes.sealing import NotSealedSo, Vault
from descrow.orders.models import Order
from descrow.orders.transitions import Action, Party, find_transition
from tests.application import client_of
from tests.content.block_stores import in_chunks, whole
from tests.content.photos import SECRET, a_jpeg, a_slow_jpeg
from tests.disputes.scenario import DisputeScenario, restarted_with
from tests.disputes.sealed import seal_as_before, unseal
from tests.servers import free_port, served, until_it_answers

LONG = b"Kikapu hakina mpini. " * 40_000
"""More than two leaves."""


async def rows(scenario: DisputeScenario, model: type) -> int:
    async with scenario.sessions() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def ciphertext_of(scenario: DisputeScenario, cid: str) -> bytes:
    """As anybody has it who has got hold of the blocks."""
    return await whole(read_file(PostgresBlocks(scenario.sessions).get, Cid.parse(cid)))


def address(order_id: int, shown: dict[str, Any]) -> str:
    return f"/api/v1/orders/{order_id}/dispute/evidence/{shown['number']}"


OF_THE_PRODUCT = 1
"""The document of what was ordered is stored as well."""


async def test_three_people_read_what_was_shown_and_a_stranger_does_not_learn_that_it_is_there(
    scenario: DisputeScenario,
) -> None:
    order_id = await scenario.disputed_order()
    shown = await scenario.show(scenario.buyer, order_id, LONG)

    for who in scenario.people.values():
        answer = await scenario.file(who, order_id, shown["number"])
        assert (answer.status_code, answer.content) == (200, LONG)
    answer = await scenario.file(scenario.stranger, order_id, shown["number"])
    assert (answer.status_code, answer.json()["code"]) == (404, "order_not_found")


@pytest.mark.parametrize(
    ("headers", "status", "wanted"),
    [
        ({"Range": "bytes=70000-140000"}, 206, slice(70_000, 140_001)),
        ({"Range": "bytes=-5"}, 206, slice(-5, None)),
        ({"Range": "bytes=5-", "If-Range": f'"{sha256(LONG).hexdigest()}"'}, 206, slice(5, None)),
        ({"Range": "bytes=5-", "If-Range": '"another file"'}, 200, slice(None)),
    ],
)
async def test_a_download_that_broke_goes_on_where_it_was(
    scenario: DisputeScenario, app: ASGIApp, headers: dict[str, str], status: int, wanted: slice
) -> None:
    order_id = await scenario.disputed_order()
    shown = await scenario.show(scenario.buyer, order_id, LONG)

    async with client_of(app, Authorization=f"Bearer {scenario.seller._token}", **headers) as seller:
        answer = await seller.get(address(order_id, shown))

    assert (answer.status_code, answer.content) == (status, LONG[wanted])
    assert answer.headers["Content-Length"] == str(len(LONG[wanted]))
    assert answer.headers["Accept-Ranges"] == "bytes"


async def test_bytes_that_a_file_has_not_are_refused(scenario: DisputeScenario, app: ASGIApp) -> None:
    order_id = await scenario.disputed_order()
    shown = await scenario.show(scenario.buyer, order_id)

    async with client_of(app, Authorization=f"Bearer {scenario.buyer._token}", Range="bytes=10-") as buyer:
        answer = await buyer.get(address(order_id, shown))

    assert (answer.status_code, answer.json()["code"]) == (416, "range_not_satisfiable")


@pytest.mark.parametrize("file", [LONG, b""])
async def test_a_file_that_version_0_2_sealed_is_read(
    scenario: DisputeScenario, monkeypatch: pytest.MonkeyPatch, file: bytes
) -> None:
    def sealed_as_before(plain: IO[bytes], key: bytes, order: UUID) -> list[bytes]:
        plain.seek(0)
        return [seal_as_before(plain.read(), key, order)]

    order_id = await scenario.disputed_order()
    monkeypatch.setattr(evidence, "sealed_pieces", sealed_as_before)

    shown = await scenario.show(scenario.buyer, order_id, file)

    answer = await scenario.file(scenario.arbiter, order_id, shown["number"])
    assert (answer.status_code, answer.content) == (200, file)


async def test_a_file_that_is_damaged_at_its_end_is_no_whole_answer(scenario: DisputeScenario, app: ASGIApp) -> None:
    order_id = await scenario.disputed_order()
    shown = await scenario.show(scenario.buyer, order_id, LONG)
    sealed = await ciphertext_of(scenario, shown["file"]["cid"])
    *_, last_leaf = in_chunks(sealed, CHUNK_BYTES)
    async with scenario.sessions.begin() as session:
        await session.execute(delete(StoredBlock).where(StoredBlock.data == last_leaf))

    port = free_port()
    async with served(app, port=port):
        await until_it_answers(f"http://127.0.0.1:{port}/health/live")
        over_network = ShopClient(f"http://127.0.0.1:{port}", scenario.buyer.key, scenario.chain)
        with pytest.raises(httpx.RemoteProtocolError):
            await over_network.ask("GET", address(order_id, shown))
        await over_network.close()


async def test_a_file_is_saved_and_not_shown_by_the_browser_and_kept_by_no_cache(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()
    shown = await scenario.show(scenario.buyer, order_id)

    headers = (await scenario.file(scenario.seller, order_id, shown["number"])).headers

    assert headers["Content-Disposition"] == f'attachment; filename="order-{order_id}-evidence-1.txt"'
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Content-Type"] == "text/plain; charset=utf-8"


async def test_what_is_stored_is_ciphertext_under_its_true_cid_that_the_gateway_does_not_serve(
    scenario: DisputeScenario,
) -> None:
    order_id = await scenario.disputed_order()

    file = (await scenario.show(scenario.buyer, order_id, LONG))["file"]

    ciphertext = await ciphertext_of(scenario, file["cid"])
    assert str(list(blocks_of(in_chunks(ciphertext, CHUNK_BYTES)))[-1].cid) == file["cid"]
    assert LONG[:40] not in ciphertext
    assert file["sha256"] == sha256(LONG).hexdigest()
    assert (await scenario.stranger.ask("GET", f"/ipfs/{file['cid']}")).status_code == 404
    assert await rows(scenario, Content) == OF_THE_PRODUCT


async def test_the_same_file_shown_twice_is_two_ciphertexts(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()

    first, second = await scenario.show(scenario.buyer, order_id), await scenario.show(scenario.seller, order_id)

    assert first["file"]["sha256"] == second["file"]["sha256"]
    assert first["file"]["cid"] != second["file"]["cid"]


async def test_a_picture_loses_what_its_camera_wrote_and_a_files_name_is_kept_nowhere(
    scenario: DisputeScenario,
) -> None:
    order_id = await scenario.disputed_order()

    shown = await scenario.show(scenario.buyer, order_id, a_jpeg(size=(64, 48)))

    picture = (await scenario.file(scenario.seller, order_id, shown["number"])).content
    assert shown["file"]["mediaType"] == "image/jpeg"
    assert picture.startswith(b"\xff\xd8\xff")
    assert SECRET not in picture
    async with scenario.sessions() as session:
        assert (await session.scalars(select(Upload.filename))).all() == ["evidence"]


async def test_a_picture_that_is_evidence_waits_for_no_pictures_of_products(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()
    slow = {"file": ("basket.jpg", a_slow_jpeg())}
    of_products = [
        asyncio.create_task(who.ask("POST", "/api/v1/ipfs/upload", files=slow))
        for who in 2 * [scenario.buyer, scenario.seller, scenario.stranger]
    ]

    await scenario.show(scenario.buyer, order_id, a_jpeg(size=(64, 48)))

    assert not all(upload.done() for upload in of_products)
    await asyncio.gather(*of_products)


async def test_its_cid_goes_to_the_chain_by_the_wallet_of_who_shows_it(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()
    shown = await scenario.show(scenario.seller, order_id)

    await scenario.take_step(scenario.seller, order_id, "add_evidence", evidenceCid=shown["file"]["cid"])

    last = (await scenario.timeline(scenario.buyer, order_id))[-1]
    assert last["cause"] == "EvidenceAdded"
    assert last["evidence"] == "0x" + digest_of_cid(shown["file"]["cid"]).hex()


async def test_a_buyer_shows_something_before_disputing_and_the_arbiter_sees_it_afterwards(
    scenario: DisputeScenario,
) -> None:
    order_id = await scenario.order_that_is(OrderStatus.SHIPPED)
    shown = await scenario.show(scenario.buyer, order_id)
    dispute = await scenario.dispute(scenario.seller, order_id)
    assert (dispute["disputedAt"], dispute["mayShowFiles"], len(dispute["entries"])) == (None, False, 1)
    assert (await scenario.file(scenario.arbiter, order_id, 1)).status_code == 404
    assert [entry for entry in await scenario.arbiter.get("/api/v1/feed") if entry["name"] == "disputeEntry"] == []

    await scenario.take_step(scenario.buyer, order_id, "dispute", evidenceCid=shown["file"]["cid"])

    assert (await scenario.file(scenario.arbiter, order_id, 1)).content == b"No handle."


@pytest.mark.parametrize("status", list(OrderStatus))
async def test_files_are_shown_by_who_may_dispute_or_add_to_a_dispute_by_the_table(
    scenario: DisputeScenario, status: OrderStatus
) -> None:
    order_id = await scenario.order_that_is(status)
    was_disputed = status in (OrderStatus.DISPUTED, OrderStatus.RESOLVED)

    for party, who in scenario.people.items():
        if find_transition(Action.ADD_EVIDENCE, status, party) or find_transition(Action.DISPUTE, status, party):
            assert (await scenario.show(who, order_id))["by"] == party
            continue
        refused = "order_not_found" if party is Party.ARBITER and not was_disputed else "thread_closed"
        with pytest.raises(ApiRefused, match=refused):
            await scenario.show(who, order_id)
    with pytest.raises(ApiRefused, match="order_not_found"):
        await scenario.show(scenario.stranger, order_id)


async def test_what_is_no_picture_pdf_or_text_is_refused_and_nothing_is_kept(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()

    with pytest.raises(ApiRefused, match="content_type_not_allowed"):
        await scenario.show(scenario.buyer, order_id, b"MZ\x00\x01")

    assert (await scenario.dispute(scenario.buyer, order_id))["entries"] == []
    assert await rows(scenario, StoredBlock) == OF_THE_PRODUCT


async def test_a_file_that_is_sent_twice_with_its_key_is_shown_and_stored_once(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()

    first = await scenario.show(scenario.buyer, order_id, key="a key")
    again = await scenario.show(scenario.buyer, order_id, key="a key")

    assert first == again
    assert len((await scenario.dispute(scenario.buyer, order_id))["entries"]) == 1
    assert await rows(scenario, StoredBlock) == OF_THE_PRODUCT + 1


async def test_a_file_that_is_refused_at_last_leaves_nothing_behind(
    scenario: DisputeScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = await scenario.disputed_order()
    await scenario.show(scenario.buyer, order_id, key="a key")

    with pytest.raises(ApiRefused, match="idempotency_key_reused"):
        await scenario.show(scenario.buyer, order_id, b"Another file.", key="a key")
    monkeypatch.setattr(service, "MOST_ENTRIES", 1)
    with pytest.raises(ApiRefused, match="thread_full"):
        await scenario.show(scenario.buyer, order_id, b"Another file.")

    assert await rows(scenario, StoredBlock) == OF_THE_PRODUCT + 1
    assert len((await scenario.dispute(scenario.buyer, order_id))["entries"]) == 1


async def test_an_entry_that_shows_no_file_has_none(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()
    await scenario.say(scenario.buyer, order_id)

    for number in (1, 2):
        answer = await scenario.file(scenario.buyer, order_id, number)
        assert (answer.status_code, answer.json()["code"]) == (404, "evidence_not_found")
        with pytest.raises(ApiRefused, match="evidence_not_found"):
            await scenario.erase(scenario.buyer, order_id, number)


async def test_an_erased_file_is_gone_and_its_entry_says_by_whom(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()
    shown = await scenario.show(scenario.buyer, order_id, LONG)

    erasure = await scenario.erase(scenario.buyer, order_id, shown["number"])

    assert (erasure["kind"], erasure["by"], erasure["erases"]) == ("erasure", "buyer", shown["number"])
    for who in scenario.people.values():
        answer = await scenario.file(who, order_id, shown["number"])
        assert (answer.status_code, answer.json()["code"]) == (410, "evidence_erased")
        [entry, reported] = (await scenario.dispute(who, order_id))["entries"]
        assert entry["file"] == shown["file"]
        assert (entry["erasedBy"], entry["erasedAt"]) == ("buyer", erasure["writtenAt"])
        assert reported == erasure
    assert await rows(scenario, StoredBlock) == OF_THE_PRODUCT
    assert await rows(scenario, EvidenceKey) == 0


async def test_the_ciphertext_of_an_erased_file_is_unreadable_for_ever_whoever_kept_a_copy(
    scenario: DisputeScenario, settings: Settings
) -> None:
    order_id = await scenario.disputed_order()
    shown = await scenario.show(scenario.buyer, order_id)
    other = await scenario.show(scenario.buyer, order_id)
    copy = await ciphertext_of(scenario, shown["file"]["cid"])

    await scenario.erase(scenario.buyer, order_id, shown["number"])

    assert settings.evidence_key is not None
    vault = Vault(settings.evidence_key)
    async with scenario.sessions() as session:
        reference = (await session.get_one(Order, order_id)).reference
        left = (await session.scalars(select(EvidenceKey))).all()
    assert {key.number for key in left} == {other["number"]}
    for key in left:  # the master key and every wrap that there still is
        opened = vault.unwrap(key.wrap, order=reference, reader=key.reader)
        with pytest.raises(NotSealedSo):
            unseal(copy, opened, reference, size_bytes=shown["file"]["sizeBytes"])
    assert (await scenario.file(scenario.seller, order_id, other["number"])).content == b"No handle."


async def test_erasing_twice_changes_nothing(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()
    shown = await scenario.show(scenario.buyer, order_id)

    first = await scenario.erase(scenario.buyer, order_id, shown["number"])
    again = await scenario.erase(scenario.arbiter, order_id, shown["number"])

    assert first == again
    assert len((await scenario.dispute(scenario.buyer, order_id))["entries"]) == 2


async def test_the_other_party_cannot_erase_what_was_shown_against_it_but_the_arbiter_can(
    scenario: DisputeScenario,
) -> None:
    order_id = await scenario.disputed_order()
    shown = await scenario.show(scenario.buyer, order_id)

    with pytest.raises(ApiRefused, match="evidence_not_yours") as refusal:
        await scenario.erase(scenario.seller, order_id, shown["number"])
    with pytest.raises(ApiRefused, match="order_not_found"):
        await scenario.erase(scenario.stranger, order_id, shown["number"])
    assert refusal.value.status == 403
    assert (await scenario.file(scenario.seller, order_id, shown["number"])).status_code == 200

    assert (await scenario.erase(scenario.arbiter, order_id, shown["number"]))["by"] == "arbiter"


async def test_a_file_can_be_erased_when_the_dispute_is_over(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()
    shown = await scenario.show(scenario.seller, order_id)
    await scenario.take_step(scenario.seller, order_id, "refund")

    await scenario.erase(scenario.seller, order_id, shown["number"])

    assert (await scenario.file(scenario.seller, order_id, shown["number"])).status_code == 410


async def test_each_reader_has_a_wrap_of_the_key_and_no_other_person(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()
    await scenario.show(scenario.buyer, order_id)

    async with scenario.sessions() as session:
        readers = (await session.scalars(select(EvidenceKey.reader))).all()

    assert set(readers) == {who.key.evm_address for who in scenario.people.values()}


@pytest.mark.parametrize("key", [None, SecretStr("another master key than the file's one")])
async def test_without_the_right_master_key_files_are_neither_taken_nor_read(
    scenario: DisputeScenario, settings: Settings, key: SecretStr | None
) -> None:
    order_id = await scenario.disputed_order()
    shown = await scenario.show(scenario.buyer, order_id)

    async with restarted_with(settings.model_copy(update={"evidence_key": key}), scenario) as other:
        answer = await other.file(other.buyer, order_id, shown["number"])
        if key is None:
            assert (answer.status_code, answer.json()["code"]) == (409, "evidence_not_offered")
            with pytest.raises(ApiRefused, match="evidence_not_offered"):
                await other.show(other.buyer, order_id)
        else:
            assert (answer.status_code, answer.json()["code"]) == (500, "evidence_unreadable")


class TestQuotas:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        quotas = {"content_bytes_per_account": 2_500, "content_bytes_total": 3_000}
        return settings.model_copy(update=quotas)

    async def test_evidence_counts_for_its_account_until_it_is_erased(self, scenario: DisputeScenario) -> None:
        order_id = await scenario.disputed_order()
        shown = await scenario.show(scenario.buyer, order_id, b"a" * 2_000)
        with pytest.raises(ApiRefused, match="upload_quota_reached"):
            await scenario.show(scenario.buyer, order_id, b"b" * 2_000)

        await scenario.erase(scenario.buyer, order_id, shown["number"])

        await scenario.show(scenario.buyer, order_id, b"b" * 2_000)

    async def test_strangers_uploads_take_no_room_from_evidence(self, scenario: DisputeScenario) -> None:
        order_id = await scenario.disputed_order()
        for who, content in ((scenario.stranger, b"a" * 2_000), (scenario.seller, b"b" * 400)):
            answer = await who.ask("POST", "/api/v1/ipfs/upload", files={"file": ("a.txt", content)})
            assert answer.status_code == 201, answer.text
        refused = await scenario.seller.ask("POST", "/api/v1/ipfs/upload", files={"file": ("a.txt", b"c" * 1_000)})
        assert refused.json()["code"] == "storage_full"

        await scenario.show(scenario.buyer, order_id, b"d" * 2_000)
