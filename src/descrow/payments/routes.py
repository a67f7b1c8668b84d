"""Prices in the other currency over HTTP, for every way to pay."""

from litestar import Controller, get, post
from litestar.params import JSONBody

from descrow.catalog import service as catalog
from descrow.catalog.routes import ProductId
from descrow.kernel.http.access import Open
from descrow.kernel.http.caller import CallerRequest
from descrow.kernel.http.dependencies import WithSessions
from descrow.kernel.money import digits_of
from descrow.orders.dependencies import WithPaymentMethods
from descrow.payments.mpesa.dependencies import WithMpesa, expect_offered
from descrow.payments.quotes import Quote, QuoteTerms, make_quote
from descrow.payments.schemas import QuoteRequest, QuoteView, RateView


class QuoteController(Controller):
    tags = ("payments",)

    @post(
        "/products/{product_id:int}/quotes",
        access=Open.SIGNED_IN,
        refusals=(
            "mpesa_not_offered",
            "order_too_small",
            "payment_method_not_known",
            "price_not_payable",
            "product_not_found",
            "quote_not_needed",
            "rate_not_available",
        ),
    )
    async def create_quote(
        self,
        sessions: WithSessions,
        payment_methods: WithPaymentMethods,
        mpesa: WithMpesa,
        request: CallerRequest,
        product_id: ProductId,
        data: JSONBody[QuoteRequest],
    ) -> QuoteView:
        """Return what the product costs in the other currency just now; an order that names the quote keeps the
        price.
        """
        offered, buyer_id = expect_offered(mpesa), request.user.account_id
        method = payment_methods.of(data.payment_method)
        rate = await offered.rates.rate()
        async with sessions.begin() as session:
            product, _ = await catalog.get_product(session, product_id)
            quote = await make_quote(
                session,
                QuoteTerms.of(offered.payment_context.settings),
                product,
                rate,
                method=method,
                buyer_id=buyer_id,
            )
        return _quote_view(quote)

    @get("/rate", access=Open.ANYBODY, refusals=("mpesa_not_offered", "rate_not_available"))
    async def get_rate(self, mpesa: WithMpesa) -> RateView:
        """Return what a DOT is worth in shillings now, to show prices by; a quote is what counts."""
        offered = expect_offered(mpesa)
        rate = await offered.rates.rate()
        return RateView(
            str(rate.kes_cents_per_dot), offered.payment_context.settings.rate_spread_bps, rate.source, rate.at
        )


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
