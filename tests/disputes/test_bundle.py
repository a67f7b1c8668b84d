"""A dispute in one document: whoever has it can tell that it is whole, and what was done to it if it is not."""

import asyncio
import copy
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from nacl.signing import SigningKey
from typer.testing import CliRunner, Result

from descrow.app.cli.main import app
from descrow.app.demo.shop_client import ApiRefused, ShopClient
from descrow.app.settings import Settings
from descrow.contract.order_status import OrderStatus
from descrow.disputes.bundle import SignedBundle, sign
from descrow.disputes.thread import canonical, digest_of
from tests.disputes.scenario import DisputeScenario, restarted_with

pytestmark = pytest.mark.usefixtures("quiet_logs")


Document = dict[str, Any]
Tampering = Callable[[Document], None]


async def a_decided_dispute(scenario: DisputeScenario) -> int:
    """With messages, a file on the chain, one that was erased, an offer, and the arbiter's decision."""
    order_id = await scenario.order_that_is(OrderStatus.SHIPPED)
    shown = await scenario.show(scenario.buyer, order_id)
    await scenario.take_step(scenario.buyer, order_id, "dispute", evidenceCid=shown["file"]["cid"])
    await scenario.say(scenario.seller, order_id, "It had one when I sent it. ☕")
    await scenario.show(scenario.seller, order_id, b"a photograph of another basket")
    await scenario.erase(scenario.seller, order_id, 3)
    await scenario.take_step(scenario.seller, order_id, "propose", buyerBps=1_000)
    await scenario.take_step(scenario.arbiter, order_id, "resolve", buyerBps=7_500)
    return order_id


async def bundle_of(scenario: DisputeScenario, order_id: int, who: ShopClient | None = None) -> Document:
    document: Document = await (who or scenario.buyer).get(f"/api/v1/orders/{order_id}/dispute/bundle")
    return document


async def verify(document: Document, folder: Path, *options: str) -> Result:
    """Return what the command says to somebody who has saved the document."""
    file = folder / "dispute.json"
    file.write_bytes(msgspec.json.encode(document))
    return await asyncio.to_thread(CliRunner().invoke, app, ["verify-bundle", str(file), *options])


def signed_again(document: Document) -> Document:
    """By somebody who has changed it, with a key of theirs: only who knows the shop's key can tell by it."""
    key = SigningKey(bytes(32))
    return {
        "bundle": document["bundle"],
        "publicKey": bytes(key.verify_key).hex(),
        "signature": key.sign(canonical(document["bundle"])).signature.hex(),
    }


async def test_a_bundle_holds_by_itself_by_the_shops_key_and_by_the_chain(
    scenario: DisputeScenario, tmp_path: Path
) -> None:
    order_id = await a_decided_dispute(scenario)
    document = await bundle_of(scenario, order_id)
    key = (await scenario.stranger.get("/api/v1/disputes/signing-key"))["publicKey"]

    result = await verify(document, tmp_path, "--key", key, "--chain", scenario.chain.url)

    assert result.exit_code == 0, result.output
    said = result.stdout.splitlines()
    assert said[0] == f"The signature is by the key that was given, {key}."
    assert said[2].endswith("created, funded, shipped, disputed, resolved.")
    assert said[3].startswith(f"The arbiter ({scenario.arbiter.key.evm_address}) ended it: ")
    assert said[4].startswith("The thread is whole: each of its 4 entries")
    assert (
        said[5]
        == "1 of 2 files that the thread shows are on the chain by their CIDs; 0 on the chain are not in the thread."
    )
    assert said[6].startswith(f"All {len(document['bundle']['events']) + 1} events are in final blocks")
    assert said[7].endswith("the contract, too, says that the order is resolved.")
    assert said[8] == "The bundle holds."


async def test_what_was_not_checked_is_said(scenario: DisputeScenario, tmp_path: Path) -> None:
    order_id = await scenario.disputed_order()

    result = await verify(await bundle_of(scenario, order_id), tmp_path)

    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-3:] == [
        "Not checked: whether the key is the shop's. Give the one you know with --key.",
        "Not checked: whether the events are on the chain. Name a node with --chain.",
        "The bundle holds.",
    ]


