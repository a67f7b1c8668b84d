"""The ways to pay, behind one protocol: orders, consoles and the API ask an order's method, and never which one it is.

Each method is a class in a package of its own under `descrow.payments`. `descrow.app.wiring` makes those that the shop
has, puts them into one `PaymentMethods`, and hands that to whoever needs it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts.models import Account
from descrow.catalog.models import Product
from descrow.catalog.rates import Rate
from descrow.contract.order_status import PaymentMode
from descrow.orders.division import Division
from descrow.orders.errors import PaymentMethodNotKnown
from descrow.orders.models import Order
from descrow.orders.schemas import MethodName
from descrow.orders.transitions import Party


@dataclass(frozen=True)
class PriceRequest:
    """Describe what the price of a new order depends on."""

    product: Product
    seller: Account
    buyer_id: int
    quote_id: int | None
    """The buyer's own quote, whose price the order takes."""
    rate: Rate | None
    """Asked for before any row was locked; None where it is not needed, and where nobody knows it."""


@dataclass(frozen=True)
class OrderPrice:
    """Describe what a new order says of its money, for good."""

    amount: int
    """In planck for a method whose coin the contract holds, else in KES cents of whole shillings."""
    quote_id: int | None = None
    seller_phone: str | None = None
    """Where the seller is paid, if by phone. A change of the seller's account does not reach orders that are made."""


class PaymentLine(msgspec.Struct, rename="camel"):
    """One attempt to pay, for operators. The phone is masked; `nextAttemptAt` is when its end is asked for next."""

    id: int
    order_id: int
    payment_method: MethodName = msgspec.field(name="paymentMode")
    phone: str
    amount_kes_cents: str
    status: str
    failure: str | None
    receipt_number: str | None
    next_attempt_at: datetime | None
    created_at: datetime


class PayoutLine(msgspec.Struct, rename="camel"):
    """One payout that is owed or made, for operators. The phone is masked."""

    id: int
    order_id: int
    payment_method: MethodName = msgspec.field(name="paymentMode")
    purpose: str
    phone: str | None
    amount_kes_cents: str
    status: str
    last_error: str | None
    created_at: datetime
    paid_at: datetime | None


class PaymentMethod(Protocol):
    """One way to pay. The contract knows only its mode: coin that it holds, or the record of a payment elsewhere.

    Amounts are in planck for `PaymentMode.COIN`, and in KES cents for `PaymentMode.RECORD`. Nothing here commits, and
    nothing waits for a network: the caller owns the transaction, and may hold rows locked.
    """

    @property
    def name(self) -> str:
        """Name it in the database and the API: at most 32 lower-case letters. It never changes."""
        ...

    @property
    def mode(self) -> PaymentMode:
        """Say how the contract keeps its orders."""
        ...

    @property
    def relayed_by(self) -> tuple[Party, ...]:
        """Name who may carry a party's act to the contract, in the order in which they are tried; empty for nobody.

        What each of them may do is in the table of transitions. For methods whose buyers and sellers need no coin.
        """
        ...

    @property
    def smallest_part(self) -> int:
        """Name the smallest amount that it can pay out."""
        ...

    def check_amount(self, amount: int) -> None:
        """Refuse an amount that it cannot move, or that is too small for an order. Raises PriceNotPayable or
        OrderTooSmall.
        """
        ...

    async def price(self, session: AsyncSession, wanted: PriceRequest) -> OrderPrice:
        """Return what an order would cost by this method: the quoted price, the seller's own, or one at the rate.

        Nothing is kept but, where a price is converted, the quote. Raises RateNotAvailable, QuoteNotUsable,
        PriceNotPayable, or what keeps this shop or this seller from being paid so.
        """
        ...

    async def start(self, session: AsyncSession, order: Order, phone_number: str | None) -> None:
        """Begin to collect the money of an order that was just made, if the buyer named a phone to ask.

        The money itself is asked for once the contract has the order. Raises PhoneNotValid, PaidAnotherWay for a method
        that asks no phone, or what keeps this phone from being asked now.
        """
        ...

    async def pay_out(self, session: AsyncSession, order: Order, division: Division) -> None:
        """Owe each party its part of an order that has ended: the seller's payout and the buyer's refund.

        Called for each ended order, inside the transaction that writes its end. A repeat changes nothing. Amounts that
        do not fit what was collected become a case for a person, and no money moves.
        """
        ...

    async def refund(self, session: AsyncSession, order: Order) -> None:
        """Owe the buyer all that was collected for an order which closed before its payment was on the chain.

        A repeat changes nothing, and so does an order that nobody had paid.
        """
        ...

    async def hold(self, session: AsyncSession, orders: Sequence[Order]) -> None:
        """Hold what is owed for these orders and not sent yet: final blocks that it follows from were orphaned.

        A person decides what becomes of it. A repeat changes nothing.
        """
        ...

    async def payments(
        self, session: AsyncSession, *, order_id: int | None = None, live: bool = False, limit: int = 50
    ) -> list[PaymentLine]:
        """Return attempts to pay, the newest first: of one order, those whose end is not known (`live`), or all.

        Empty for a method whose payments are events on the chain.
        """
        ...

    async def payouts(
        self, session: AsyncSession, *, order_id: int | None = None, unpaid: bool = False, limit: int = 50
    ) -> list[PayoutLine]:
        """Return payouts, the newest first: of one order, those that are not paid (`unpaid`), or all.

        Empty for a method that the contract pays out itself.
        """
        ...


class PaymentMethods:
    """The shop's ways to pay, by name: the one place where an order finds its own."""

    def __init__(self, *methods: PaymentMethod) -> None:
        self._by_name = {method.name: method for method in methods}

    def __iter__(self) -> Iterator[PaymentMethod]:
        return iter(self._by_name.values())

    def of(self, name: str) -> PaymentMethod:
        """Return the method of this name. Raises PaymentMethodNotKnown."""
        try:
            return self._by_name[name]
        except KeyError:
            raise PaymentMethodNotKnown(name) from None


def is_priced_in(product: Product, mode: PaymentMode) -> bool:
    """Say if the seller's own price is in what an order of this mode is counted in: then no rate is needed."""
    return (product.price_planck is not None) == (mode is PaymentMode.COIN)
