"""Checking a dispute's bundle without the shop that made it: each step says what holds, until one does not.

What a signature cannot prove is told as well: that the key is the shop's, and that the events are on the chain.
"""

from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from typing import Any

import msgspec
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from descrow.chain.blocks import Block
from descrow.chain.client import ChainClient
from descrow.chain.keys import EvmAddress
from descrow.content.cids import Cid
from descrow.content.errors import CidNotValid
from descrow.contract.abi import escrow_interface
from descrow.contract.cids import NO_DIGEST
from descrow.contract.contract_state import orders_at
from descrow.contract.escrow import EscrowContract
from descrow.contract.event_store import event_row
from descrow.contract.models import ChainEvent, Finality
from descrow.disputes.bundle import FORMAT, Bundle, BundleEvent, Decision, SignedBundle
from descrow.disputes.thread import EntryKind, ThreadBroken, canonical, check_thread
from descrow.orders.order_state import EventDoesNotFit, OrderState, order_state_from
from descrow.orders.service import reference_word
from descrow.orders.transitions import STATUS_AFTER_EVENT


class DoesNotHold(Exception):
    """Something in the bundle is not as it should be; the message is for people."""


def read_bundle(document: bytes) -> tuple[SignedBundle, dict[str, Any]]:
    """The bundle with its shape checked, and `bundle` as it stands in JSON. Raises DoesNotHold."""
    try:
        raw = msgspec.json.decode(document)
        signed = msgspec.convert(raw, SignedBundle)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DoesNotHold(f"The file is no bundle: {error}.") from error
    if signed.bundle.format != FORMAT:
        raise DoesNotHold(f"The bundle's format is {signed.bundle.format!r}; this command knows {FORMAT!r}.")
    return signed, raw["bundle"]


def check_bundle(signed: SignedBundle, raw: dict[str, Any], *, key: str | None) -> Iterator[str]:
    """All that can be checked offline, a line for each step that holds. Raises DoesNotHold."""
    yield _check_signature(signed, raw, key)
    yield _check_order(signed.bundle)
    yield _check_course(signed.bundle)
    yield _check_decision(signed.bundle)
    yield _check_thread(signed.bundle, raw)
    yield _check_files(signed.bundle)


async def check_events(bundle: Bundle, chain: ChainClient) -> AsyncIterator[str]:
    """Look for every event on the chain itself. Raises DoesNotHold, or ChainUnreachable when the node cannot tell."""
    genesis_hash = await chain.genesis_hash()
    if genesis_hash != bundle.chain.genesis_hash:
        raise DoesNotHold(f"That chain begins with {genesis_hash}, the bundle's with {bundle.chain.genesis_hash}.")
    final = await chain.final_head()
    blocks: dict[str, Block] = {}
    for event in (bundle.terms, *bundle.events):
        if event.block_hash not in blocks:
            blocks[event.block_hash] = await _final_block(chain, event, final_number=final.number)
        _check_event(event, blocks[event.block_hash], bundle.chain.contract)
    yield f"All {len(bundle.events) + 1} events are in final blocks of the chain that begins with {genesis_hash}."

    contract = EscrowContract(chain, EvmAddress(bundle.chain.contract))
    held = (await orders_at(contract, [bundle.contract_order_id], block_hash=final.hash))[bundle.contract_order_id]
    reported, now = _state_at_the_end(bundle).status, None if held is None else held.status
    if reported != now:
        yield f"Note: the bundle ends where the order is {reported}; in final block {final.number} it is {now}."
    else:
        yield f"In final block {final.number} the contract, too, says that the order is {now}."


def _check_signature(signed: SignedBundle, raw: dict[str, Any], key: str | None) -> str:
    if key is not None and key.lower().removeprefix("0x") != signed.public_key:
        raise DoesNotHold(f"The bundle is signed by {signed.public_key}, which is not the key that was given.")
    try:
        VerifyKey(bytes.fromhex(signed.public_key)).verify(canonical(raw), bytes.fromhex(signed.signature))
    except (BadSignatureError, ValueError) as error:
        raise DoesNotHold("The signature is not that of this document.") from error
    whose = "the key that was given" if key is not None else "a key that nobody vouches for here"
    return f"The signature is by {whose}, {signed.public_key}."


def _check_order(bundle: Bundle) -> str:
    """The events are this order's, in the order of the chain, from its creation under these terms."""
    for event in (bundle.terms, *bundle.events):
        known = escrow_interface().events.get(event.name)
        if known is None or {field.name for field in known.fields} != event.arguments.keys():
            raise DoesNotHold(f"{_named(event)} is no event of the contract's.")
    if not bundle.events or bundle.events[0].name != "OrderCreated":
        raise DoesNotHold("The events do not begin with the order's creation.")
    for event in bundle.events:
        if event.arguments.get("order_id") != str(bundle.contract_order_id):
            raise DoesNotHold(f"{_named(event)} is not of order {bundle.contract_order_id} on the contract.")
    for before, after in pairwise(bundle.events):
        if (before.block_number, before.event_index) >= (after.block_number, after.event_index):
            raise DoesNotHold(f"{_named(after)} cannot come after {_named(before)}.")
    said, terms = bundle.events[0].arguments, bundle.terms
    if said["reference"] != "0x" + reference_word(bundle.order).hex():
        raise DoesNotHold(f"The order was not created with reference {bundle.order}.")
    if terms.name != "TermsPublished" or terms.arguments["terms_id"] != said["terms_id"]:
        raise DoesNotHold(f"The order was created under terms {said['terms_id']}, which these are not.")
    return f"Order {bundle.order} is number {bundle.contract_order_id} on {bundle.chain.contract}, under these terms."


