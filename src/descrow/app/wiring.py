"""Wire the features together: who acts on whose domain events. Every process calls `wire` before it works."""

from descrow.contract.events import FinalEventsReverted, UnfinalEventsRecorded, UnfinalEventsReverted
from descrow.feed.events import FeedEntriesAdded
from descrow.kernel.events import bus
from descrow.notifications import outbox
from descrow.notifications import service as notifications
from descrow.orders import order_events, rollback
from descrow.orders.events import OrderClosedUnpaid, OrderEnded, OrdersReverted
from descrow.payments.mpesa import subscriptions as mpesa


def wire() -> None:
    """Subscribe every handler, once. A repeat changes nothing."""
    bus.subscribe(FeedEntriesAdded, notifications.note)
    bus.subscribe(FeedEntriesAdded, outbox.queue)
    bus.subscribe(UnfinalEventsRecorded, order_events.publish_unfinal_steps)
    bus.subscribe(UnfinalEventsReverted, order_events.publish_reverted_steps)
    bus.subscribe(FinalEventsReverted, rollback.revert_orders)
    bus.subscribe(OrderEnded, mpesa.pay_parties)
    bus.subscribe(OrderClosedUnpaid, mpesa.return_late_payment)
    bus.subscribe(OrdersReverted, mpesa.hold_payouts)
