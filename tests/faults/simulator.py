"""Daraja in a drill: the simulator as a part of the stack, told what goes wrong, and asked for its own books."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec

from descrow.app.demo.shop_client import OUTAGE_S, RETRY_S
from descrow.app.devstack import mpesa
from descrow.app.devstack.daraja.control_routes import BooksView
from descrow.app.devstack.daraja.faults import Fault
from descrow.app.devstack.daraja.transactions import Transaction, TransactionEvent
from descrow.app.devstack.data_dir import DataDirectory
from descrow.app.devstack.errors import PartUnhealthy
from descrow.app.devstack.mpesa import MERCHANT, NAME
from descrow.app.devstack.run_files import running_processes
from descrow.app.devstack.stack import Launch
from descrow.kernel.money import KesCents
from descrow.mpesa.settings import PREFIX

KES_CENTS_PER_DOT = 100_00
PROMPT_LASTS_S = 7
LONGEST_THOUGHT_S = 5
"""Some phones are answered at once, others so late that the prompt is asked for meanwhile."""
LONGEST_HOLD_S = 3
"""What a fault delays or holds back is on its way after so long."""
BALANCE_CHECK_EVERY_S = 10
_ROWS_AT_ONCE = 10_000

_ANY_REQUEST = dict.fromkeys((Fault.TOKEN_KILLED, Fault.SPIKE_ARREST, Fault.HTML_ERROR, Fault.EMPTY_ERROR), 0.01)
_OFTEN = {Fault.VALIDATION_LOST: 0.5}
"""So that payments by hand that cannot be right are made all the same."""
_RARE = dict.fromkeys(
    (Fault.QUEUE_TIMEOUT_UNPAID, Fault.QUEUE_TIMEOUT_PAID, Fault.RESULT_BEFORE_ACK, Fault.B2C_CODE_UNUSUAL), 0.02
)
PROBABILITIES = dict.fromkeys(Fault, 0.05) | _ANY_REQUEST | _RARE | _OFTEN
"""Of each fault, at each event that it may strike."""


def launch(directory: DataDirectory, port: int) -> Launch:
    return mpesa.launch(directory, port, prompt_timeout_s=PROMPT_LASTS_S, result_delay_s=0.05, repeat_window_s=0)


async def answers(port: int) -> None:
    """Raises PartUnhealthy while it does not."""
    try:
        async with httpx.AsyncClient(timeout=2) as http:
            (await http.get(f"{_url(port)}/health")).raise_for_status()
    except httpx.HTTPError as error:
        raise PartUnhealthy(NAME, str(error)) from error


async def open_account(port: int, directory: DataDirectory, *, callbacks: str) -> dict[str, str]:
    """The marketplace's account there, as its processes read it from their environment."""
    async with httpx.AsyncClient(base_url=_url(port), timeout=10) as http:
        certificate = await mpesa.fetch_certificate(http, directory)
    account = {
        "ENVIRONMENT": _url(port),
        "CERTIFICATE": certificate,
        "CALLBACK_BASE_URL": callbacks,
        "CALLBACK_SECRET": directory.secret("callbacks"),
        "KES_CENTS_PER_DOT": KES_CENTS_PER_DOT,
        "RATE_SPREAD_BPS": 0,
        "PAY_BY_HAND": "true",
        "BALANCE_CHECK_EVERY_S": BALANCE_CHECK_EVERY_S,
        "REQUESTS_PER_MINUTE": 60_000,
        "BURST": 1_000,
        "PROMPTS_AN_HOUR": 10_000,
        "PROMPTS_A_DAY": 10_000,
        "PROMPTS_A_DAY_OF_ACCOUNT": 10_000,
        "PROMPTS_A_DAY_OF_NETWORK": 10_000,
        "UNWANTED_PROMPTS": 10_000,
    }
    return {f"{PREFIX}{name}": str(value) for name, value in account.items()} | MERCHANT


@dataclass
class Simulator:
    """Its control interface, which outlives its kills: every question is asked again until it is answered."""

    url: str
    _http: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        self._http = httpx.AsyncClient(base_url=f"{self.url}/control", timeout=30)

    async def close(self) -> None:
        await self._http.aclose()

    async def hand_out_phones(self, msisdns: list[str], *, balance: KesCents) -> None:
        for msisdn in msisdns:
            await self._ask("POST", "/phones", {"msisdn": msisdn, "balance_cents": balance})

    async def let_phones_answer(self) -> None:
        """Most pay, after a while in which something else may happen."""
        way = {"pay": 16, "cancel": 1, "wrong_pin": 1, "ignore": 1, "insufficient": 1}
        await self._ask("PUT", "/auto-answer", way | {"delay_s": 0.1, "longest_delay_s": LONGEST_THOUGHT_S})

    async def pay_by_hand(self, msisdn: str, account: str, amount: KesCents) -> None:
        """Type an account number and a sum on a phone. A kill in between may make two payments of it."""
        with suppress(httpx.HTTPStatusError):
            await self._ask("POST", f"/phones/{msisdn}/pay", {"account": account, "amount_cents": amount})

    async def misbehave(self, seed: int) -> None:
        """Everything goes wrong from now on: each fault strikes once for certain, and then by chance."""
        faults = {
            fault: {"count": 1, "probability": probability, "delay_s": LONGEST_HOLD_S if _is_of_posts(fault) else 1}
            for fault, probability in PROBABILITIES.items()
        }
        await self._ask("PUT", "/faults", {"seed": seed, "faults": faults})

    async def behave(self) -> None:
        await self._ask("PUT", "/faults", {"faults": {}})

    async def transactions(self) -> list[Transaction]:
        """All, in their order."""
        found: list[Transaction] = []
        while page := await self._page("/transactions", after=found[-1].number if found else 0):
            found += msgspec.convert(page, list[Transaction])
        return found

    async def faults_struck(self) -> Counter[Fault]:
        """Return how often each fault struck since the beginning."""
        struck: Counter[Fault] = Counter()
        last = 0
        while page := msgspec.convert(await self._page("/history", after=last), list[TransactionEvent]):
            struck.update(Fault(event.detail.split()[0]) for event in page if event.what == "fault")
            last = page[-1].history_id
        return struck

    async def books(self) -> BooksView:
        return msgspec.convert(await self._ask("GET", "/books"), BooksView)

    async def _page(self, path: str, *, after: int) -> Any:
        return await self._ask("GET", f"{path}?after={after}&limit={_ROWS_AT_ONCE}")

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        async with asyncio.timeout(OUTAGE_S):
            while True:
                try:
                    answer = await self._http.request(method, path, json=body)
                except httpx.TransportError:
                    await asyncio.sleep(RETRY_S)
                    continue
                return answer.raise_for_status().json()


@asynccontextmanager
async def simulator_in(directory: DataDirectory) -> AsyncIterator[Simulator]:
    """Yield the control interface of the simulator that runs there."""
    port = next(process.port for process in running_processes(directory) if process.name == NAME)
    simulator = Simulator(_url(port or 0))
    try:
        yield simulator
    finally:
        await simulator.close()


def _is_of_posts(fault: Fault) -> bool:
    """Return whether it delays what is posted to us, rather than an answer that one of our processes waits for."""
    return fault in (Fault.CALLBACK_DELAYED, Fault.CALLBACK_REORDERED, Fault.RESULT_DELAYED, Fault.CONFIRMATION_DELAYED)


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}"
