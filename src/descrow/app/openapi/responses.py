"""Which refusals each route may answer with, beside those that follow from rules (see `document`).

A route's name is that of `descrow.accounts.access`. Write a new route's codes here; the tests note what is answered and
is not said.
"""

_CHAIN = ("chain_refused", "chain_unreachable", "contract_missing", "not_deployed", "wrong_chain")
"""Of whatever asks the contract."""
_CALL = (*_CHAIN, "call_not_possible", "contract_reverted")
"""Of whatever is tried on the contract before somebody signs it."""
_UPLOAD = (
    "block_store_unavailable",
    "content_too_large",
    "content_type_not_allowed",
    "picture_not_readable",
    "picture_too_large",
    "too_many_uploads",
)
_UNFINISHED = ("evidence_not_offered", "order_not_found", "thread_closed")
_SHOW = (*_UPLOAD, *_UNFINISHED, "idempotency_key_reused", "thread_full")
_DISPUTE = ("dispute_not_found", "order_not_found")

_FUND = (
    "escrow_amount_is_not_exact",
    "escrow_caller_is_not_the_buyer",
    "escrow_new_orders_and_payments_are_paused",
    "escrow_no_such_order",
    "escrow_order_is_not_awaiting_payment",
    "escrow_order_is_not_paid_in_dot",
    "escrow_time_to_pay_is_over",
    "escrow_total_is_too_large",
)
_TRANSITIONS = (
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
    "escrow_share_is_above_100_percent",
    "escrow_share_is_not_the_one_offered",
    "escrow_time_to_decide_is_over",
    "escrow_time_to_dispute_is_over",
    "escrow_time_to_ship_is_over",
    "escrow_too_little_gas_for_the_payout",
    "escrow_window_is_too_long",
    "escrow_window_is_too_short",
)
_PAUSE = (
    "escrow_already_paused",
    "escrow_caller_is_not_guardian_or_owner",
    "escrow_caller_is_not_the_owner",
    "escrow_not_paused",
)
_PROMPT = (
    "already_paid",
    "not_payable_now",
    "paid_another_way",
    "payment_under_way",
    "phone_is_busy",
    "phone_not_valid",
    "too_late_to_pay",
    "try_again_later",
)
"""Of whatever makes a phone ask for the PIN."""

