"""DOT as a way to pay: the buyer's wallet pays the contract, which holds the coin and pays it out itself."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.order_status import PaymentMode
from descrow.kernel.money import Planck
from descrow.orders.division import Division
from descrow.orders.errors import OrderTooSmall, PaidAnotherWay
from descrow.orders.models import Order
from descrow.orders.payment_methods import OrderPrice, PaymentLine, PayoutLine, PriceRequest
from descrow.orders.transitions import Party
from descrow.payments.quotes import QuoteTerms, price_order

NAME = "dot"


class DotMethod:
    """The `PaymentMethod` of DOT. What happens to the money is the contract's to do, so most of it does nothing."""

    name = NAME
    mode = PaymentMode.COIN
    relayed_by: tuple[Party, ...] = ()
    """Parties have a wallet with coin in it, and act by themselves."""

    smallest_part = 1
    """Each planck can be moved."""

    def __init__(self, quote_terms: QuoteTerms | None, smallest_order: Planck) -> None:
        """Without `quote_terms`, sell in DOT only what is priced in DOT."""
        self._quote_terms = quote_terms
        self._smallest_order = smallest_order

    def check_amount(self, amount: int) -> None:
        if amount < self._smallest_order:
            raise OrderTooSmall(amount, smallest=self._smallest_order, mode=self.mode)

    async def price(self, session: AsyncSession, wanted: PriceRequest) -> OrderPrice:
        return await price_order(session, self, wanted, self._quote_terms)

    async def start(self, session: AsyncSession, order: Order, phone_number: str | None) -> None:  # noqa: ARG002
        if phone_number is not None:
            raise PaidAnotherWay(order.id, order.payment_method, tried="from a phone")

    async def pay_out(self, session: AsyncSession, order: Order, division: Division) -> None:
        """Do nothing: the contract has paid each party, or credited what it could not pay."""

    async def refund(self, session: AsyncSession, order: Order) -> None:
        """Do nothing: the contract holds no coin of an order that it has not recorded as paid."""

    async def hold(self, session: AsyncSession, orders: Sequence[Order]) -> None:
        """Do nothing: coin that moved in an orphaned block has not moved."""

    async def payments(
        self,
        session: AsyncSession,  # noqa: ARG002
        *,
        order_id: int | None = None,  # noqa: ARG002
        live: bool = False,  # noqa: ARG002
        limit: int = 50,  # noqa: ARG002
    ) -> list[PaymentLine]:
        return []

    async def payouts(
        self,
        session: AsyncSession,  # noqa: ARG002
        *,
        order_id: int | None = None,  # noqa: ARG002
        unpaid: bool = False,  # noqa: ARG002
        limit: int = 50,  # noqa: ARG002
    ) -> list[PayoutLine]:
        return []


def amount_due(order: Order) -> Planck:
    """Return what is to be paid from a wallet. Raises PaidAnotherWay for an order that is not paid in DOT."""
    if order.payment_method != NAME or order.amount_planck is None:
        raise PaidAnotherWay(order.id, order.payment_method, tried="in DOT")
    return Planck(order.amount_planck)
