"""Prices in the other currency than the seller's: made from a rate, kept for a while, taken by an order for good."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.catalog.models import Product
from descrow.catalog.rates import Rate
from descrow.contract.order_status import PaymentMode
from descrow.kernel.db import utc_now
from descrow.kernel.money import CENTS_PER_SHILLING, PLANCK_PER_DOT, KesCents, Planck, Shillings
from descrow.mpesa.requests import SMALLEST_PAYOUT
from descrow.mpesa.settings import MpesaSettings
from descrow.orders.models import Order
from descrow.payments.errors import PriceNotPayable, QuoteNotNeeded, QuoteNotUsable
from descrow.payments.mpesa.models import Quote

LARGEST_ORDER = Shillings(250_000)
"""One prompt's most; a dearer thing is paid in DOT."""

_BASIS_POINTS = 10_000


def shillings_for(price: Planck, *, kes_cents_per_dot: int, spread_bps: int) -> Shillings:
    """The price in whole shillings, rounded up, so that the rounding never costs the seller."""
    numerator = price * kes_cents_per_dot * (_BASIS_POINTS + spread_bps)
    denominator = PLANCK_PER_DOT * _BASIS_POINTS * CENTS_PER_SHILLING
    return Shillings(-(-numerator // denominator))


def planck_for(price: KesCents, *, kes_cents_per_dot: int, spread_bps: int) -> Planck:
    """The price in planck, rounded up in the same way."""
    numerator = price * PLANCK_PER_DOT * (_BASIS_POINTS + spread_bps)
    return Planck(-(-numerator // (kes_cents_per_dot * _BASIS_POINTS)))


def is_priced_in(product: Product, mode: PaymentMode) -> bool:
    """Whether the seller's own price is in what this way of paying moves: then no rate is needed."""
    return (product.price_planck is None) == (mode is PaymentMode.MPESA)


def check_mpesa_amount(amount: Shillings) -> None:
    """Raises PriceNotPayable beyond what M-Pesa moves at once, in or out."""
    # The seller's part may go back to the buyer, and M-Pesa pays out ten shillings at least.
    if not SMALLEST_PAYOUT <= amount <= LARGEST_ORDER:
        raise PriceNotPayable(amount, smallest=SMALLEST_PAYOUT, largest=LARGEST_ORDER)


async def make_quote(
    session: AsyncSession, settings: MpesaSettings, product: Product, rate: Rate, *, mode: PaymentMode, buyer_id: int
) -> Quote:
    """A price for this buyer in the other currency, until it expires. Raises PriceNotPayable or QuoteNotNeeded."""
    if is_priced_in(product, mode):
        raise QuoteNotNeeded(product.id)
    quote = Quote(
        buyer_id=buyer_id,
        product_id=product.id,
        payment_mode=mode,
        price_planck=product.price_planck,
        price_kes_cents=product.price_kes_cents,
        kes_cents_per_dot=rate.kes_cents_per_dot,
        spread_bps=settings.rate_spread_bps,
        rate_source=rate.source,
        rate_at=rate.at,
        expires_at=utc_now() + timedelta(seconds=settings.quote_lasts_s),
    )
    if product.price_planck is not None:
        price = Planck(product.price_planck)
        quote.amount_shillings = shillings_for(
            price, kes_cents_per_dot=quote.kes_cents_per_dot, spread_bps=quote.spread_bps
        )
        check_mpesa_amount(Shillings(quote.amount_shillings))
    else:
        cents = KesCents(product.price_kes_cents or 0)
        quote.amount_planck = planck_for(cents, kes_cents_per_dot=quote.kes_cents_per_dot, spread_bps=quote.spread_bps)
    session.add(quote)
    await session.flush()
    return quote


async def take_quote(
    session: AsyncSession, quote_id: int, product: Product, *, mode: PaymentMode, buyer_id: int
) -> Quote:
    """The buyer's own quote for this product at its present price, in time. Raises QuoteNotUsable for any other."""
    quote = await session.get(Quote, quote_id)
    if quote is None or (quote.buyer_id, quote.product_id, quote.payment_mode) != (buyer_id, product.id, mode):
        raise QuoteNotUsable(quote_id, "There is no such quote of yours for this product.")
    prices = (quote.price_planck, quote.price_kes_cents)
    if quote.expires_at <= utc_now() or prices != (product.price_planck, product.price_kes_cents):
        raise QuoteNotUsable(quote_id, "The price has changed meanwhile. Ask for a new one.")
    if await session.scalar(select(Order.id).where(Order.quote_id == quote_id)) is not None:
        raise QuoteNotUsable(quote_id, "You have ordered at this price already. Ask for a new one.")
    return quote
