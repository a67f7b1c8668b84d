"""The access token: one for all processes, since a new one ends the life of the one before.

So a token is fetched under a lock, kept where every process finds it, and given up a little before it ends or as soon
as Daraja says that it is no good.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import msgspec
from valkey.asyncio import Valkey

from descrow.mpesa.outcomes import Refused

MARGIN_S = 120
"""A token with less left than this is not used: it must outlive the call it is used for."""

LOCK_S = 30
"""Longer than fetching a token can take; a process that died while fetching holds up the others no longer."""


class FetchedToken(msgspec.Struct, frozen=True):
    value: str
    lasts_s: int


class TokenStore(Protocol):
    """Describe where the one token is kept. Raises ValkeyError where that place cannot be reached."""

    async def current(self) -> str | None:
        """The token, unless there is none or its time is over."""

    async def keep(self, token: str, *, for_s: int) -> None: ...

    async def discard(self, token: str) -> None:
        """Forget this token, but not one that has taken its place already."""

    def refreshing(self) -> AbstractAsyncContextManager[object]:
        """Held by at most one that fetches a new token."""


class ValkeyTokenStore:
    """Shared by every process that knows the Valkey."""

    def __init__(self, valkey: Valkey, key: str) -> None:
        self._valkey = valkey
        self._key = key
        self._delete_if_same = valkey.register_script(_DELETE_IF_SAME)

    async def current(self) -> str | None:
        token: bytes | None = await self._valkey.get(self._key)
        return None if token is None else token.decode()

    async def keep(self, token: str, *, for_s: int) -> None:
        await self._valkey.set(self._key, token, ex=for_s)

    async def discard(self, token: str) -> None:
        await self._delete_if_same(keys=[self._key], args=[token])

    def refreshing(self) -> AbstractAsyncContextManager[object]:
        return self._valkey.lock(f"{self._key}:refresh", timeout=LOCK_S, blocking_timeout=LOCK_S, sleep=0.05)


_DELETE_IF_SAME = "if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end"


class MemoryTokenStore:
    """Of one process, for as long as it runs: for tests and for trying things out."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._token: str | None = None
        self._ends_at = 0.0
        self._lock = asyncio.Lock()

    async def current(self) -> str | None:
        return self._token if self._clock() < self._ends_at else None

    async def keep(self, token: str, *, for_s: int) -> None:
        self._token, self._ends_at = token, self._clock() + for_s

    async def discard(self, token: str) -> None:
        if token == self._token:
            self._token = None

    @asynccontextmanager
    async def refreshing(self) -> AsyncIterator[None]:
        async with self._lock:
            yield


class Tokens:
    """Hands out the token, and fetches a new one when there is none; however many ask, one fetches."""

    def __init__(self, store: TokenStore, fetch: Callable[[], Awaitable[FetchedToken | Refused]]) -> None:
        self._store = store
        self._fetch = fetch
        self._asking = asyncio.Lock()  # so that of each process only one waits for the store's lock

    async def token(self) -> str | Refused:
        """The token, or why Daraja gives none."""
        token = await self._store.current()
        if token is not None:
            return token
        async with self._asking:
            token = await self._store.current()
            if token is not None:
                return token
            async with self._store.refreshing():
                return await self._store.current() or await self._new_token()

    async def another_than(self, rejected: str) -> str | Refused:
        """A token to try once more with, after Daraja took this one for no good."""
        await self._store.discard(rejected)
        return await self.token()

    async def _new_token(self) -> str | Refused:
        fetched = await self._fetch()
        if isinstance(fetched, Refused):
            return fetched
        await self._store.keep(fetched.value, for_s=fetched.lasts_s - min(MARGIN_S, fetched.lasts_s // 2))
        return fetched.value
