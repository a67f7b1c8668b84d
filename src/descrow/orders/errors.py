"""Refusals around orders."""

from dataclasses import dataclass
from typing import ClassVar

from descrow.contract.order_status import OrderStatus, PaymentMode
from descrow.kernel.errors import Conflict, Invalid, NotFound
from descrow.kernel.money import CENTS_PER_SHILLING, Planck, format_dot


class OrderNotFound(NotFound):
    """Also for an order that the caller has no part in: a stranger learns nothing."""

    code: ClassVar[str] = "order_not_found"

    def __init__(self, order_id: int) -> None:
        super().__init__("There is no such order among yours.", order_id=order_id)


class OwnProduct(Invalid):
    code: ClassVar[str] = "own_product"

    def __init__(self, product_id: int) -> None:
        super().__init__("You sell this product yourself, so you cannot order it.", product_id=product_id)


@dataclass(frozen=True)
class SeenProduct:
    """Describe a product as somebody has seen it. Amounts are digits; what is not known is None."""

    product_cid: str | None
    price_planck: str | None
    price_kes_cents: str | None
    title: str | None = None

    @property
    def price(self) -> tuple[str | None, str | None]:
        return self.price_planck, self.price_kes_cents


class ProductNotAsSeen(Conflict):
    """The seller has changed the product since the buyer looked: the buyer decides anew."""

    code: ClassVar[str] = "product_not_as_seen"

    def __init__(self, product_id: int, *, seen: SeenProduct, now: SeenProduct) -> None:
        super().__init__(
            "The seller has changed this product since you looked at it. No order was made, and nothing paid.",
            product_id=product_id,
            seen_product_cid=seen.product_cid,
            seen_price_planck=seen.price_planck,
            seen_price_kes_cents=seen.price_kes_cents,
            seen_title=seen.title,
            product_cid=now.product_cid,
            price_planck=now.price_planck,
            price_kes_cents=now.price_kes_cents,
            title=now.title,
        )
        self.product_id, self.seen, self.now = product_id, seen, now


class ArbiterIsParty(Invalid):
    """The contract would take such an order, and its dispute would have a party for its judge."""

    code: ClassVar[str] = "arbiter_is_party"

    def __init__(self, product_id: int) -> None:
        super().__init__(
            "Who decides this shop's disputes can be neither buyer nor seller in it.", product_id=product_id
        )


class PaidAnotherWay(Conflict):
    """The order was made to be paid in another way, and cannot be changed."""

    code: ClassVar[str] = "paid_another_way"

    def __init__(self, order_id: int, payment_method: str, *, tried: str) -> None:
        """Say which way was `tried`, as in `in DOT`."""
        super().__init__(f"This order is not paid {tried}.", order_id=order_id, payment_mode=payment_method)


class PaymentMethodNotKnown(Invalid):
    """The shop has no way to pay of this name, and never had one."""

    code: ClassVar[str] = "payment_method_not_known"

    def __init__(self, name: str) -> None:
        super().__init__("This shop knows no such way to pay.", payment_mode=name)


class OrderTooSmall(Invalid):
    """Its parts could not be paid out, or it would cost the shop more than it brings."""

    code: ClassVar[str] = "order_too_small"

    def __init__(self, amount: int, *, smallest: int, mode: PaymentMode) -> None:
        """Amounts are in planck, or in KES cents, as orders of this mode count them."""
        if mode is PaymentMode.RECORD:
            asked_for = f"KES {-(-smallest // CENTS_PER_SHILLING):,}"
        else:
            asked_for = format_dot(Planck(smallest))
        super().__init__(
            f"The smallest order here is {asked_for}. No order was made.", amount=str(amount), smallest=str(smallest)
        )


class NoMoreOrdersToday(Conflict):
    """The operator's budget for orders like this one is spent; it would wait for the chain until tomorrow."""

    code: ClassVar[str] = "no_more_orders_today"

    def __init__(self) -> None:
        super().__init__("This shop makes no more orders today. No order was made, and nothing paid.")


class TooManyUnpaidOrders(Conflict):
    code: ClassVar[str] = "too_many_unpaid_orders"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"You have made {most} orders in a day that are not paid, cancelled ones included. Pay one of them first.",
            most=most,
        )


class OrderDiffers(Conflict):
    """The contract holds another order under this number: nobody must pay before a person has looked."""

    code: ClassVar[str] = "order_differs"

    def __init__(self, order_id: int) -> None:
        super().__init__("The contract says something else of this order than the shop. Do not pay.", order_id=order_id)


class OrderNotOnChainYet(Conflict):
    code: ClassVar[str] = "order_not_on_chain_yet"

    def __init__(self, order_id: int) -> None:
        super().__init__("The order is being written to the chain; that takes some seconds.", order_id=order_id)


class NotRelayable(Invalid):
    """The contract takes this move from the party's own wallet only."""

    code: ClassVar[str] = "not_relayable"

    def __init__(self, order_id: int, action: str) -> None:
        super().__init__(
            f"The shop cannot {action.replace('_', ' ')} in your name; your own wallet must sign it.",
            order_id=order_id,
            action=action,
        )


class DetailMissing(Invalid):
    """The contract takes this call with something that was not said."""

    code: ClassVar[str] = "detail_missing"

    def __init__(self, action: str, field: str) -> None:
        super().__init__(f"`{field}` is needed with `{action}`; nothing was prepared.", action=action, field=field)


class NoOfferStands(Conflict):
    """None was made, it has expired, it was withdrawn, the order has moved on, or it is not theirs to answer."""

    code: ClassVar[str] = "no_offer_stands"

    def __init__(self, order_id: int, action: str) -> None:
        super().__init__(f"There is no offer to settle that you could {action} now.", order_id=order_id, action=action)


class OfferDiffers(Conflict):
    """A new offer must not slip in under the answer to the one before."""

    code: ClassVar[str] = "offer_differs"

    def __init__(self, order_id: int, *, buyer_bps: int) -> None:
        super().__init__(
            "The offer that stands is not the one you answer. Look at it again.",
            order_id=order_id,
            buyer_bps=buyer_bps,
        )


class AccountNotOnChain(Conflict):
    """The account holds no coin, so it can neither receive any from the contract nor pay a fee."""

    code: ClassVar[str] = "account_not_on_chain"

    def __init__(self, address: str) -> None:
        super().__init__(
            "Your account holds no DOT, so it is not on the chain. Send a little DOT to it, then withdraw. The contract"
            " keeps your money until then.",
            address=address,
        )


class ActionTooLate(Conflict):
    """The order's deadline has passed, and the contract would take the move no more."""

    code: ClassVar[str] = "action_too_late"

    def __init__(self, order_id: int, action: str) -> None:
        super().__init__(
            f"The time to {action.replace('_', ' ')} this order is over. Nothing was changed.",
            order_id=order_id,
            action=action,
        )


class ActionNotAllowed(Conflict):
    """The table of moves has no such move for this party from this status."""

    code: ClassVar[str] = "move_not_allowed"

    def __init__(self, order_id: int, action: str, status: OrderStatus) -> None:
        super().__init__(
            f"An order that is {status} does not allow you to {action.replace('_', ' ')}.",
            order_id=order_id,
            action=action,
            status=status,
        )
