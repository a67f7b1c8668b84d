"""The interface for whoever works the simulator: tests, demos, and its own pages. JSON with snake_case names."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Literal

import msgspec
from litestar import MediaType, Router, get, post, put
from litestar.params import QueryParameter
from litestar.response import Stream

from descrow.app.devstack.daraja.books import Entry, Holding, MpesaAccount, wallet
from descrow.app.devstack.daraja.errors import ControlRefusal
from descrow.app.devstack.daraja.faults import ABOUT, About, Fault, Setting, Switches
from descrow.app.devstack.daraja.outbox import Callback
from descrow.app.devstack.daraja.phone_prompts import prompt_text
from descrow.app.devstack.daraja.phones import EVERY_PHONE, AutoAnswer, NewPhone, Phone, PhoneMessage
from descrow.app.devstack.daraja.simulator import Simulator
from descrow.app.devstack.daraja.transactions import Transaction, TransactionEvent

HEARTBEAT_S = 15.0
SHOWN_TRANSACTIONS = 40

After = Annotated[int, QueryParameter(ge=0)]
Limit = Annotated[int, QueryParameter(ge=1, le=10_000)]


class Prompt(msgspec.Struct, frozen=True):
    """Describe what is on the phone now."""

    number: int
    text: str
    merchant: str
    reference: str
    description: str
    amount_cents: int
    asked_at_ms: int
    expires_at_ms: int


class PhoneView(msgspec.Struct, frozen=True):
    """A phone as its page shows it."""

    msisdn: str
    name: str
    pin: str
    is_locked: bool
    balance_cents: int
    auto_answer: AutoAnswer
    prompt: Prompt | None
    messages: list[PhoneMessage]


class ControlAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A PIN, or a tap on Cancel."""

    pin: Annotated[str, msgspec.Meta(max_length=12)] | None = None
    cancel: bool = False


class HandPaymentRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Describe what somebody types in the phone's menu to pay the merchant's paybill."""

    account: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
    amount_cents: Annotated[int, msgspec.Meta(ge=1, le=10**12)]


class Deposit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Money from outside: to a phone, or to an account of the merchant."""

    to: str | Literal["utility", "working"]
    amount_cents: Annotated[int, msgspec.Meta(ge=1, le=10**12)]


class BooksView(msgspec.Struct, frozen=True):
    """All accounts. Both sums are zero."""

    accounts: list[Holding]
    accounts_sum_cents: int
    entries_sum_cents: int


class TransactionView(msgspec.Struct, frozen=True):
    """A transaction and all that befell it."""

    transaction: Transaction
    history: list[TransactionEvent]
    callbacks: list[Callback]
    entries: list[Entry]


class FaultView(msgspec.Struct, frozen=True):
    """One switch of the board."""

    setting: Setting
    about: About


class FaultSettings(msgspec.Struct, frozen=True):
    """All switches, those that are off as well."""

    seed: int
    faults: dict[Fault, FaultView]


class SimulatorOverview(msgspec.Struct, frozen=True):
    """Describe what the operator's page shows."""

    merchant: str
    shortcode: str
    books: BooksView
    phones: list[PhoneView]
    transactions: list[Transaction]
    auto_answer: AutoAnswer
    switchboard: FaultSettings


class MerchantView(msgspec.Struct, frozen=True):
    """Describe what a merchant must know to use this simulator. Play values all of them."""

    consumer_key: str
    consumer_secret: str
    shortcode: str
    passkey: str
    initiator: str
    initiator_password: str


class AnswerNeeded(ControlRefusal):
    status = 400

    def __init__(self) -> None:
        super().__init__("answer_needed", 'an answer is {"pin": "…"} or {"cancel": true}')


