"""Check that a sealed file opens as it was, in parts too, and that nothing of it can be changed, moved or left out."""

import tracemalloc
from collections.abc import Callable
from io import BytesIO
from typing import cast
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import example, given, settings
from hypothesis import strategies as st

from descrow.disputes.sealed_files import CHUNK_BYTES, HEADER_BYTES, TAG_BYTES, opened_pieces, sealed_pieces
from descrow.disputes.sealing import NONCE_BYTES, NotSealedSo
from tests.content.block_stores import some_bytes
from tests.disputes.sealed import seal, seal_as_before, stored, unseal

KEY, OTHER_KEY = bytes(range(32)), bytes(32)
ORDER, OTHER_ORDER = UUID(int=7), UUID(int=8)
SIZES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 4 * CHUNK_BYTES, 9 * CHUNK_BYTES + 5]
PLAIN = some_bytes(3 * CHUNK_BYTES + 100)
SEALED = seal(PLAIN, KEY, ORDER)
Seal = Callable[[bytes, bytes, UUID], bytes]
SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("how", [seal, seal_as_before])
def test_a_file_comes_back_as_it_was(size: int, how: Seal) -> None:
    plain = some_bytes(size)

    assert unseal(how(plain, KEY, ORDER), KEY, ORDER, size_bytes=size) == plain


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(PLAIN) - 1), st.integers(1, len(PLAIN)), st.booleans())
def test_every_range_is_that_part_of_the_file(start: int, length: int, is_sealed_as_before: bool) -> None:
    wanted = range(start, min(start + length, len(PLAIN)))
    sealed = seal_as_before(PLAIN, KEY, ORDER) if is_sealed_as_before else SEALED

    assert unseal(sealed, KEY, ORDER, size_bytes=len(PLAIN), wanted=wanted) == PLAIN[wanted.start : wanted.stop]


def test_the_format_is_the_one_that_is_documented() -> None:
    """Anybody with the key can open a chunk by hand."""
    header, chunk = SEALED[:HEADER_BYTES], SEALED[-(100 + TAG_BYTES) :]

    assert header == b"descrow sealed 2" + len(PLAIN).to_bytes(8, "big")
    nonce = (3).to_bytes(11, "big") + b"\1"
    assert AESGCM(KEY).decrypt(nonce, chunk, ORDER.bytes + header) == PLAIN[-100:]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255), st.booleans())
@example(place=HEADER_BYTES - 1, change=1, is_sealed_as_before=False)
def test_a_changed_byte_is_noticed(place: int, change: int, is_sealed_as_before: bool) -> None:
    sealed = bytearray(seal_as_before(PLAIN, KEY, ORDER) if is_sealed_as_before else SEALED)
    sealed[place % len(sealed)] ^= change

    with pytest.raises(NotSealedSo):
        unseal(bytes(sealed), KEY, ORDER, size_bytes=len(PLAIN))


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(st.integers(0, len(SEALED) - 1), st.integers(0, 3).map(lambda n: HEADER_BYTES + n * SEALED_CHUNK_BYTES))
)
def test_a_file_that_is_cut_off_is_noticed(length: int) -> None:
    with pytest.raises(NotSealedSo):
        unseal(SEALED[:length], KEY, ORDER, size_bytes=len(PLAIN))


def test_a_shorter_file_cannot_be_made_of_the_first_chunks_of_a_longer_one() -> None:
    size = 2 * CHUNK_BYTES
    chunks = SEALED[HEADER_BYTES : HEADER_BYTES + 2 * SEALED_CHUNK_BYTES]
    shorter = b"descrow sealed 2" + size.to_bytes(8, "big") + chunks

    with pytest.raises(NotSealedSo):
        unseal(shorter, KEY, ORDER, size_bytes=size)


