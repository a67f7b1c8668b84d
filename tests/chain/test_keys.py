"""Keys and addresses, checked against vectors that every Substrate tool agrees on."""

import pytest
import sr25519
from hypothesis import given
from hypothesis import strategies as st
from scalecodec.utils.ss58 import ss58_encode  # type: ignore[attr-defined]

from descrow.chain.keys import Keypair, NotAnAddress, account_id_of, address_of, evm_address_of

ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
ALICE_PUBLIC_KEY = bytes.fromhex("d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d")
ALICE_SEED = "0xe5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a"

account_ids = st.binary(min_size=32, max_size=32)
prefixes = st.integers(min_value=0, max_value=16_383).filter(lambda prefix: prefix not in (46, 47))  # reserved


def test_alice_is_who_she_is_everywhere() -> None:
    alice = Keypair.from_uri("//Alice")

    assert alice.public_key == ALICE_PUBLIC_KEY
    assert alice.address == ALICE
    assert alice.evm_address == "0x9621dde636de098b43efb0fa9b61facfe328f99d"


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("//Bob", "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"),
        ("//Alice//stash", "5GNJqTPyNqANBkUVMN1LPPrxXnFouWXoe2wNSmmEoLctxiZY"),
        (ALICE_SEED, ALICE),
    ],
)
def test_a_path_or_a_seed_gives_the_account_that_other_tools_give(uri: str, address: str) -> None:
    assert Keypair.from_uri(uri).address == address


def test_a_number_in_a_path_is_not_its_text() -> None:
    too_large_for_a_number = "//" + "9" * 23

    addresses = {Keypair.from_uri(uri).address for uri in ("//1", "//01x", "//٣", too_large_for_a_number)}

    assert len(addresses) == 4


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "Alice",
        "/Alice",
        "//",
        "//Alice//",
        "//Alice/soft",
        "//Alice///password",
        "//" + "a" * 64,
        "0x",
        "0x12",
        "0xzz",
        "0x" + "11" * 33,
    ],
)
def test_what_is_no_key_is_refused(uri: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Keypair.from_uri(uri)


def test_a_key_signs_what_its_account_can_be_asked_about() -> None:
    alice = Keypair.from_uri("//Alice")

    signature = alice.sign(b"what Alice says")

    assert sr25519.verify(signature, b"what Alice says", ALICE_PUBLIC_KEY)
    assert not sr25519.verify(signature, b"what Alice did not say", ALICE_PUBLIC_KEY)


def test_the_secret_is_never_shown() -> None:
    alice = Keypair.from_uri("//Alice")
    _, secret = sr25519.pair_from_seed(bytes.fromhex(ALICE_SEED[2:]))

    shown = f"{alice!r} {alice} {[alice]}"

    assert repr(ALICE_PUBLIC_KEY) in shown
    assert repr(secret) not in shown
    assert secret.hex() not in shown


@given(account_id=account_ids, prefix=prefixes)
def test_an_address_of_any_prefix_is_the_same_account(account_id: bytes, prefix: int) -> None:
    address = str(ss58_encode(account_id, prefix))

    assert account_id_of(address) == account_id


@given(account_id=account_ids)
def test_an_account_comes_back_from_its_address(account_id: bytes) -> None:
    assert account_id_of(address_of(account_id)) == account_id


@given(text=st.text(max_size=80))
def test_text_that_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(NotAnAddress):
        account_id_of(text)


@given(place=st.integers(min_value=0, max_value=len(ALICE) - 1), other=st.sampled_from("123ABCabcxyz0OIl"))
def test_an_address_with_one_wrong_letter_is_refused(place: int, other: str) -> None:
    mistyped = ALICE[:place] + other + ALICE[place + 1 :]

    if mistyped != ALICE:
        with pytest.raises(NotAnAddress):
            account_id_of(mistyped)


@pytest.mark.parametrize(
    "text",
    [
        "0x" + ALICE_PUBLIC_KEY.hex(),
        f" {ALICE}",
        "z" * 1_000_000,
        str(ss58_encode(bytes(33), 42)),
        str(ss58_encode(bytes(8), 42)),
    ],
)
def test_what_only_resembles_an_address_is_refused_at_once(text: str) -> None:
    with pytest.raises(NotAnAddress):
        account_id_of(text)


@given(ethereum_address=st.binary(min_size=20, max_size=20))
def test_an_account_made_from_an_ethereum_address_gives_it_back(ethereum_address: bytes) -> None:
    account_id = ethereum_address + b"\xee" * 12

    assert evm_address_of(account_id) == "0x" + ethereum_address.hex()


def test_eleven_of_the_twelve_marks_are_not_enough_to_be_an_ethereum_account() -> None:
    account_id = b"\x11" * 21 + b"\xee" * 11

    assert evm_address_of(account_id) != "0x" + "11" * 20
