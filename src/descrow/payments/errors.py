"""Refusals around money by M-Pesa."""

from typing import ClassVar

from descrow.contract.order_status import OrderStatus
from descrow.kernel.errors import Conflict, Invalid, NotFound, Unavailable


class MpesaNotOffered(Invalid):
    """The operator has set no M-Pesa account."""

    code: ClassVar[str] = "mpesa_not_offered"

    def __init__(self) -> None:
        super().__init__("This shop takes DOT only.")


class SellerTakesNoMpesa(Conflict):
    code: ClassVar[str] = "seller_takes_no_mpesa"

    def __init__(self, product_id: int) -> None:
        super().__init__("The seller has not said where M-Pesa should pay them. Pay in DOT.", product_id=product_id)


class PriceNotPayable(Invalid):
    code: ClassVar[str] = "price_not_payable"

    def __init__(self, amount: int, *, smallest: int, largest: int) -> None:
        super().__init__(
            f"M-Pesa orders are from {smallest:,} to {largest:,} shillings; this is {amount:,}. Pay in DOT.",
            amount_shillings=amount,
        )


class QuoteNotUsable(Conflict):
    code: ClassVar[str] = "quote_not_usable"

    def __init__(self, quote_id: int, why: str) -> None:
        super().__init__(why, quote_id=quote_id)


class QuoteNotNeeded(Conflict):
    """The seller's own price is in what would be paid with."""

    code: ClassVar[str] = "quote_not_needed"

    def __init__(self, product_id: int) -> None:
        super().__init__("The product is priced in what you would pay with. Order it as it is.", product_id=product_id)


class PaymentNotFound(NotFound):
    """Also for somebody else's payment."""

    code: ClassVar[str] = "payment_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such payment among yours.")


class NotPayableNow(Conflict):
    code: ClassVar[str] = "not_payable_now"

    def __init__(self, order_id: int, status: OrderStatus) -> None:
        super().__init__(f"An order that is {status} is not to be paid.", order_id=order_id, status=status)


class TooLateToPay(Conflict):
    """Refuse a payment in the last minutes: it could come too late to be recorded, and would have to go back."""

    code: ClassVar[str] = "too_late_to_pay"

    def __init__(self, order_id: int) -> None:
        super().__init__("The time to pay this order is over. Order again.", order_id=order_id)


class PaymentUnderWay(Conflict):
    code: ClassVar[str] = "payment_under_way"

    def __init__(self, order_id: int, checkout_request_id: str | None) -> None:
        super().__init__(
            "A payment of this order is under way. Wait for its end; it takes two minutes at most, as a rule.",
            order_id=order_id,
            checkout_request_id=checkout_request_id,
        )


class PhoneIsBusy(Conflict):
    """A prompt of another order is on this phone: M-Pesa shows one at a time."""

    code: ClassVar[str] = "phone_is_busy"

    def __init__(self, order_id: int) -> None:
        super().__init__("This phone is being asked for another payment. Finish that one first.", order_id=order_id)


class OracleIsAtItsLimit(Conflict):
    """The contract would not believe the record of this payment: it is refused before anybody pays."""

    code: ClassVar[str] = "oracle_is_at_its_limit"

    def __init__(self, order_id: int) -> None:
        super().__init__("This shop takes no more by M-Pesa today. Try tomorrow, or pay in DOT.", order_id=order_id)


class PaymentNotRecordable(Conflict):
    """The oracle cannot record a payment just now, so nobody is asked for one."""

    code: ClassVar[str] = "payment_not_recordable"

    def __init__(self, order_id: int) -> None:
        super().__init__(
            "This shop cannot write M-Pesa payments to the chain just now. You were not charged.", order_id=order_id
        )


class AlreadyPaid(Conflict):
    code: ClassVar[str] = "already_paid"

    def __init__(self, order_id: int) -> None:
        super().__init__("This order is paid. It is being written to the chain.", order_id=order_id)


class TryAgainLater(Conflict):
    """The phone or the buyer had their share of prompts, or M-Pesa takes the payment for a repeat."""

    code: ClassVar[str] = "try_again_later"

    def __init__(self, order_id: int, wait_s: int) -> None:
        super().__init__(f"The next try is possible in {wait_s} seconds.", order_id=order_id, wait_s=wait_s)


class PromptNotSent(Unavailable):
    """Daraja said no, or was not asked: nothing was begun, and the buyer may try again."""

    code: ClassVar[str] = "prompt_not_sent"

    def __init__(self, order_id: int, reason: str) -> None:
        super().__init__(
            "M-Pesa did not take the request, and nothing was paid. Try again in a minute, or pay another way.",
            order_id=order_id,
            reason=reason,
        )
