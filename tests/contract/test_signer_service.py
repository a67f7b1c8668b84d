"""A signer in another process: it signs allowed calls of its contract, says why it signs no others, and may be away."""

import socket
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from descrow.chain.client import ChainClient
from descrow.chain.contract_runs import Limits
from descrow.chain.errors import KeyNotUsable, SignerRefused, SignerUnreachable
from descrow.chain.keys import EvmAddress, Keypair, KeySource, is_signature_of
from descrow.chain.remote_signer import RemoteSigner
from descrow.chain.runtime import ERA_PERIOD, Era
from descrow.chain.scale import encode_compact
from descrow.chain.signers import open_signer
from descrow.contract.abi import escrow_interface
from descrow.contract.models import CallStatus
from descrow.contract.signer_service import NotSigned, SigningRules, build_signer, make_room_for
from descrow.kernel.http.server import LOOPBACK
from descrow.kernel.money import NOTHING, PLANCK_PER_DOT, Planck
from tests.contract.submissions import calls, orders_on_chain, queue, transactions
from tests.market import Market
from tests.servers import free_port, served
from tests.waiting import eventually

TOKEN = "a token that only the worker and the signer know"
OPERATOR = Keypair.from_uri("//Operator")
CONTRACT = EvmAddress("0x" + "c0" * 20)
LIMITS = Limits(ref_time=10**9, proof_size=10**5, storage_deposit=Planck(10**8))


def rules(contract: EvmAddress = CONTRACT, **changes: Any) -> SigningRules:
    usual: dict[str, Any] = {
        "functions": frozenset({"create_order", "settle_expired"}),
        "max_fee": Planck(PLANCK_PER_DOT),
        "max_deposit": Planck(PLANCK_PER_DOT),
    }
    return SigningRules(contract=contract, **{**usual, **changes})


@asynccontextmanager
async def a_signer(chain: ChainClient, allowed: SigningRules, *, at: Path | None = None) -> AsyncIterator[str]:
    """The signer behind a real server; gives the place where it is to be asked."""
    port = free_port()
    place = f"http://{LOOPBACK}:{port}" if at is None else f"unix:{at}"
    async with served(build_signer(OPERATOR, allowed, chain, token=TOKEN), port=port, at=at):
        await eventually(partial(answers, place))
        yield place


async def answers(place: str) -> bool:
    try:
        await RemoteSigner.connect(place, token=TOKEN)
    except SignerUnreachable:
        return False
    return True


class Keeper:
    """A signer that keeps what it was asked to sign."""

    public_key = OPERATOR.public_key
    address = OPERATOR.address
    payload = b""

    async def sign_payload(self, payload: bytes) -> bytes:
        self.payload = payload
        return await OPERATOR.sign_payload(payload)


async def payload_of(chain: ChainClient, call: bytes) -> bytes:
    """Return what an extrinsic with this call has signed."""
    keeper = Keeper()
    await chain.sign(call, keeper)
    return keeper.payload


async def contract_call(
    chain: ChainClient,
    *,
    function: str = "settle_expired",
    arguments: tuple[Any, ...] = ([7],),
    dest: EvmAddress = CONTRACT,
    value: Planck = NOTHING,
    limits: Limits = LIMITS,
) -> bytes:
    data = escrow_interface().encode_call(function, *arguments)
    return await chain.encode_contract_call(dest=dest, data=data, limits=limits, value=value)


async def asked(chain: ChainClient, payload: bytes, allowed: SigningRules | None = None) -> bytes:
    """Return what a signer with these rules answers, without a network in between. Raises NotSigned."""
    transport = httpx.ASGITransport(build_signer(OPERATOR, allowed or rules(), chain, token=TOKEN))  # type: ignore[arg-type]
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(base_url="http://signer", transport=transport, headers=headers) as http:
        answer = await http.post("/v1/signatures", content=payload)
    if answer.status_code != 200:
        assert (answer.status_code, answer.json()["code"]) == (403, "not_signed")
        raise NotSigned(answer.json()["detail"])
    return answer.content


