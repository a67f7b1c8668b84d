"""Define what people read: what happened to the money, and what to do next, in English and in Swahili.

The sentences stand in `notifications.json` of the catalogue. The caller passes the language, which
`notifications.preferences` decides. One text serves the list, e-mail, push and SMS, so each
fits into one SMS: at most 160 characters, all of them in the alphabet of a plain phone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from descrow.kernel.money import KesCents, Planck, format_dot, format_kes
from descrow.kernel.texts import NOTIFICATIONS, read_texts
from descrow.kernel.texts.languages import Language
from descrow.notifications.kinds import NotificationKind
from descrow.orders.models import Order


@dataclass(frozen=True)
class NotificationText:
    subject: str
    body: str


def text_of(
    kind: NotificationKind, payload: Mapping[str, object], order: Order | None, reader_id: int, language: Language
) -> NotificationText:
    """Return what this reader is told. `order` is the one that the payload names, if it names one."""
    texts = read_texts(NOTIFICATIONS, language)
    wordings = texts["kinds"][kind.value]
    reader = "seller" if order is not None and order.seller_id == reader_id else "buyer"
    number = "" if order is None else str(order.id)
    subject: str = texts["account_subject"] if order is None else texts["order_subject"]
    body: str = wordings["everybody"] if "everybody" in wordings else wordings[reader]
    method = "" if order is None else _method(texts["payment_methods"], order.payment_method)
    return NotificationText(
        subject=subject.format(order=number),
        body=body.format(
            order=number, amount=_amount(payload, order), method=method, left=_time_left(texts["time_left"], payload)
        ),
    )


def code_text(code: str, language: Language) -> NotificationText:
    """Return the message that confirms an address or a phone."""
    texts = read_texts(NOTIFICATIONS, language)
    return NotificationText(subject=texts["account_subject"], body=texts["confirmation_code"].format(code=code))


def _method(names: Mapping[str, str], name: str) -> str:
    """Return what people call a way to pay; one that the catalogue does not know yet goes by its own name."""
    return names.get(name, name)


def _time_left(words: Mapping[str, str], payload: Mapping[str, object]) -> str:
    """Return how much time a reminder leaves, empty for what is no reminder."""
    return words.get(str(payload.get("hoursLeft")), "")


def _amount(payload: Mapping[str, object], order: Order | None) -> str:
    """Return what the news itself speaks of, else what the order costs."""
    if "amountPlanck" in payload:
        return format_dot(Planck(int(str(payload["amountPlanck"]))))
    if "amountKesCents" in payload:
        return format_kes(KesCents(int(str(payload["amountKesCents"]))))
    if order is None:
        return ""
    if order.amount_planck is not None:
        return format_dot(Planck(order.amount_planck))
    return format_kes(KesCents(order.amount_kes_cents or 0))