ANSWERS: dict[str, tuple[str, ...]] = {
    "GET /config": (),
    "GET /errors": (),
    "GET /health": (),
    "GET /health/live": (),
    "GET /ipfs/{cid}": (
        "block_store_unavailable",
        "cid_not_valid",
        "content_damaged",
        "content_not_found",
        "range_not_satisfiable",
    ),
    "HEAD /ipfs/{cid}": ("cid_not_valid", "content_not_found"),
    "POST /ipfs/upload": _UPLOAD,
    # accounts
    "POST /auth/challenge": ("address_not_valid",),
    "POST /auth/session": ("challenge_not_known", "signature_not_valid"),
    "POST /auth/refresh": ("session_over",),
    "POST /auth/sign-out": (),
    "GET /auth/me": (),
    "GET /auth/sessions": (),
    "DELETE /auth/sessions/{session_id}": ("session_not_found",),
    "GET /auth/me/mpesa-phone": (),
    "PUT /auth/me/mpesa-phone": ("phone_not_valid",),
    # catalogue
    "GET /products": ("address_not_valid", "cursor_not_valid"),
    "GET /products/{product_id}": ("product_not_found",),
    "GET /products/mine": (),
    "POST /products": (
        "block_store_unavailable",
        "idempotency_key_reused",
        "picture_not_known",
        "price_not_clear",
    ),
    "PUT /products/{product_id}": (
        "block_store_unavailable",
        "not_your_product",
        "picture_not_known",
        "price_not_clear",
        "product_changed_meanwhile",
        "product_not_found",
    ),
    "DELETE /products/{product_id}": ("not_your_product", "product_not_found"),
    "POST /products/{product_id}/offer-again": ("not_your_product", "product_not_found"),
    "POST /products/{product_id}/quotes": (
        "mpesa_not_offered",
        "payment_method_not_known",
        "price_not_payable",
        "product_not_found",
        "quote_not_needed",
        "rate_not_available",
    ),
    "GET /categories": (),
    "GET /sellers/{address}": ("address_not_valid",),
    "GET /rate": ("mpesa_not_offered", "rate_not_available"),
    # orders
    "POST /orders": (
        *_PROMPT,
        "arbiter_is_party",
        "idempotency_key_reused",
        "mpesa_not_offered",
        "not_deployed",
        "own_product",
        "payment_method_not_known",
        "price_not_payable",
        "product_not_found",
        "product_sold_out",
        "quote_not_usable",
        "rate_not_available",
        "seller_takes_no_mpesa",
        "too_many_unpaid_orders",
    ),
    "GET /orders": (),
    "GET /orders/{order_id}": ("order_not_found",),
    "PUT /orders/{order_id}": (
        *_CALL,
        *_TRANSITIONS,
        "cid_not_valid",
        "detail_missing",
        "move_not_allowed",
        "no_offer_stands",
        "not_relayable",
        "offer_differs",
        "order_not_found",
        "order_not_on_chain_yet",
    ),
    "GET /orders/{order_id}/timeline": ("order_not_found",),
    "POST /orders/{order_id}/pay/dot": (
        *_CALL,
        *_FUND,
        "order_differs",
        "order_not_found",
        "order_not_on_chain_yet",
        "paid_another_way",
    ),
    "POST /orders/{order_id}/pay/mpesa": (
        *_CHAIN,
        *_PROMPT,
        "mpesa_not_offered",
        "mpesa_request_not_valid",
        "oracle_is_at_its_limit",
        "order_differs",
        "order_not_found",
        "order_not_on_chain_yet",
        "prompt_not_sent",
    ),
    "POST /orders/{order_id}/sync-blockchain": (*_CHAIN, "log_is_empty", "order_not_found"),
    "GET /orders/{order_id}/payments/dot": (*_CHAIN, "order_not_found", "paid_another_way"),
    "GET /orders/{order_id}/payments/mpesa": ("order_not_found",),
    "GET /orders/{order_id}/payouts": ("order_not_found",),
    "GET /mpesa/stk-status/{checkout_request_id}": ("payment_not_found",),
    # disputes
    "GET /disputes": ("cursor_not_valid",),
    "GET /disputes/signing-key": ("bundle_not_offered",),
    "GET /orders/{order_id}/dispute": _DISPUTE,
    "GET /orders/{order_id}/dispute/bundle": (*_DISPUTE, "bundle_not_offered"),
    "POST /orders/{order_id}/dispute/messages": (
        "idempotency_key_reused",
        "order_not_found",
        "thread_closed",
        "thread_full",
    ),
    "POST /orders/{order_id}/dispute/evidence": _SHOW,
    "GET /orders/{order_id}/dispute/evidence/parts/{sha256}": _UNFINISHED,
    "PUT /orders/{order_id}/dispute/evidence/parts/{sha256}": (*_UNFINISHED, "content_too_large", "part_not_next"),
    "POST /orders/{order_id}/dispute/evidence/parts/{sha256}": (*_SHOW, "file_not_whole"),
    "GET /orders/{order_id}/dispute/evidence/{number}": (
        *_DISPUTE,
        "block_store_unavailable",
        "content_damaged",
        "evidence_erased",
        "evidence_not_found",
        "evidence_not_offered",
        "evidence_sealed",
        "evidence_unreadable",
    ),
    "DELETE /orders/{order_id}/dispute/evidence/{number}": (
        *_DISPUTE,
        "block_store_unavailable",
        "evidence_not_found",
        "evidence_not_yours",
    ),
    # news
    "GET /feed": (),
    "GET /notifications": (),
    "POST /notifications/read": (),
    "GET /notifications/preferences": (),
    "PUT /notifications/preferences": (
        "channel_not_offered",
        "email_not_valid",
        "kind_must_stay_in_app",
        "phone_not_valid",
        "quiet_hours_not_valid",
        "time_zone_not_known",
    ),
    "POST /notifications/preferences/code": ("channel_not_offered", "nothing_to_confirm"),
    "POST /notifications/preferences/confirm": (
        "channel_not_offered",
        "code_not_right",
        "code_over",
        "nothing_to_confirm",
    ),
    "POST /notifications/push-subscriptions": (
        "channel_not_offered",
        "push_subscription_not_valid",
        "too_many_push_subscriptions",
    ),
    "DELETE /notifications/push-subscriptions/{subscription_id}": ("push_subscription_not_found",),
    "POST /webhooks": ("idempotency_key_reused", "too_many_webhooks", "webhook_url_not_allowed"),
    "GET /webhooks": (),
    "DELETE /webhooks/{webhook_id}": ("webhook_not_found",),
    "GET /webhooks/{webhook_id}/deliveries": ("webhook_not_found",),
    "POST /webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver": (
        "delivery_not_found",
        "delivery_under_way",
        "webhook_not_found",
    ),
    # who looks after the shop
    "GET /admin/overview": ("not_deployed",),
    "GET /admin/orders/{order}": (*_CHAIN, "order_not_found"),
    "GET /admin/events": (),
    "GET /admin/calls": (),
    "GET /admin/cases": (),
    "GET /admin/payments": (),
    "GET /admin/payouts": (),
    "GET /admin/ledger": (),
    "GET /admin/statistics": (),
    "GET /admin/audit": (),
    "POST /admin/calls/{call_id}/retry": ("call_is_beyond_us", "call_not_found", "product_sold_out"),
    "POST /admin/calls/{call_id}/cancel": ("call_is_beyond_us", "call_not_found"),
    "POST /admin/cases/{case_id}/close": ("case_is_closed", "case_not_found"),
    "POST /admin/reconcile": (*_CHAIN, "log_is_empty"),
    "POST /admin/pause": (*_CALL, *_PAUSE),
    "GET /admin/roles": (),
    "POST /admin/roles": ("address_not_valid",),
    "DELETE /admin/roles/{address}/{role}": ("address_not_valid",),
}

FILES: dict[str, dict[int, str]] = {
    "GET /ipfs/{cid}": {
        200: "The file.",
        206: "The bytes of it that `Range` asks for.",
        304: "`If-None-Match` names it: who asks has it.",
    },
    "HEAD /ipfs/{cid}": {200: "The headers of the file.", 304: "`If-None-Match` names it: who asks has it."},
    "GET /orders/{order_id}/dispute/evidence/{number}": {200: "The file."},
}
"""Answers that are a file's bytes, of whatever media type the file has."""

KNOWN_ALREADY = ("GET /products", "GET /products/{product_id}", "GET /categories")
"""Answered with 304 and no body to who names the answer's ETag."""

SAME_BODY: dict[str, dict[int, str]] = {"GET /health": {503: "A part does not work; the body says which."}}
"""Answers with the body of the one that goes well."""

BYTES_TAKEN = ("PUT /orders/{order_id}/dispute/evidence/parts/{sha256}",)
"""Routes whose body is bytes as they are."""
