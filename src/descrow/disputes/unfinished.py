"""Keep partial uploads of evidence, which arrive in parts over links that break.

It is kept in Valkey, encrypted, where it vanishes by itself: no backup keeps what was never shown to anybody. Each
party has one unfinished file an order; one with another digest takes its place.
"""

from dataclasses import dataclass
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import IO, cast
from uuid import UUID

from valkey.asyncio import Valkey

from descrow.disputes.errors import FileNotWhole, PartNotNext
from descrow.disputes.sealing import Vault

KEPT_FOR_S = 24 * 3600
KEPT_WHEN_SHOWN_S = 15 * 60
"""For a repeat of the request that shows it, whose answer was lost."""

_READ_BYTES = 262_144
_SPOOLED_BYTES = 1_048_576
"""What is larger waits on the disk, not in memory."""

_APPEND = """
local received = 0
if redis.call('GET', KEYS[1]) == ARGV[1] then received = redis.call('STRLEN', KEYS[2]) end
if received ~= tonumber(ARGV[2]) then return received end
if received == 0 then redis.call('DEL', KEYS[2]) end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[4])
received = redis.call('APPEND', KEYS[2], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[4])
return received
"""


@dataclass(frozen=True)
class UnfinishedFile:
    """The file of this digest (SHA-256, 64 hex digits) that the account wants to show in the order's dispute."""

    valkey: Valkey
    vault: Vault
    order: UUID
    account_id: int
    sha256: str

    async def received_bytes(self) -> int:
        """Return how much has come, counted from the file's beginning."""
        digest_key, bytes_key = self._keys
        asked = self.valkey.pipeline()
        asked.get(digest_key)
        asked.strlen(bytes_key)
        digest, received = await asked.execute()
        return int(received) if digest == self.sha256.encode() else 0

    async def append(self, part: bytes, *, offset: int) -> int:
        """Add what comes next; the bytes received then. Raises PartNotNext, and changes nothing."""
        script = self.valkey.register_script(_APPEND)
        received = cast(int, await script(self._keys, [self.sha256, offset, self._veil(part, offset), KEPT_FOR_S]))
        if received != offset + len(part):
            raise PartNotNext(offset, received_bytes=received)
        return received

    async def whole(self) -> IO[bytes]:
        """The file, to be closed. Raises FileNotWhole while it does not have its digest."""
        bytes_key, received = self._keys[1], await self.received_bytes()
        file, digest = SpooledTemporaryFile(max_size=_SPOOLED_BYTES), sha256()  # noqa: SIM115  (its reader closes it)
        for offset in range(0, received, _READ_BYTES):
            part = self._veil(await self.valkey.getrange(bytes_key, offset, offset + _READ_BYTES - 1), offset)
            file.write(part)
            digest.update(part)
        if digest.hexdigest() != self.sha256:
            file.close()
            raise FileNotWhole(received_bytes=received)
        file.seek(0)
        return file

    async def forget_soon(self) -> None:
        """It was shown."""
        for key in self._keys:
            await self.valkey.expire(key, KEPT_WHEN_SHOWN_S)

    def _veil(self, part: bytes, offset: int) -> bytes:
        return self.vault.veil(part, offset=offset, file=f"{self.order}:{self.account_id}:{self.sha256}")

    @property
    def _keys(self) -> list[str]:
        name = f"unfinished:{{{self.order}:{self.account_id}}}"
        return [f"{name}:sha256", f"{name}:bytes"]
