"""Wire the features together: which ways to pay there are, and who acts on whose domain events.

Every process calls `wire` before it works.
"""

from collections import defaultdict

from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.events import FinalEventsReverted, UnfinalEventsRecorded, UnfinalEventsReverted
from descrow.feed.events import FeedEntriesAdded
from descrow.kernel.events import bus
from descrow.kernel.money import PLANCK_PER_DOT, Planck
from descrow.mpesa.settings import MpesaSettings
from descrow.notifications import outbox
from descrow.notifications import service as notifications
from descrow.orders import order_events, rollback
from descrow.orders.events import OrderEnded, OrderEndedUnpaid, OrdersReverted
from descrow.orders.models import Order
from descrow.orders.payment_methods import PaymentMethods
from descrow.payments.dot.method import DotMethod
from descrow.payments.mpesa.method import MpesaMethod
from descrow.payments.quotes import QuoteTerms

SMALLEST_ORDER = Planck(PLANCK_PER_DOT // 10)
"""In DOT, where an operator sets nothing else: a new order costs the operator a quarter of it."""


def payment_methods(mpesa: MpesaSettings | None, smallest_order: Planck = SMALLEST_ORDER) -> PaymentMethods:
    """Return the shop's ways to pay: the one place that names them all. `mpesa` is None in a shop that takes DOT only.

    M-Pesa is there all the same, and refuses new orders: those that were made before must end as they should.
    """
    quote_terms = None if mpesa is None else QuoteTerms.of(mpesa)
    return PaymentMethods(DotMethod(quote_terms, smallest_order), MpesaMethod(mpesa))


def wire(methods: PaymentMethods) -> None:
    """Subscribe every handler, once. A repeat takes the place of what was wired before."""

    async def pay_out(session: AsyncSession, ended: OrderEnded) -> None:
        await methods.of(ended.order.payment_method).pay_out(session, ended.order, ended.division)

    async def refund(session: AsyncSession, closed: OrderEndedUnpaid) -> None:
        await methods.of(closed.order.payment_method).refund(session, closed.order)

    async def hold(session: AsyncSession, reverted: OrdersReverted) -> None:
        by_method: dict[str, list[Order]] = defaultdict(list)
        for order in reverted.orders:
            by_method[order.payment_method].append(order)
        for name, orders in by_method.items():
            await methods.of(name).hold(session, orders)

    bus.unsubscribe_all()
    bus.subscribe(FeedEntriesAdded, notifications.note)
    bus.subscribe(FeedEntriesAdded, outbox.queue)
    bus.subscribe(UnfinalEventsRecorded, order_events.publish_unfinal_steps)
    bus.subscribe(UnfinalEventsReverted, order_events.publish_reverted_steps)
    bus.subscribe(FinalEventsReverted, rollback.revert_orders)
    bus.subscribe(OrderEnded, pay_out)
    bus.subscribe(OrderEndedUnpaid, refund)
    bus.subscribe(OrdersReverted, hold)
