"""Keep partial uploads of evidence, which arrive in parts over links that break.

It is kept in Valkey, encrypted, where it vanishes by itself: no backup keeps what was never shown to anybody. Each
party has one unfinished file an order; one with another digest takes its place.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import cast
from uuid import UUID

from valkey.asyncio import Valkey

from descrow.disputes.errors import FileNotWhole, PartNotNext
from descrow.disputes.sealing import Vault

KEPT_FOR_S = 24 * 3600
KEPT_WHEN_SHOWN_S = 15 * 60
"""For a repeat of the request that shows it, whose answer was lost."""

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

    async def whole(self) -> bytes:
        """Raises FileNotWhole while it does not have its digest."""
        digest, kept = await self.valkey.mget(self._keys)
        received = self._veil(kept, 0) if digest == self.sha256.encode() and kept is not None else b""
        if sha256(received).hexdigest() != self.sha256:
            raise FileNotWhole(received_bytes=len(received))
        return received

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
