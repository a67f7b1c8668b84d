"""Prices in shillings: made from a rate, kept for a while, taken by an order for good."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.catalog.models import Product
from descrow.db import utc_now
from descrow.money import PLANCK_PER_DOT, Planck, Shillings
from descrow.mpesa.requests import SMALLEST_PAYOUT
from descrow.mpesa.settings import MpesaSettings
from descrow.orders.models import Order
from descrow.payments.errors import PriceNotPayable, QuoteNotUsable
from descrow.payments.models import Quote
from descrow.payments.rates import Rate

LARGEST_ORDER = Shillings(250_000)
"""One prompt's most; a dearer thing is paid in DOT."""

_BASIS_POINTS = 10_000
_CENTS_PER_SHILLING = 100


def shillings_for(price: Planck, *, kes_cents_per_dot: int, spread_bps: int) -> Shillings:
    """The price in whole shillings, rounded up, so that the rounding never costs the seller."""
    numerator = price * kes_cents_per_dot * (_BASIS_POINTS + spread_bps)
    denominator = PLANCK_PER_DOT * _BASIS_POINTS * _CENTS_PER_SHILLING
    return Shillings(-(-numerator // denominator))


async def make_quote(
    session: AsyncSession, settings: MpesaSettings, product: Product, rate: Rate, *, buyer_id: int
) -> Quote:
    """A price for this buyer, until it expires. Raises PriceNotPayable beyond what M-Pesa moves at once."""
    amount = shillings_for(
        Planck(product.price_planck), kes_cents_per_dot=rate.kes_cents_per_dot, spread_bps=settings.rate_spread_bps
    )
    # The seller's part may go back to the buyer, and M-Pesa pays out ten shillings at least.
    if not SMALLEST_PAYOUT <= amount <= LARGEST_ORDER:
        raise PriceNotPayable(amount, smallest=SMALLEST_PAYOUT, largest=LARGEST_ORDER)
    quote = Quote(
        buyer_id=buyer_id,
        product_id=product.id,
        price_planck=product.price_planck,
        kes_cents_per_dot=rate.kes_cents_per_dot,
        spread_bps=settings.rate_spread_bps,
        rate_source=rate.source,
        rate_at=rate.at,
        amount_shillings=amount,
        expires_at=utc_now() + timedelta(seconds=settings.quote_lasts_s),
    )
    session.add(quote)
    await session.flush()
    return quote


async def take_quote(session: AsyncSession, quote_id: int, product: Product, *, buyer_id: int) -> Quote:
    """The buyer's own quote for this product at its present price, in time. Raises QuoteNotUsable for any other."""
    quote = await session.get(Quote, quote_id)
    if quote is None or quote.buyer_id != buyer_id or quote.product_id != product.id:
        raise QuoteNotUsable(quote_id, "There is no such quote of yours for this product.")
    if quote.expires_at <= utc_now() or quote.price_planck != product.price_planck:
        raise QuoteNotUsable(quote_id, "The price in shillings has changed meanwhile. Ask for a new one.")
    if await session.scalar(select(Order.id).where(Order.quote_id == quote_id)) is not None:
        raise QuoteNotUsable(quote_id, "You have ordered at this price already. Ask for a new one.")
    return quote
