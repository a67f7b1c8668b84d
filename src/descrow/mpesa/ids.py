"""The names that Safaricom and we give to requests and to money that moved: compared whole, never taken apart.

The *originator's* conversation id of a payout is ours, made before the call; all others are Safaricom's.
"""

from typing import NewType

MerchantRequestId = NewType("MerchantRequestId", str)
CheckoutRequestId = NewType("CheckoutRequestId", str)
"""Of one prompt on a phone. Personal data: it ends with nine digits of the payer's number, so logs get `masked_id`."""
OriginatorConversationId = NewType("OriginatorConversationId", str)
ConversationId = NewType("ConversationId", str)
ReceiptNumber = NewType("ReceiptNumber", str)
"""What M-Pesa prints in the SMS to both parties, such as `NLJ7RT61SV`: one for each time money moved."""

_LONGEST_SHOWN = 20  # `ws_CO_` and the second in which the prompt was sent
_PAYERS_DIGITS = 10  # nine of the number, and the one before them for good measure


def masked_id(checkout_request_id: CheckoutRequestId) -> str:
    """The part of the id that says when, without the part that says who: `ws_CO_02102026181046***`."""
    shown = max(0, min(_LONGEST_SHOWN, len(checkout_request_id) - _PAYERS_DIGITS))
    return checkout_request_id[:shown] + "***"