@pytest.mark.parametrize("order_of_chunks", [[1, 0, 2, 3], [0, 0, 2, 3], [0, 2, 3], [0, 1, 2, 2]])
def test_chunks_cannot_be_moved_repeated_or_left_out(order_of_chunks: list[int]) -> None:
    def chunk(number: int) -> bytes:
        begin = HEADER_BYTES + number * SEALED_CHUNK_BYTES
        return SEALED[begin : begin + SEALED_CHUNK_BYTES]

    altered = SEALED[:HEADER_BYTES] + b"".join(map(chunk, order_of_chunks))

    with pytest.raises(NotSealedSo):
        unseal(altered, KEY, ORDER, size_bytes=len(PLAIN))


@pytest.mark.parametrize("how", [seal, seal_as_before])
def test_nothing_opens_with_another_key_or_under_another_order(how: Seal) -> None:
    sealed = how(PLAIN, KEY, ORDER)

    for key, order in ((OTHER_KEY, ORDER), (KEY, OTHER_ORDER)):
        with pytest.raises(NotSealedSo):
            unseal(sealed, key, order, size_bytes=len(PLAIN))


@pytest.mark.parametrize("size", [0, len(PLAIN) - 1, len(PLAIN) + 1])
def test_nothing_opens_as_a_file_of_another_size(size: int) -> None:
    with pytest.raises(NotSealedSo):
        unseal(SEALED, KEY, ORDER, size_bytes=size)


async def test_no_piece_is_shown_before_its_chunk_was_checked() -> None:
    altered = bytearray(SEALED)
    altered[HEADER_BYTES + 2 * SEALED_CHUNK_BYTES] ^= 1
    store, root = stored(bytes(altered))
    pieces = opened_pieces(store.get, root, KEY, ORDER, size_bytes=len(PLAIN))

    assert await anext(pieces) + await anext(pieces) == PLAIN[: 2 * CHUNK_BYTES]
    with pytest.raises(NotSealedSo):
        await anext(pieces)


async def test_of_a_file_in_one_piece_nothing_is_shown_before_all_of_it_was_checked() -> None:
    altered = bytearray(seal_as_before(PLAIN, KEY, ORDER))
    altered[-TAG_BYTES - 1] ^= 1
    store, root = stored(bytes(altered))

    with pytest.raises(NotSealedSo):
        await anext(opened_pieces(store.get, root, KEY, ORDER, size_bytes=len(PLAIN)))


class Zeros(BytesIO):
    """A large file that nobody holds."""

    size = 60_000_000
    at = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = self.size if whence else offset
        return self.at

    def read(self, size: int | None = -1) -> bytes:
        piece = bytes(min(cast(int, size), self.size - self.at))
        self.at += len(piece)
        return piece


def test_a_large_file_is_never_held_whole() -> None:
    tracemalloc.start()
    sealed_bytes = sum(len(piece) for piece in sealed_pieces(Zeros(), KEY, ORDER))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert sealed_bytes > Zeros.size
    assert peak < 10 * CHUNK_BYTES


async def test_thirty_slow_readers_do_not_hold_thirty_files() -> None:
    file = some_bytes(10_000_000)
    store, root = stored(seal(file, KEY, ORDER))
    tracemalloc.start()

    readers = [opened_pieces(store.get, root, KEY, ORDER, size_bytes=len(file)) for _ in range(30)]
    for reader in readers:
        await anext(reader)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 3 * len(file)


def test_no_nonce_of_a_file_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    nonces: list[bytes] = []

    class NotingNonces:
        def __init__(self, key: bytes) -> None: ...

        def encrypt(self, nonce: bytes, *_: bytes) -> bytes:
            nonces.append(nonce)
            return b""

    monkeypatch.setattr("descrow.disputes.sealed_files.AESGCM", NotingNonces)
    for _ in sealed_pieces(Zeros(), KEY, ORDER):
        pass

    assert len(set(nonces)) == len(nonces) == -(-Zeros.size // CHUNK_BYTES)
    assert {len(nonce) for nonce in nonces} == {NONCE_BYTES}
    assert [nonce[-1] for nonce in nonces] == [0] * (len(nonces) - 1) + [1]
