"""Prices in the other currency than the seller's: made from a rate, kept for a while, taken by an order for good."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import CheckConstraint, ForeignKey, Identity, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from descrow.catalog.errors import RateNotAvailable
from descrow.catalog.models import Product
from descrow.catalog.rates import Rate
from descrow.kernel.db import Base, utc_now
from descrow.kernel.money import (
    CENTS_PER_SHILLING,
    PLANCK_PER_DOT,
    KesCents,
    Planck,
    Shillings,
    cents_from_shillings,
)
from descrow.mpesa.settings import MpesaSettings
from descrow.orders.models import Order
from descrow.orders.payment_methods import OrderPrice, PaymentMethod, PriceRequest, is_priced_in
from descrow.payments.errors import QuoteNotNeeded, QuoteNotUsable

_BASIS_POINTS = 10_000
QUOTE_STEP = Planck(1_000_000)
"""Quotes in DOT have four decimals at most, so that every page can show them whole; the web app knows the same step."""


class Quote(Base):
    """The price of a product in the currency that it is not priced in, for one buyer and a short time.

    An order that takes the quote keeps its price.
    """

    __tablename__ = "quotes"
    __table_args__ = (
        CheckConstraint("amount_shillings > 0 AND amount_planck > 0", name="amount_is_positive"),
        CheckConstraint(
            "num_nonnulls(price_planck, price_kes_cents) = 1 AND num_nonnulls(price_planck, amount_planck) = 1"
            " AND num_nonnulls(price_kes_cents, amount_shillings) = 1",
            name="amount_is_in_the_other_currency",
        ),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    payment_method: Mapped[str]
    """In which way it can be paid."""
    price_planck: Mapped[int | None]
    price_kes_cents: Mapped[int | None]
    """What the seller asked when it was made."""
    kes_cents_per_dot: Mapped[int]
    """The rate as its source told it."""
    spread_bps: Mapped[int]
    """What was added to the price, since the rate moves while the buyer decides."""
    rate_source: Mapped[str]
    rate_at: Mapped[datetime]
    """When the rate was so, as its source says."""
    amount_shillings: Mapped[int | None]
    amount_planck: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime]

    @property
    def amount_cents(self) -> KesCents | None:
        """Return the amount in shillings as the contract and the ledger count it."""
        return None if self.amount_shillings is None else cents_from_shillings(Shillings(self.amount_shillings))

    @property
    def amount(self) -> int:
        """Return the amount in planck or in KES cents, as orders of its method count it."""
        return self.amount_planck or self.amount_cents or 0


@dataclass(frozen=True)
class QuoteTerms:
    """On which terms the shop quotes: what it adds to a price, and how long it keeps the price."""

    spread_bps: int
    lasts_s: int

    @classmethod
    def of(cls, settings: MpesaSettings) -> Self:
        """Return what the operator has set."""
        return cls(settings.rate_spread_bps, settings.quote_lasts_s)


def shillings_for(price: Planck, *, kes_cents_per_dot: int, spread_bps: int) -> Shillings:
    """The price in whole shillings, rounded up, so that the rounding never costs the seller.

    The web app shows prices by the same sums (`payable.ts`); `tests/payments/payable.json` holds both to them.
    """
    numerator = price * kes_cents_per_dot * (_BASIS_POINTS + spread_bps)
    denominator = PLANCK_PER_DOT * _BASIS_POINTS * CENTS_PER_SHILLING
    return Shillings(-(-numerator // denominator))


def planck_for(price: KesCents, *, kes_cents_per_dot: int, spread_bps: int) -> Planck:
    """The price in planck, rounded up in the same way, to a whole `QUOTE_STEP`."""
    numerator = price * PLANCK_PER_DOT * (_BASIS_POINTS + spread_bps)
    return Planck(-(-numerator // (kes_cents_per_dot * _BASIS_POINTS * QUOTE_STEP)) * QUOTE_STEP)


async def price_order(
    session: AsyncSession, method: PaymentMethod, wanted: PriceRequest, terms: QuoteTerms | None
) -> OrderPrice:
    """Return the quoted price; without a quote the seller's own, or one at the rate if that is in the other currency.

    `terms` is None in a shop that converts no prices. Raises QuoteNotUsable, RateNotAvailable or PriceNotPayable.
    """
    product = wanted.product
    if wanted.quote_id is not None:
        quote = await take_quote(session, wanted.quote_id, product, method=method, buyer_id=wanted.buyer_id)
        return OrderPrice(quote.amount, quote_id=quote.id)
    if is_priced_in(product, method.mode):
        amount = product.price_planck or product.price_kes_cents or 0
        method.check_amount(amount)
        return OrderPrice(amount)
    if wanted.rate is None or terms is None:
        raise RateNotAvailable
    quote = await make_quote(session, terms, product, wanted.rate, method=method, buyer_id=wanted.buyer_id)
    return OrderPrice(quote.amount, quote_id=quote.id)


async def make_quote(
    session: AsyncSession, terms: QuoteTerms, product: Product, rate: Rate, *, method: PaymentMethod, buyer_id: int
) -> Quote:
    """A price for this buyer in the other currency, until it expires. Raises PriceNotPayable or QuoteNotNeeded."""
    if is_priced_in(product, method.mode):
        raise QuoteNotNeeded(product.id)
    quote = Quote(
        buyer_id=buyer_id,
        product_id=product.id,
        payment_method=method.name,
        price_planck=product.price_planck,
        price_kes_cents=product.price_kes_cents,
        kes_cents_per_dot=rate.kes_cents_per_dot,
        spread_bps=terms.spread_bps,
        rate_source=rate.source,
        rate_at=rate.at,
        expires_at=utc_now() + timedelta(seconds=terms.lasts_s),
    )
    if product.price_planck is not None:
        price = Planck(product.price_planck)
        quote.amount_shillings = shillings_for(
            price, kes_cents_per_dot=quote.kes_cents_per_dot, spread_bps=quote.spread_bps
        )
    else:
        cents = KesCents(product.price_kes_cents or 0)
        quote.amount_planck = planck_for(cents, kes_cents_per_dot=quote.kes_cents_per_dot, spread_bps=quote.spread_bps)
    method.check_amount(quote.amount)
    session.add(quote)
    await session.flush()
    return quote


async def take_quote(
    session: AsyncSession, quote_id: int, product: Product, *, method: PaymentMethod, buyer_id: int
) -> Quote:
    """The buyer's own quote for this product at its present price, in time. Raises QuoteNotUsable for any other."""
    quote = await session.get(Quote, quote_id)
    if quote is None or (quote.buyer_id, quote.product_id, quote.payment_method) != (buyer_id, product.id, method.name):
        raise QuoteNotUsable(quote_id, "There is no such quote of yours for this product.")
    prices = (quote.price_planck, quote.price_kes_cents)
    if quote.expires_at <= utc_now() or prices != (product.price_planck, product.price_kes_cents):
        raise QuoteNotUsable(quote_id, "The price has changed meanwhile. Ask for a new one.")
    if await session.scalar(select(Order.id).where(Order.quote_id == quote_id)) is not None:
        raise QuoteNotUsable(quote_id, "You have ordered at this price already. Ask for a new one.")
    return quote