def control_router(simulator: Simulator) -> Router:
    """Everything below `/control`."""
    phones, books, transactions = simulator.phones, simulator.books, simulator.transactions

    def prompt_view(push: Transaction) -> Prompt:
        return Prompt(
            number=push.number,
            text=prompt_text(push.amount_cents, simulator.settings.merchant, push.reference),
            merchant=simulator.settings.merchant,
            reference=push.reference,
            description=push.remarks,
            amount_cents=push.amount_cents,
            asked_at_ms=push.requested_at_ms,
            expires_at_ms=push.due_at_ms,
        )

    def phone_view(phone: Phone, *, with_messages: bool = True) -> PhoneView:
        push = simulator.stk.prompt(phone.msisdn)
        return PhoneView(
            msisdn=phone.msisdn,
            name=phone.name,
            pin=phone.pin,
            is_locked=phone.is_locked,
            balance_cents=books.balance_cents(wallet(phone.msisdn)),
            auto_answer=phones.auto_answer(phone.msisdn),
            prompt=prompt_view(push) if push else None,
            messages=phones.messages(phone.msisdn) if with_messages else [],
        )

    def books_view() -> BooksView:
        holdings = books.holdings()
        return BooksView(holdings, sum(holding.balance_cents for holding in holdings), books.entries_sum_cents())

    def switchboard_view() -> FaultSettings:
        switches = simulator.switchboard.switches
        faults = {fault: FaultView(switches.faults.get(fault, Setting()), ABOUT[fault]) for fault in Fault}
        return FaultSettings(switches.seed, faults)

    @get("/phones")
    async def list_phones() -> list[PhoneView]:
        return [phone_view(phone, with_messages=False) for phone in phones.all()]

    @post("/phones")
    async def make_phone(data: NewPhone) -> PhoneView:
        return phone_view(phones.make(data))

    @get("/phones/{msisdn:str}")
    async def show_phone(msisdn: str) -> PhoneView:
        return phone_view(phones.get(msisdn))

    @get("/phones/{msisdn:str}/events")
    async def watch_phone(msisdn: str) -> Stream:
        phones.get(msisdn)

        async def views() -> AsyncIterator[bytes]:
            with simulator.watchers.watch(msisdn) as changed:
                while not simulator.watchers.closed and (phone := phones.find(msisdn)) is not None:
                    changed.clear()
                    yield b"data: " + msgspec.json.encode(phone_view(phone)) + b"\n\n"
                    try:
                        async with asyncio.timeout(HEARTBEAT_S):
                            await changed.wait()
                    except TimeoutError:
                        continue  # the same view again, by which a page that has gone is noticed

        return Stream(views(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    @post("/phones/{msisdn:str}/answer", status_code=200)
    async def answer_prompt(msisdn: str, data: ControlAnswer) -> Transaction:
        if data.cancel:
            return simulator.stk.cancel(msisdn)
        if data.pin is None:
            raise AnswerNeeded
        return simulator.stk.enter_pin(msisdn, data.pin)

    @post("/phones/{msisdn:str}/pay", status_code=200)
    async def pay_by_hand(msisdn: str, data: HandPaymentRequest) -> Transaction:
        return await simulator.paybill.pay(msisdn, account=data.account, amount_cents=data.amount_cents)

    @post("/phones/{msisdn:str}/unlock", status_code=200)
    async def unlock_phone(msisdn: str) -> PhoneView:
        phones.unlock(msisdn)
        return phone_view(phones.get(msisdn))

    @put("/phones/{msisdn:str}/auto-answer")
    async def set_phone_auto_answer(msisdn: str, data: AutoAnswer) -> AutoAnswer:
        phones.set_auto_answer(msisdn, data)
        return data

    @get("/auto-answer")
    async def show_auto_answer() -> AutoAnswer:
        return phones.auto_answer(EVERY_PHONE)

    @put("/auto-answer")
    async def set_auto_answer(data: AutoAnswer) -> AutoAnswer:
        phones.set_auto_answer(EVERY_PHONE, data)
        return data

    @post("/deposits")
    async def deposit(data: Deposit) -> BooksView:
        own: dict[str, MpesaAccount] = {"utility": books.utility, "working": books.working}
        phones.deposit(own.get(data.to) or wallet(data.to), data.amount_cents)
        return books_view()

    @get("/books")
    async def show_books() -> BooksView:
        return books_view()

    @get("/books/entries")
    async def list_entries(after: After = 0, limit: Limit = 1000) -> list[Entry]:
        return books.entries(after=after, limit=limit)

    @get("/transactions")
    async def list_transactions(
        bearing: Annotated[str, QueryParameter(description="An id, receipt, reference or phone.")] = "",
        after: After = 0,
        limit: Limit = 1000,
    ) -> list[Transaction]:
        return transactions.search(bearing, after=after, limit=limit)

    @get("/transactions/{number:int}")
    async def show_transaction(number: int) -> TransactionView:
        return TransactionView(
            transaction=transactions.get(number),
            history=transactions.history_of(number),
            callbacks=simulator.callbacks_of(number),
            entries=books.entries_of(number),
        )

    @get("/history")
    async def list_history(after: After = 0, limit: Limit = 1000) -> list[TransactionEvent]:
        return transactions.history(after=after, limit=limit)

    @get("/faults")
    async def show_faults() -> FaultSettings:
        return switchboard_view()

    @put("/faults")
    async def set_faults(data: Switches) -> FaultSettings:
        simulator.switchboard.switch(data)
        return switchboard_view()

    @get("/overview")
    async def overview() -> SimulatorOverview:
        return SimulatorOverview(
            merchant=simulator.settings.merchant,
            shortcode=simulator.settings.shortcode,
            books=books_view(),
            phones=[phone_view(phone, with_messages=False) for phone in phones.all()],
            transactions=transactions.newest(SHOWN_TRANSACTIONS),
            auto_answer=phones.auto_answer(EVERY_PHONE),
            switchboard=switchboard_view(),
        )

    @get("/merchant")
    async def show_merchant() -> MerchantView:
        return msgspec.convert(simulator.settings, MerchantView, from_attributes=True)

    @get("/certificate", media_type=MediaType.TEXT)
    async def show_certificate() -> str:
        return simulator.credentials.certificate_pem

    @post("/reset", status_code=200)
    async def reset() -> BooksView:
        await simulator.reset()
        return books_view()

    return Router(
        "/control",
        route_handlers=[
            list_phones,
            make_phone,
            show_phone,
            watch_phone,
            answer_prompt,
            pay_by_hand,
            unlock_phone,
            set_phone_auto_answer,
            show_auto_answer,
            set_auto_answer,
            deposit,
            show_books,
            list_entries,
            list_transactions,
            show_transaction,
            list_history,
            show_faults,
            set_faults,
            overview,
            show_merchant,
            show_certificate,
            reset,
        ],
    )
