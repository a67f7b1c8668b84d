"""Prices in the other currency over HTTP, for every way to pay."""

from litestar import Controller, get, post
from litestar.params import JSONBody

from descrow.app.context import WithParts
from descrow.catalog import service as catalog
from descrow.catalog.routes import ProductId
from descrow.kernel.http.caller import CallerRequest
from descrow.kernel.money import digits_of
from descrow.payments.quotes import Quote, QuoteTerms, make_quote
from descrow.payments.schemas import QuoteRequest, QuoteView, RateView


class QuoteController(Controller):
    tags = ("payments",)

    @post("/products/{product_id:int}/quotes")
    async def quote(
        self, parts: WithParts, request: CallerRequest, product_id: ProductId, data: JSONBody[QuoteRequest]
    ) -> QuoteView:
        """What the product costs in the other currency just now; an order that names the quote keeps the price."""
        mpesa, buyer_id = parts.with_mpesa, request.user.account_id
        method = parts.payment_methods.of(data.payment_method)
        rate = await mpesa.rates.rate()
        async with parts.sessions.begin() as session:
            product, _ = await catalog.get_product(session, product_id)
            quote = await make_quote(
                session, QuoteTerms.of(mpesa.desk.settings), product, rate, method=method, buyer_id=buyer_id
            )
        return _quote_view(quote)

    @get("/rate")
    async def rate(self, parts: WithParts) -> RateView:
        """What a DOT is worth in shillings now, to show prices by; a quote is what counts."""
        mpesa = parts.with_mpesa
        rate = await mpesa.rates.rate()
        return RateView(str(rate.kes_cents_per_dot), mpesa.desk.settings.rate_spread_bps, rate.source, rate.at)


def _quote_view(quote: Quote) -> QuoteView:
    return QuoteView(
        id=quote.id,
        product_id=quote.product_id,
        payment_method=quote.payment_method,
        price_planck=digits_of(quote.price_planck),
        price_kes_cents=digits_of(quote.price_kes_cents),
        amount_kes_cents=digits_of(quote.amount_cents),
        amount_planck=digits_of(quote.amount_planck),
        kes_cents_per_dot=str(quote.kes_cents_per_dot),
        spread_bps=quote.spread_bps,
        rate_source=quote.rate_source,
        rate_at=quote.rate_at,
        expires_at=quote.expires_at,
    )