@pytest.mark.parametrize("count", [0, 1, 2])
async def test_allowed_calls_are_signed_alone_and_in_a_batch(chain: ChainClient, count: int) -> None:
    one = await contract_call(chain)
    payload = await payload_of(chain, one if count == 0 else await chain.encode_batch([one] * count))

    signature = await asked(chain, payload)

    assert is_signature_of(signature, payload, OPERATOR.public_key)


async def test_calls_that_the_rules_do_not_allow_are_not_signed(chain: ChainClient) -> None:
    dear = Limits(ref_time=10**9, proof_size=10**5, storage_deposit=Planck(PLANCK_PER_DOT + 1))
    wanted = {
        "is not the one that this key is for": await contract_call(chain, dest=EvmAddress("0x" + "c1" * 20)),
        "would send money": await contract_call(chain, value=Planck(1)),
        "is not allowed": await contract_call(chain, function="set_oracle", arguments=("0x" + "11" * 20,)),
        "a deposit of up to": await contract_call(chain, limits=dear),
    }
    good = await contract_call(chain)
    for why, bad in wanted.items():
        for call in (bad, await chain.encode_batch([good, bad]), await chain.encode_batch([bad, good])):
            with pytest.raises(NotSigned, match=why):
                await asked(chain, await payload_of(chain, call))


async def test_deposits_of_a_batch_are_counted_together(chain: ChainClient) -> None:
    two = await chain.encode_batch([await contract_call(chain)] * 2)
    payload = await payload_of(chain, two)

    with pytest.raises(NotSigned, match="a deposit of up to"):
        await asked(chain, payload, rules(max_deposit=Planck(2 * LIMITS.storage_deposit - 1)))

    assert await asked(chain, payload, rules(max_deposit=Planck(2 * LIMITS.storage_deposit)))


async def test_a_fee_above_the_ceiling_is_not_signed(chain: ChainClient) -> None:
    payload = await payload_of(chain, await contract_call(chain))

    with pytest.raises(NotSigned, match="a fee of"):
        await asked(chain, payload, rules(max_fee=Planck(1)))


async def test_a_tip_is_part_of_the_fee(chain: ChainClient) -> None:
    runtime = await chain._runtime()
    head = await chain.final_head()
    call = await contract_call(chain)
    extra, additional = runtime._signed_parts(nonce=0, era=Era(head.number, head.hash), tip=PLANCK_PER_DOT)

    with pytest.raises(NotSigned, match="a tip of 10000000000"):
        await asked(chain, call + extra + additional)


async def test_other_calls_and_other_chains_are_not_signed(chain: ChainClient) -> None:
    runtime = await chain._runtime()
    dest = {"Id": "0x" + bytes(32).hex()}
    transfer = runtime.encode_call("Balances", "transfer_allow_death", {"dest": dest, "value": 1})
    good = await contract_call(chain)
    batch = await chain.encode_batch([good])
    payload = await payload_of(chain, good)
    genesis = bytes.fromhex((await chain.genesis_hash())[2:])
    wanted = {
        "a transfer": await payload_of(chain, transfer),
        "a transfer in a batch": await payload_of(chain, await chain.encode_batch([good, transfer])),
        "a batch in a batch": await payload_of(chain, await chain.encode_batch([batch])),
        "batches without end": batch[:2] * 30_000,
        "another chain": payload.replace(genesis, bytes(32)),
        "too long": payload + b"\0",
        "too short": payload[:-1],
        "a call alone": good,
        "nothing": b"",
    }
    signed = []
    for name, other in wanted.items():
        with suppress(NotSigned):
            await asked(chain, other)
            signed.append(name)
    assert signed == []


async def test_a_transaction_that_is_never_over_is_not_signed(chain: ChainClient) -> None:
    payload = await payload_of(chain, await contract_call(chain))
    head = await chain.final_head()
    mortal = Era(head.number, head.hash).encode() + encode_compact(await chain.next_nonce(OPERATOR.public_key))
    place = payload.rindex(mortal)

    with pytest.raises(NotSigned, match="never be over"):
        await asked(chain, payload[:place] + b"\0" + payload[place + 2 :])


