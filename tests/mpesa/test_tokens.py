"""The one token: fetched once however many ask, kept by every store alike, given up before its time is over."""

import asyncio
from collections.abc import Callable
from uuid import uuid4

import pytest
from valkey.asyncio import Valkey

from descrow.mpesa.outcomes import Refusal, Refused
from descrow.mpesa.tokens import FetchedToken, MemoryTokenStore, Tokens, TokenStore, ValkeyTokenStore


class Counter:
    """Gives `token-1`, `token-2`, … and lets others run meanwhile."""

    def __init__(self, *, lasts_s: int = 3599) -> None:
        self.given = 0
        self.lasts_s = lasts_s

    async def __call__(self) -> FetchedToken:
        await asyncio.sleep(0)
        self.given += 1
        return FetchedToken(f"token-{self.given}", self.lasts_s)


@pytest.fixture(params=["valkey", "memory"])
def store(request: pytest.FixtureRequest, valkey: Valkey) -> TokenStore:
    return ValkeyTokenStore(valkey, f"token:{uuid4()}") if request.param == "valkey" else MemoryTokenStore(lambda: 0.0)


async def test_however_many_ask_one_token_is_fetched(store: TokenStore) -> None:
    fetch = Counter()
    processes = [Tokens(store, fetch) for _ in range(3)]

    tokens = await asyncio.gather(*(processes[n % 3].token() for n in range(30)))

    assert set(tokens) == {"token-1"}
    assert fetch.given == 1


async def test_a_rejected_token_is_replaced_once_for_all_who_held_it(store: TokenStore) -> None:
    fetch = Counter()
    processes = [Tokens(store, fetch) for _ in range(3)]
    await processes[0].token()

    tokens = await asyncio.gather(*(process.another_than("token-1") for process in processes))

    assert set(tokens) == {"token-2"}
    assert fetch.given == 2


async def test_a_late_complaint_about_an_old_token_leaves_the_new_one_alone(store: TokenStore) -> None:
    fetch = Counter()
    tokens = Tokens(store, fetch)
    await tokens.token()
    await tokens.another_than("token-1")

    assert await tokens.another_than("token-1") == "token-2"
    assert fetch.given == 2


async def test_no_token_is_kept_where_none_was_given(store: TokenStore) -> None:
    async def refuse() -> Refused:
        return Refused(Refusal.MISCONFIGURED, "no_token", "wrong key")

    assert isinstance(await Tokens(store, refuse).token(), Refused)
    assert await store.current() is None


@pytest.mark.parametrize(
    ("lasts_s", "kept_s"), [(3599, 3479), (241, 121), (240, 120), (60, 30), (1, 1)], ids=lambda seconds: f"{seconds} s"
)
async def test_a_token_is_given_up_before_its_end(valkey: Valkey, lasts_s: int, kept_s: int) -> None:
    key = f"token:{uuid4()}"

    await Tokens(ValkeyTokenStore(valkey, key), Counter(lasts_s=lasts_s)).token()

    assert kept_s - 1 <= await valkey.ttl(key) <= kept_s


async def test_a_token_whose_time_is_over_is_fetched_anew() -> None:
    now = 0.0
    clock: Callable[[], float] = lambda: now  # noqa: E731
    fetch = Counter()
    tokens = Tokens(MemoryTokenStore(clock), fetch)
    await tokens.token()

    now = 3479.0

    assert await tokens.token() == "token-2"
