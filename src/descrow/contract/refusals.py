"""Codes of refusals that several routes share, for the API's description."""

CHAIN_REFUSALS = ("chain_refused", "chain_unreachable", "contract_missing", "not_deployed", "wrong_chain")
"""Refusals of every route that asks the contract."""
CALL_REFUSALS = (*CHAIN_REFUSALS, "call_not_possible", "contract_reverted")
"""Refusals of a call that is tried on the contract before somebody signs it."""
FUNDING_REFUSALS = (
    "escrow_amount_is_not_exact",
    "escrow_caller_is_not_the_buyer",
    "escrow_new_orders_and_payments_are_paused",
    "escrow_no_such_order",
    "escrow_order_is_not_awaiting_payment",
    "escrow_order_is_not_paid_in_dot",
    "escrow_time_to_pay_is_over",
    "escrow_total_is_too_large",
)
"""Reasons of the contract not to take a payment in DOT."""
TRANSITION_REFUSALS = (
    "escrow_caller_is_neither_party_nor_arbiter",
    "escrow_caller_is_neither_party_nor_operator",
    "escrow_caller_is_not_a_party",
    "escrow_caller_is_not_the_arbiter",
    "escrow_caller_is_not_the_buyer",
    "escrow_caller_is_not_the_proposer",
    "escrow_caller_is_not_the_seller",
    "escrow_caller_is_the_proposer",
    "escrow_no_open_offer",
    "escrow_no_such_order",
    "escrow_offer_has_expired",
    "escrow_order_holds_no_payment",
    "escrow_order_is_not_awaiting_payment",
    "escrow_order_is_not_disputed",
    "escrow_order_is_not_funded",
    "escrow_order_is_not_shipped",
    "escrow_order_is_overdue",
    "escrow_share_is_above_100_percent",
    "escrow_share_is_not_the_one_offered",
    "escrow_time_to_decide_is_over",
    "escrow_time_to_dispute_is_over",
    "escrow_time_to_ship_is_over",
    "escrow_too_little_gas_for_the_payout",
    "escrow_transit_was_extended_before",
    "escrow_window_is_too_long",
    "escrow_window_is_too_short",
)
"""Reasons of the contract not to let a party act on an order."""
PAUSE_REFUSALS = (
    "escrow_already_paused",
    "escrow_caller_is_not_guardian_or_owner",
    "escrow_caller_is_not_the_owner",
    "escrow_not_paused",
)
"""Reasons of the contract not to be paused or resumed."""
