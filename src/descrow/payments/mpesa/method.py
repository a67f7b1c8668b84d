"""M-Pesa as a way to pay: a prompt on the buyer's phone, a record by the oracle, payouts to phones."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.order_status import PaymentMode
from descrow.kernel.money import KesCents, Shillings, cents_from_shillings, shillings_from_cents
from descrow.mpesa.phones import parse_phone
from descrow.mpesa.requests import SMALLEST_PAYOUT
from descrow.mpesa.settings import MpesaSettings
from descrow.orders.division import Division
from descrow.orders.errors import OrderTooSmall
from descrow.orders.models import Order
from descrow.orders.payment_methods import OrderPrice, PaymentLine, PayoutLine, PriceRequest
from descrow.orders.transitions import Party
from descrow.payments.errors import MpesaNotOffered, PriceNotPayable, SellerTakesNoMpesa
from descrow.payments.mpesa import lines, payables, returns, rollback, service
from descrow.payments.mpesa.prompt_limits import PromptLimits
from descrow.payments.quotes import QuoteTerms, price_order

LARGEST_ORDER = Shillings(250_000)
"""One prompt's most; a dearer thing is paid in DOT."""


class MpesaMethod:
    """The `PaymentMethod` of M-Pesa.

    A shop that takes DOT only has it too, without `settings`: an order that was made before still ends as it should,
    and a new one is refused with MpesaNotOffered.
    """

    name = service.NAME
    mode = PaymentMode.RECORD
    relayed_by = (Party.ORACLE, Party.OPERATOR)
    """Parties need no coin: the oracle carries what they say, and the operator cancels for them."""

    def __init__(self, settings: MpesaSettings | None) -> None:
        self._settings = settings

    smallest_part = cents_from_shillings(SMALLEST_PAYOUT)

    def check_amount(self, amount: int) -> None:
        smallest = SMALLEST_PAYOUT if self._settings is None else Shillings(self._settings.smallest_order_shillings)
        if amount < cents_from_shillings(smallest):
            raise OrderTooSmall(amount, smallest=cents_from_shillings(smallest), mode=self.mode)
        shillings = shillings_from_cents(KesCents(amount))
        if shillings > LARGEST_ORDER:
            raise PriceNotPayable(shillings, smallest=smallest, largest=LARGEST_ORDER)

    async def price(self, session: AsyncSession, wanted: PriceRequest) -> OrderPrice:
        """Price an order as `PaymentMethod` says. Raises MpesaNotOffered and SellerTakesNoMpesa besides."""
        if self._settings is None:
            raise MpesaNotOffered
        if wanted.seller.mpesa_phone is None:
            raise SellerTakesNoMpesa(wanted.product.id)
        price = await price_order(session, self, wanted, QuoteTerms.of(self._settings))
        return replace(price, seller_phone=wanted.seller.mpesa_phone)

    async def start(self, session: AsyncSession, order: Order, phone_number: str | None) -> None:
        """Begin a payment whose prompt is sent once the contract has the order. Raises as `service.begin_payment`."""
        if phone_number is None:
            return
        if self._settings is None:
            raise MpesaNotOffered
        phone = parse_phone(phone_number)
        await service.begin_payment(session, order, phone, PromptLimits.of(self._settings))

    async def pay_out(self, session: AsyncSession, order: Order, division: Division) -> None:
        await payables.pay_parties(session, order, division)

    async def refund(self, session: AsyncSession, order: Order) -> None:
        await returns.release_after_expiry(session, order)

    async def hold(self, session: AsyncSession, orders: Sequence[Order]) -> None:
        await rollback.hold_what_was_owed(session, [order.id for order in orders])

    async def payments(
        self, session: AsyncSession, *, order_id: int | None = None, live: bool = False, limit: int = 50
    ) -> list[PaymentLine]:
        return await lines.payment_lines(session, order_id=order_id, live=live, limit=limit)

    async def payouts(
        self, session: AsyncSession, *, order_id: int | None = None, unpaid: bool = False, limit: int = 50
    ) -> list[PayoutLine]:
        return await lines.payout_lines(session, order_id=order_id, unpaid=unpaid, limit=limit)
