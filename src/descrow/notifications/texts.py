"""What people read: what happened to the money, and what to do next, in English and in Swahili.

One text serves the list, e-mail, push and SMS, so each fits into one SMS: at most 160 characters, all of them in the
alphabet of a plain phone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from descrow.kernel.money import KesCents, Planck, format_dot, format_kes
from descrow.notifications.kinds import Kind
from descrow.orders.models import Order


class Language(StrEnum):
    ENGLISH = "en"
    SWAHILI = "sw"


@dataclass(frozen=True)
class Wording:
    """One text; `{order}` and `{amount}` are filled in."""

    en: str
    sw: str

    def in_language(self, language: Language) -> str:
        return self.sw if language is Language.SWAHILI else self.en


@dataclass(frozen=True)
class Wordings:
    """Who bought and who sold have different things to do."""

    buyer: Wording
    seller: Wording


_SETTLED = Wording(
    en="Order {order} is settled. {amount} is divided as decided. Open the order to see your part.",
    sw="Oda {order} imesuluhishwa. {amount} zinagawanywa kama ilivyoamuliwa. Fungua oda uone sehemu yako.",
)
_CORRECTED = Wording(
    en="What we showed of order {order} was corrected from the chain. Open the order to see where it stands.",
    sw="Tulichoonyesha kuhusu oda {order} kimesahihishwa. Fungua oda uone hali yake sasa.",
)
_PAYMENT_FAILED = Wording(
    en="The M-Pesa payment for order {order} did not go through. Open the order to see why, then try again.",
    sw="Malipo ya M-Pesa ya oda {order} hayakufaulu. Fungua oda uone sababu, kisha jaribu tena.",
)
_PAYMENT_UNKNOWN = Wording(
    en="We are asking M-Pesa whether the payment for order {order} went through. Do not pay again yet.",
    sw="Tunauliza M-Pesa kama malipo ya oda {order} yamefaulu. Usilipe tena kwa sasa.",
)
_PAYMENT_RETURNED = Wording(
    en="Your payment of {amount} for order {order} could not be used. The money goes back to your phone.",
    sw="Malipo yako ya {amount} kwa oda {order} hayakuweza kutumika. Pesa zinarudi kwenye simu yako.",
)
_PAID_OUT = Wording(
    en="{amount} from order {order} has been paid to you. There is nothing left to do.",
    sw="Umelipwa {amount} kutoka oda {order}. Huna la kufanya tena.",
)
_MONEY_WAITS = Wording(
    en="{amount} from order {order} waits for you in the contract. Open the order to withdraw it.",
    sw="{amount} kutoka oda {order} zinakusubiri kwenye mkataba. Fungua oda uzitoe.",
)
_ACCOUNT_CHANGED = Wording(
    en="Details of your account were changed. If that was not you, sign out everywhere else at once.",
    sw="Taarifa za akaunti yako zimebadilishwa. Kama si wewe, ondoka kwenye vifaa vingine vyote mara moja.",
)

_WORDINGS: dict[Kind, Wordings] = {
    Kind.ORDER_CREATED: Wordings(
        buyer=Wording(
            en="Order {order} is ready. Pay {amount} now; it is held until you have what you bought.",
            sw="Oda {order} iko tayari. Lipa {amount} sasa; zitashikiliwa hadi upokee ulichonunua.",
        ),
        seller=Wording(
            en="You have a new order, {order}, of {amount}. Do not ship yet: wait until it is paid.",
            sw="Una oda mpya, {order}, ya {amount}. Usitume bidhaa bado: subiri ilipwe.",
        ),
    ),
    Kind.ORDER_FUNDED: Wordings(
        buyer=Wording(
            en="Order {order} is paid, and {amount} is held safely. The seller ships next.",
            sw="Oda {order} imelipwa, na {amount} zimeshikiliwa salama. Muuzaji sasa atatuma bidhaa.",
        ),
        seller=Wording(
            en="Order {order} is paid, and {amount} is held for you. Ship it now, and mark it as shipped.",
            sw="Oda {order} imelipwa, na {amount} zimeshikiliwa kwa ajili yako. Tuma bidhaa sasa, kisha weka alama.",
        ),
    ),
    Kind.ORDER_SHIPPED: Wordings(
        buyer=Wording(
            en="Order {order} is on its way; {amount} stays held. Confirm when it has come, or dispute it in time.",
            sw="Oda {order} iko njiani; {amount} bado zimeshikiliwa. Thibitisha ikifika, au pinga kwa wakati.",
        ),
        seller=Wording(
            en="Order {order} is shipped. You are paid when the buyer confirms, or the time to inspect is over.",
            sw="Oda {order} imetumwa. Utalipwa mnunuzi akithibitisha, au muda wa kukagua ukiisha.",
        ),
    ),
    Kind.ORDER_DELIVERED: Wordings(
        buyer=Wording(
            en="Order {order} is complete. {amount} goes to the seller. There is nothing left to do.",
            sw="Oda {order} imekamilika. {amount} zinakwenda kwa muuzaji. Huna la kufanya tena.",
        ),
        seller=Wording(
            en="Order {order} is complete. Your money, {amount} less the fee, is on its way to you.",
            sw="Oda {order} imekamilika. Pesa zako, {amount} bila ada, ziko njiani kwako.",
        ),
    ),
    Kind.ORDER_REFUNDED: Wordings(
        buyer=Wording(
            en="Order {order} is refunded: {amount} comes back to you. There is nothing left to do.",
            sw="Oda {order} imerejeshewa pesa: {amount} zinarudi kwako. Huna la kufanya tena.",
        ),
        seller=Wording(
            en="Order {order} is refunded: {amount} goes back to the buyer. Do not ship it.",
            sw="Oda {order} imerejeshewa pesa: {amount} zinarudi kwa mnunuzi. Usitume bidhaa.",
        ),
    ),
    Kind.ORDER_CANCELLED: Wordings(
        buyer=Wording(
            en="Order {order} was cancelled before it was paid. No money moved. There is nothing left to do.",
            sw="Oda {order} ilifutwa kabla ya kulipwa. Hakuna pesa zilizohama. Huna la kufanya tena.",
        ),
        seller=Wording(
            en="Order {order} was cancelled before it was paid. No money moved. Do not ship it.",
            sw="Oda {order} ilifutwa kabla ya kulipwa. Hakuna pesa zilizohama. Usitume bidhaa.",
        ),
    ),
    Kind.ORDER_EXPIRED: Wordings(
        buyer=Wording(
            en="Order {order} was not paid in time and has ended. No money moved. Order again if you still want it.",
            sw="Oda {order} haikulipwa kwa wakati na imeisha. Hakuna pesa zilizohama. Agiza tena ukitaka.",
        ),
        seller=Wording(
            en="Order {order} was not paid in time and has ended. No money moved. Do not ship it.",
            sw="Oda {order} haikulipwa kwa wakati na imeisha. Hakuna pesa zilizohama. Usitume bidhaa.",
        ),
    ),
    Kind.ORDER_DISPUTED: Wordings(
        buyer=Wording(
            en="You dispute order {order}; {amount} stays held. Add evidence. If you cannot agree, an arbiter decides.",
            sw="Umepinga oda {order}; {amount} bado zimeshikiliwa. Weka ushahidi. Msuluhishi ataamua msipokubaliana.",
        ),
        seller=Wording(
            en="The buyer disputes order {order}; {amount} stays held. Add your evidence, or offer a settlement.",
            sw="Mnunuzi amepinga oda {order}; {amount} bado zimeshikiliwa. Weka ushahidi, au pendekeza suluhu.",
        ),
    ),
    Kind.ORDER_RESOLVED: Wordings(_SETTLED, _SETTLED),
    Kind.ORDER_CORRECTED: Wordings(_CORRECTED, _CORRECTED),
    Kind.PAYMENT_CONFIRMED: Wordings(
        buyer=Wording(
            en="M-Pesa has your payment of {amount} for order {order}. It is being recorded; do not pay again.",
            sw="M-Pesa imepokea malipo yako ya {amount} kwa oda {order}. Yanaandikwa; usilipe tena.",
        ),
        seller=Wording(
            en="The buyer has paid {amount} for order {order} by M-Pesa. Ship when we tell you that it is held.",
            sw="Mnunuzi amelipa {amount} kwa oda {order} kwa M-Pesa. Tuma bidhaa tukikuambia zimeshikiliwa.",
        ),
    ),
    Kind.PAYMENT_FAILED: Wordings(_PAYMENT_FAILED, _PAYMENT_FAILED),
    Kind.PAYMENT_UNKNOWN: Wordings(_PAYMENT_UNKNOWN, _PAYMENT_UNKNOWN),
    Kind.PAYMENT_RETURNED: Wordings(_PAYMENT_RETURNED, _PAYMENT_RETURNED),
    Kind.PAID_OUT: Wordings(_PAID_OUT, _PAID_OUT),
    Kind.MONEY_WAITS: Wordings(_MONEY_WAITS, _MONEY_WAITS),
    Kind.ACCOUNT_CHANGED: Wordings(_ACCOUNT_CHANGED, _ACCOUNT_CHANGED),
}

_CODE = Wording(
    en="Your Descrow code is {code}. It is good for 15 minutes. Give it to nobody.",
    sw="Nambari yako ya Descrow ni {code}. Inatumika kwa dakika 15. Usimpe mtu yeyote.",
)
_SUBJECT = Wording(en="Descrow: order {order}", sw="Descrow: oda {order}")
_SUBJECT_OF_ACCOUNT = Wording(en="Descrow: your account", sw="Descrow: akaunti yako")


@dataclass(frozen=True)
class Text:
    subject: str
    body: str


def text_of(kind: Kind, payload: Mapping[str, object], order: Order | None, reader_id: int, language: Language) -> Text:
    """What this reader is told. `order` is the one that the payload names, if it names one."""
    wordings = _WORDINGS[kind]
    wording = wordings.seller if order is not None and order.seller_id == reader_id else wordings.buyer
    number = "" if order is None else str(order.id)
    return Text(
        subject=(_SUBJECT_OF_ACCOUNT if order is None else _SUBJECT).in_language(language).format(order=number),
        body=wording.in_language(language).format(order=number, amount=_amount(payload, order)),
    )


def code_text(code: str, language: Language) -> Text:
    """What confirms an address or a phone."""
    return Text(subject=_SUBJECT_OF_ACCOUNT.in_language(language), body=_CODE.in_language(language).format(code=code))


def _amount(payload: Mapping[str, object], order: Order | None) -> str:
    """What the news itself speaks of, else what the order costs."""
    if "amountPlanck" in payload:
        return format_dot(Planck(int(str(payload["amountPlanck"]))))
    if "amountKesCents" in payload:
        return format_kes(KesCents(int(str(payload["amountKesCents"]))))
    if order is None:
        return ""
    if order.amount_planck is not None:
        return format_dot(Planck(order.amount_planck))
    return format_kes(KesCents(order.amount_kes_cents or 0))