@pytest.mark.parametrize("birth", [0, 1, ERA_PERIOD - 1, ERA_PERIOD, 1_000_003])
async def test_what_is_read_of_a_payload_is_what_was_put_into_it(chain: ChainClient, birth: int) -> None:
    runtime = await chain._runtime()
    calls = [await contract_call(chain, arguments=([number],)) for number in (1, 2)]
    extra, additional = runtime._signed_parts(nonce=70_000, era=Era(birth, "0x" + "ab" * 32), tip=5)

    read = runtime.read_payload(await chain.encode_batch(calls) + extra + additional, OPERATOR.public_key)

    assert [call.data for call in read.calls] == [
        escrow_interface().encode_call("settle_expired", [number]) for number in (1, 2)
    ]
    assert {(call.dest, call.value, call.storage_deposit_limit) for call in read.calls} == {
        (CONTRACT, NOTHING, LIMITS.storage_deposit)
    }
    assert read.tip == 5


def _over_tcp(_: Path) -> Path | None:
    return None


def _over_a_socket(directory: Path) -> Path | None:
    return directory / "signer.sock"


@pytest.mark.parametrize("way", [_over_tcp, _over_a_socket])
async def test_orders_are_made_with_a_key_that_the_worker_does_not_have(
    market: Market, tmp_path: Path, way: Callable[[Path], Path | None]
) -> None:
    await queue(market, "by the signer's key", terms_id=1)

    async with a_signer(market.chain, rules(market.contract.address), at=way(tmp_path)) as place:
        signer = await open_signer(KeySource(f"signer:{place}", password=TOKEN), market.chain)
        assert signer.address == OPERATOR.address
        await market.sender(signer=signer).step()
    await market.follow()

    assert [call.status for call in await calls(market)] == [CallStatus.SUCCEEDED]
    assert await orders_on_chain(market) == 1


async def test_what_the_signer_refuses_waits_with_its_reason_and_the_others_go(market: Market) -> None:
    await queue(market, "first", terms_id=1)
    await queue(market, "second", terms_id=1)

    async with a_signer(market.chain, rules(market.contract.address, functions=frozenset())) as place:
        signer = await open_signer(KeySource(f"signer:{place}", password=TOKEN), market.chain)
        await market.sender(signer=signer).step()

    refused, other = await calls(market)
    assert (refused.status, refused.attempt_count) == (CallStatus.QUEUED, 1)
    assert "is not allowed" in str(refused.last_error)
    assert other.attempt_count == 0
    assert await transactions(market) == []


async def test_while_the_signer_is_away_nothing_is_lost(market: Market) -> None:
    await queue(market, "patient", terms_id=1)
    async with a_signer(market.chain, rules(market.contract.address)) as place:
        signer = await open_signer(KeySource(f"signer:{place}", password=TOKEN), market.chain)

    with pytest.raises(SignerUnreachable):
        await market.sender(signer=signer).step()

    [call] = await calls(market)
    assert (call.status, call.attempt_count) == (CallStatus.QUEUED, 0)
    assert await transactions(market) == []


async def test_without_the_token_the_signer_says_nothing(chain: ChainClient) -> None:
    async with a_signer(chain, rules()) as place:
        with pytest.raises(SignerRefused, match="token"):
            await RemoteSigner.connect(place, token="a guess")


async def test_a_signature_by_another_key_is_not_believed(chain: ChainClient) -> None:
    async with a_signer(chain, rules()) as place:
        mistaken = RemoteSigner(place, Keypair.from_uri("//Alice").public_key, TOKEN)

        with pytest.raises(SignerUnreachable, match="not its signature"):
            await mistaken.sign_payload(await payload_of(chain, await contract_call(chain)))


async def test_a_place_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(KeyNotUsable, match="signer:http"):
        await RemoteSigner.connect("ftp://somewhere", token=TOKEN)


def test_room_is_made_by_taking_away_a_socket_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    masks: list[int] = []
    monkeypatch.setattr("descrow.contract.signer_service.os.umask", masks.append)
    left, file = tmp_path / "left.sock", tmp_path / "keystore.json"
    file.write_text("not a socket")
    with socket.socket(socket.AF_UNIX) as earlier:
        earlier.bind(str(left))
    assert stat.S_ISSOCK(left.stat().st_mode)

    make_room_for(left)
    make_room_for(file)

    assert not left.exists()
    assert file.read_text() == "not a socket"
    assert masks == [0o177, 0o177]
