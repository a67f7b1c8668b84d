"""The texts: for every kind, both parties and both languages, short, plain and filled in."""

from datetime import UTC, datetime
from itertools import product
from uuid import uuid4

import pytest

from descrow.contract.order_status import OrderStatus
from descrow.kernel.texts.languages import Language
from descrow.notifications.kinds import ABOUT_MONEY, KIND_BY_PAYMENT_STATUS, NotificationKind, kind_of
from descrow.notifications.texts import code_text, text_of
from descrow.orders.models import Order
from descrow.payments.mpesa.models import PaymentStatus

BUYER, SELLER = 1, 2


def an_order() -> Order:
    return Order(
        id=987_654,
        reference=uuid4(),
        buyer_id=BUYER,
        seller_id=SELLER,
        amount_kes_cents=98_765_432_100,
        payment_method="mpesa",
        created_at=datetime.now(UTC),
    )


@pytest.mark.parametrize(("kind", "reader", "language"), list(product(NotificationKind, (BUYER, SELLER), Language)))
def test_every_text_fits_into_one_sms_and_has_nothing_left_to_fill_in(
    kind: NotificationKind, reader: int, language: Language
) -> None:
    body = text_of(kind, {}, an_order(), reader, language).body

    assert len(body) <= 160
    assert body.isascii()
    assert "{" not in body
    assert "987654" in body or kind is NotificationKind.ACCOUNT_CHANGED


@pytest.mark.parametrize("kind", NotificationKind)
def test_the_languages_differ(kind: NotificationKind) -> None:
    english, swahili = (text_of(kind, {}, an_order(), BUYER, language) for language in Language)

    assert english.body != swahili.body
    assert english.subject != swahili.subject


def test_buyer_and_seller_are_told_what_each_has_to_do() -> None:
    buyer, seller = (
        text_of(NotificationKind.ORDER_FUNDED, {}, an_order(), who, Language.ENGLISH).body for who in (BUYER, SELLER)
    )

    assert buyer == "Order 987654 is paid, and 987,654,321 KES is held safely. The seller ships next."
    assert seller.endswith("Ship it now, and mark it as shipped.")


def test_a_payout_tells_its_own_amount_and_not_the_orders() -> None:
    in_dot = text_of(NotificationKind.PAID_OUT, {"amountPlanck": "24750000000"}, an_order(), SELLER, Language.ENGLISH)
    in_shillings = text_of(NotificationKind.PAID_OUT, {"amountKesCents": "12300"}, an_order(), SELLER, Language.SWAHILI)

    assert in_dot.body.startswith("2.475 DOT from order 987654")
    assert in_shillings.body == "Umelipwa 123 KES kutoka oda 987654. Huna la kufanya tena."


def test_a_code_is_told_in_the_readers_language() -> None:
    assert "042917" in code_text("042917", Language.ENGLISH).body
    assert "Usimpe mtu yeyote" in code_text("042917", Language.SWAHILI).body


@pytest.mark.parametrize("status", OrderStatus)
def test_every_status_of_an_order_is_notified(status: OrderStatus) -> None:
    assert kind_of("orderUpdate", {"status": status.value}) is NotificationKind(f"order_{status}")


@pytest.mark.parametrize(
    ("name", "payload", "kind"),
    [
        ("orderUpdate", {"status": "funded", "takenBack": True}, NotificationKind.ORDER_CORRECTED),
        ("orderUpdate", {"status": "funded", "corrected": True}, NotificationKind.ORDER_CORRECTED),
        ("payout", {"paid": True}, NotificationKind.PAID_OUT),
        ("payout", {"paid": False}, NotificationKind.MONEY_WAITS),
        ("paymentConfirmed", {"status": "confirmed"}, NotificationKind.PAYMENT_CONFIRMED),
        ("paymentUpdate", {"status": "failed"}, NotificationKind.PAYMENT_FAILED),
        ("paymentUpdate", {"status": "unknown"}, NotificationKind.PAYMENT_UNKNOWN),
        ("accountChanged", {}, NotificationKind.ACCOUNT_CHANGED),
        *(
            ("paymentUpdate", {"status": s}, NotificationKind.PAYMENT_RETURNED)
            for s in ("late", "double", "short", "surplus")
        ),
        *(("paymentUpdate", {"status": s}, None) for s in ("requested", "prompted", "nonsense")),
        ("orderConfirming", {"status": "funded"}, None),
        ("orderRetracted", {"status": "funded"}, None),
        ("orderUpdate", {}, None),
        ("somethingNew", {"status": "funded"}, None),
    ],
)
def test_what_is_notified_and_what_only_a_screen_follows(
    name: str, payload: dict[str, object], kind: NotificationKind | None
) -> None:
    assert kind_of(name, payload) is kind


def test_every_end_of_a_payment_that_costs_the_buyer_a_thought_is_about_money() -> None:
    reported = {kind_of("paymentUpdate", {"status": status.value}) for status in PaymentStatus} - {None}

    assert reported <= ABOUT_MONEY


def test_every_status_of_a_payment_is_notified_or_left_to_the_screen_on_purpose() -> None:
    only_in_the_console = {"requested", "prompted"}
    by_an_event_of_its_own = {"confirmed"}

    statuses = {status.value for status in PaymentStatus}

    assert statuses == KIND_BY_PAYMENT_STATUS.keys() | only_in_the_console | by_an_event_of_its_own


@pytest.mark.parametrize(("payment_method", "called"), [("mpesa", "M-Pesa"), ("voucher", "voucher")])
def test_a_payment_is_told_by_the_name_of_its_way_to_pay(payment_method: str, called: str) -> None:
    order = an_order()
    order.payment_method = payment_method

    body = text_of(NotificationKind.PAYMENT_CONFIRMED, {}, order, SELLER, Language.ENGLISH).body

    assert body.startswith(f"The buyer has paid 987,654,321 KES for order 987654 by {called}.")