def _check_course(bundle: Bundle) -> str:
    state = _state_at_the_end(bundle)
    if state.disputed_at is None:
        raise DoesNotHold("By its events this order was never disputed.")
    statuses = [str(STATUS_AFTER_EVENT[event.name]) for event in bundle.events if event.name in STATUS_AFTER_EVENT]
    return f"The {len(bundle.events)} events make a course that the contract allows: {', '.join(statuses)}."


def _state_at_the_end(bundle: Bundle) -> OrderState:
    """Return what the events make of the order. Raises DoesNotHold."""
    rows = [
        ChainEvent(
            name=event.name,
            arguments=dict(event.arguments),
            contract_order_id=bundle.contract_order_id,
            block_number=event.block_number,
            happened_at=event.happened_at,
        )
        for event in bundle.events
    ]
    try:
        return order_state_from(rows)
    except (EventDoesNotFit, ValueError, OverflowError) as error:
        raise DoesNotHold(f"The events do not fit together: {error}.") from error


def _check_decision(bundle: Bundle) -> str:
    decided = Decision.in_events(bundle.events)
    if bundle.decision != decided:
        raise DoesNotHold("The decision is not the one that the events tell of.")
    if decided is None:
        return "Nobody has divided the money, and the bundle says so."
    parts = f"{decided.buyer_amount} to the buyer, {decided.seller_amount} to the seller, {decided.fee} as the fee"
    return f"{_person(bundle, decided.by)} ended it: {parts}."


def _check_thread(bundle: Bundle, raw: dict[str, Any]) -> str:
    """The chain of digests; and that its entries are by the people of the order, and erase only what was shown."""
    try:
        check_thread(raw["thread"], order=str(bundle.order))
    except ThreadBroken as error:
        raise DoesNotHold(f"The thread does not hold: {error}.") from error
    said = bundle.events[0].arguments
    people = {said["buyer"], said["seller"], bundle.terms.arguments["arbiter"]}
    shown = set()
    for entry in bundle.thread:
        if entry.author not in people:
            raise DoesNotHold(f"Entry {entry.number} of the thread is by somebody with no part in the order.")
        if entry.kind is EntryKind.EVIDENCE:
            shown.add(entry.number)
        if entry.kind is EntryKind.ERASURE and entry.erases not in shown:
            raise DoesNotHold(f"Entry {entry.number} of the thread erases what was never shown.")
    return f"The thread is whole: each of its {len(bundle.thread)} entries has the digest that the next one carries."


def _check_files(bundle: Bundle) -> str:
    """Every file has a CID, and how many of them the chain knows. What it knows besides may be elsewhere."""
    digests = []
    for entry in bundle.thread:
        if entry.kind is EntryKind.EVIDENCE:
            if entry.file is None:
                raise DoesNotHold(f"Entry {entry.number} of the thread shows no file.")
            try:
                digests.append("0x" + Cid.parse(entry.file.cid).digest.hex())
            except CidNotValid as error:
                raise DoesNotHold(f"The file of entry {entry.number} has no CID: {entry.file.cid!r}.") from error
    reported = {str(event.arguments["evidence"]) for event in bundle.events if "evidence" in event.arguments}
    elsewhere = reported - set(digests) - {"0x" + NO_DIGEST.hex()}
    known = sum(digest in reported for digest in digests)
    return (
        f"{known} of {len(digests)} files that the thread shows are on the chain by their CIDs;"
        f" {len(elsewhere)} on the chain are not in the thread."
    )


async def _final_block(chain: ChainClient, event: BundleEvent, *, final_number: int) -> Block:
    if event.block_number > final_number:
        raise DoesNotHold(f"{_named(event)} is not final on that chain, which is at block {final_number}.")
    there = await chain.block_hash(event.block_number)
    if there != event.block_hash:
        raise DoesNotHold(f"Block {event.block_number} is {there} on that chain, in the bundle {event.block_hash}.")
    return await chain.block_by_hash(event.block_hash)


def _check_event(event: BundleEvent, block: Block, contract: str) -> None:
    found = [one for one in block.events if one.index == event.event_index and one.is_contract_event_of(contract)]
    if not found:
        raise DoesNotHold(f"{_named(event)} is not among the contract's events there.")
    reported = BundleEvent.of_row(ChainEvent(**event_row(block, found[0], Finality.FINALIZED)))
    if reported != event:
        raise DoesNotHold(f"{_named(event)} says something else on the chain.")


def _person(bundle: Bundle, address: str) -> str:
    """Return who bears this address in the order, for people."""
    said = bundle.events[0].arguments
    roles = {bundle.terms.arguments["arbiter"]: "The arbiter", said["seller"]: "The seller", said["buyer"]: "The buyer"}
    return f"{roles.get(address, 'Somebody with no part in it')} ({address})"


def _named(event: BundleEvent) -> str:
    return f"{event.name} (event {event.event_index} of block {event.block_number})"