async def test_everybody_in_the_dispute_gets_the_same_bundle_and_a_stranger_none(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()
    await scenario.say(scenario.buyer, order_id)

    bundles = [(await bundle_of(scenario, order_id, who))["bundle"] for who in scenario.people.values()]

    for bundle in bundles:
        assert bundle | {"madeAt": ""} == bundles[0] | {"madeAt": ""}
    with pytest.raises(ApiRefused, match="order_not_found"):
        await bundle_of(scenario, order_id, scenario.stranger)


async def test_an_order_that_nobody_disputed_has_no_bundle(scenario: DisputeScenario) -> None:
    order_id = await scenario.order_that_is(OrderStatus.SHIPPED)
    await scenario.show(scenario.buyer, order_id)

    with pytest.raises(ApiRefused, match="dispute_not_found"):
        await bundle_of(scenario, order_id)


async def test_a_shop_without_a_key_signs_nothing(scenario: DisputeScenario, settings: Settings) -> None:
    order_id = await scenario.disputed_order()

    async with restarted_with(settings.model_copy(update={"bundle_key": None}), scenario) as without_key:
        with pytest.raises(ApiRefused, match="bundle_not_offered"):
            await bundle_of(without_key, order_id)
        with pytest.raises(ApiRefused, match="bundle_not_offered"):
            await without_key.stranger.get("/api/v1/disputes/signing-key")


async def test_the_bundle_has_the_digest_of_every_file_and_the_file_of_none(scenario: DisputeScenario) -> None:
    order_id = await a_decided_dispute(scenario)

    document = await bundle_of(scenario, order_id)

    files = [entry["file"]["sha256"] for entry in document["bundle"]["thread"] if entry["file"]]
    assert files == [sha256(b"No handle.").hexdigest(), sha256(b"a photograph of another basket").hexdigest()]
    assert b"photograph" not in msgspec.json.encode(document)


def event(document: Document, name: str) -> Document:
    found: Document = next(one for one in document["bundle"]["events"] if one["name"] == name)
    return found


def change_text(document: Document) -> None:
    document["bundle"]["thread"][1]["text"] = "I never sent it."


def rewrite_entry(document: Document) -> None:
    change_text(document)
    entry = document["bundle"]["thread"][1]
    entry["digest"] = digest_of(entry)


def rewrite_thread(document: Document) -> None:
    """With digests that fit to the end: by somebody with no part in the order."""
    entries, previous = document["bundle"]["thread"], "0" * 64
    for entry in entries:
        entry["author"] = "0x" + "e" * 40
        entry["previousDigest"] = previous
        previous = entry["digest"] = digest_of(entry)


def erase_nothing(document: Document) -> None:
    entry = document["bundle"]["thread"][-1]
    entry["erases"] = 2
    entry["digest"] = digest_of(entry)


def break_cid(document: Document) -> None:
    previous = "0" * 64
    for entry in document["bundle"]["thread"]:
        if entry["file"]:
            entry["file"]["cid"] = "bafkrei"
        entry["previousDigest"] = previous
        previous = entry["digest"] = digest_of(entry)


def swap_events(document: Document) -> None:
    events = document["bundle"]["events"]
    events[1], events[2] = events[2], events[1]


def leave_out_step(document: Document) -> None:
    document["bundle"]["events"].remove(event(document, "OrderShipped"))


def leave_out_decision(document: Document) -> None:
    document["bundle"]["events"].remove(event(document, "OrderResolved"))


def change_share(document: Document) -> None:
    document["bundle"]["decision"]["buyerAmount"] = "1"


FOUND_OFFLINE: dict[str, tuple[Tampering, str]] = {
    "a message": (change_text, "entry 2 is not what its digest was made of"),
    "a message with its digest": (rewrite_entry, "entry 3 does not follow"),
    "an entry left out": (lambda d: d["bundle"]["thread"].pop(1), "entry 2 is missing"),
    "the whole thread by another": (rewrite_thread, "somebody with no part in the order"),
    "an erasure of a message": (erase_nothing, "erases what was never shown"),
    "a CID": (break_cid, "has no CID"),
    "another order's thread": (lambda d: d["bundle"]["thread"][0].update(order="0" * 8), "is no bundle"),
    "the reference": (lambda d: d["bundle"].update(order="00000000-0000-0000-0000-000000000007"), "not created with"),
    "the order's number": (lambda d: d["bundle"].update(contractOrderId=77), "is not of order 77"),
    "the terms' number": (lambda d: d["bundle"]["terms"]["arguments"].update(terms_id="2"), "which these are not"),
    "an event's name": (lambda d: event(d, "OrderFunded").update(name="OrderLoved"), "no event of the contract's"),
    "an event's argument": (lambda d: event(d, "OrderFunded")["arguments"].pop("amount"), "no event of the contract's"),
    "the order of events": (swap_events, "cannot come after"),
    "a step left out": (leave_out_step, "do not fit together"),
    "no creation": (lambda d: d["bundle"]["events"].pop(0), "do not begin with"),
    "the decision left out": (leave_out_decision, "not the one that the events tell of"),
    "the decision": (change_share, "not the one that the events tell of"),
    "the format": (lambda d: d["bundle"].update(format="descrow dispute 9"), "knows 'descrow dispute 1'"),
    "something added": (lambda d: d["bundle"].update(verdict="guilty"), "is no bundle"),
}
FOUND_ON_CHAIN: dict[str, tuple[Tampering, str]] = {
    "the chain": (lambda d: d["bundle"]["chain"].update(genesisHash="0x" + "0" * 64), "That chain begins with"),
    "the contract": (lambda d: d["bundle"]["chain"].update(contract="0x" + "0" * 40), "not among the contract's"),
    "an amount": (lambda d: event(d, "OrderFunded")["arguments"].update(amount="1"), "says something else"),
    "a time": (lambda d: event(d, "OrderFunded").update(happenedAt="2026-01-01T00:00:00Z"), "says something else"),
    "an extrinsic": (lambda d: event(d, "OrderFunded").update(extrinsicHash="0x00"), "says something else"),
    "a block": (lambda d: event(d, "OrderFunded").update(blockHash="0x" + "0" * 64), "in the bundle 0x000"),
    "the terms": (
        lambda d: d["bundle"]["terms"]["arguments"].update(default_seller_bps="0"),
        "TermsPublished (event",
    ),
    "a block's number": (lambda d: d["bundle"]["events"][-1].update(blockNumber=10**9), "says something else"),
    "a block to come": (
        lambda d: d["bundle"]["events"][-1].update(blockNumber=10**9, blockHash="0x" + "1" * 64),
        "is not final on that chain",
    ),
    "an offer that was never made": (
        lambda d: d["bundle"]["events"].append(
            d["bundle"]["events"][-1]
            | {
                "name": "SettlementWithdrawn",
                "arguments": {"order_id": str(d["bundle"]["contractOrderId"]), "by": "0x" + "0" * 40},
                "eventIndex": 10**6,
            }
        ),
        "not among the contract's",
    ),
}


async def test_each_part_that_was_tampered_with_is_found_and_named(scenario: DisputeScenario, tmp_path: Path) -> None:
    order_id = await a_decided_dispute(scenario)
    whole = await bundle_of(scenario, order_id)

    for name, (tamper, found) in (FOUND_OFFLINE | FOUND_ON_CHAIN).items():
        changed = copy.deepcopy(whole)
        tamper(changed)
        assert changed != whole, name
        chain = () if name in FOUND_OFFLINE else ("--chain", scenario.chain.url)

        result = await verify(signed_again(changed), tmp_path, *chain)

        assert result.exit_code == 1, f"{name}: {result.output}"
        assert found in result.stderr, f"{name}: {result.output}"
        assert "The bundle holds." not in result.stdout, name


async def test_whatever_is_changed_the_signature_is_no_longer_the_documents(
    scenario: DisputeScenario, tmp_path: Path
) -> None:
    order_id = await a_decided_dispute(scenario)
    whole = await bundle_of(scenario, order_id)

    for name, (tamper, _) in (FOUND_OFFLINE | FOUND_ON_CHAIN).items():
        changed = copy.deepcopy(whole)
        tamper(changed)
        result = await verify(changed, tmp_path)
        assert result.exit_code == 1, name
        assert any(why in result.stderr for why in ("signature is not that of", "is no bundle", "format")), name

    for signature in ("", "zz", "00" * 64, whole["signature"][:-2]):
        assert (await verify(whole | {"signature": signature}, tmp_path)).exit_code == 1
    result = await verify(signed_again(whole), tmp_path, "--key", whole["publicKey"])
    assert (result.exit_code, "not the key that was given" in result.stderr) == (1, True)
    result = await verify(whole, tmp_path, "--key", "00" * 32)
    assert (result.exit_code, "not the key that was given" in result.stderr) == (1, True)


async def test_a_bundle_that_the_chain_has_gone_beyond_says_so(scenario: DisputeScenario, tmp_path: Path) -> None:
    order_id = await scenario.disputed_order()
    document = await bundle_of(scenario, order_id)
    await scenario.take_step(scenario.arbiter, order_id, "resolve", buyerBps=0)

    result = await verify(document, tmp_path, "--chain", scenario.chain.url)

    assert result.exit_code == 0, result.output
    assert "Note: the bundle ends where the order is disputed; in final block" in result.stdout
    assert result.stdout.split("it is ")[1].startswith("resolved.")


async def test_a_node_that_does_not_answer_proves_nothing(scenario: DisputeScenario, tmp_path: Path) -> None:
    order_id = await scenario.disputed_order()

    result = await verify(await bundle_of(scenario, order_id), tmp_path, "--chain", "ws://127.0.0.1:9")

    assert result.exit_code == 1
    assert "The node cannot tell" in result.stderr


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 50, b'{"bundle": {}}'])
async def test_what_is_no_bundle_is_told_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "dispute.json"
    file.write_bytes(content)

    result = await asyncio.to_thread(CliRunner().invoke, app, ["verify-bundle", str(file)])

    assert result.exit_code == 1
    assert "is no bundle" in result.stderr


async def test_a_signed_bundle_survives_being_read_and_written_again(scenario: DisputeScenario) -> None:
    order_id = await a_decided_dispute(scenario)
    document = await bundle_of(scenario, order_id)

    read = msgspec.convert(document, SignedBundle)

    assert msgspec.to_builtins(read) == document
    assert sign(read.bundle, SigningKey(bytes(32))).signature == signed_again(document)["signature"]
