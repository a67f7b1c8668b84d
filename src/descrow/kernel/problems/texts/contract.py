"""The contract's own reasons, `escrow: …`, each under the code that `escrow.errors.code_of_reason` makes of it."""

from descrow.kernel.problems.texts.words import Text, Words


def _refused(happened: str, advice: str, sw_happened: str, sw_advice: str) -> Text:
    """A call was tried out before anything was sent, so the money is the same story for every reason."""
    return Text(
        f"{happened} Nothing was sent, and no money has moved.",
        advice,
        Words("Mkataba umekataa", f"{sw_happened} Hakuna kilichotumwa, na hakuna pesa iliyotoka.", sw_advice),
    )


_LOOK = "Look at the order again: its page shows what can be done now."
_SW_LOOK = "Angalia oda tena: ukurasa wake unaonyesha kinachoweza kufanywa sasa."
_RIGHT_ACCOUNT = "Sign in with the account that this is for."
_SW_RIGHT_ACCOUNT = "Ingia kwa akaunti inayohusika."
_TELL_SHOP = "Tell the shop; its operator can mend this."
_SW_TELL_SHOP = "Liambie duka; msimamizi anaweza kurekebisha."

CONTRACT = {
    "escrow_address_is_the_escrow_itself": _refused(
        "The contract's own address was given for a person's.",
        "Give the address of an account.",
        "Anwani ya mkataba wenyewe imetumiwa badala ya ya mtu.",
        "Weka anwani ya akaunti.",
    ),
    "escrow_address_is_zero": _refused(
        "An address is empty.",
        "Give the address of an account.",
        "Anwani moja haina kitu.",
        "Weka anwani ya akaunti.",
    ),
    "escrow_already_paused": _refused(
        "The contract is paused already.",
        "There is nothing to do.",
        "Mkataba umeshasimamishwa.",
        "Hakuna la kufanya.",
    ),
    "escrow_amount_is_not_exact": _refused(
        "The amount is not exactly what is due.",
        "Pay the amount on the order's page, to the last digit.",
        "Kiasi si sawa kabisa na kinachodaiwa.",
        "Lipa kiasi kilicho kwenye ukurasa wa oda, hadi tarakimu ya mwisho.",
    ),
    "escrow_amount_is_not_in_whole_planck": _refused(
        "The amount is finer than the chain can count.",
        "Use an amount with ten decimals of a DOT at most.",
        "Kiasi kina desimali nyingi kuliko blockchain inavyoweza kuhesabu.",
        "Tumia kiasi chenye desimali kumi za DOT au chache zaidi.",
    ),
    "escrow_amount_is_not_in_whole_shillings": _refused(
        "An amount by M-Pesa must be in whole shillings.",
        "Use an amount without cents.",
        "Kiasi cha M-Pesa lazima kiwe shilingi kamili.",
        "Tumia kiasi kisicho na senti.",
    ),
    "escrow_amount_is_too_large": _refused(
        "The amount is larger than the contract can hold.",
        "Use a smaller amount.",
        "Kiasi ni kikubwa kuliko mkataba unavyoweza kushikilia.",
        "Tumia kiasi kidogo zaidi.",
    ),
    "escrow_amount_is_zero": _refused(
        "The amount is nothing.",
        "Use an amount above zero.",
        "Kiasi ni sifuri.",
        "Tumia kiasi kilicho zaidi ya sifuri.",
    ),
    "escrow_buyer_is_the_seller": _refused(
        "Buyer and seller are the same account.",
        "Order with another account.",
        "Mnunuzi na muuzaji ni akaunti moja.",
        "Agiza kwa akaunti nyingine.",
    ),
    "escrow_caller_is_neither_party_nor_arbiter": _refused(
        "Only the buyer, the seller or the arbiter of this order may do this.",
        _RIGHT_ACCOUNT,
        "Mnunuzi, muuzaji au mwamuzi wa oda hii pekee ndiye anayeweza kufanya hivi.",
        _SW_RIGHT_ACCOUNT,
    ),
    "escrow_caller_is_neither_party_nor_operator": _refused(
        "Only the buyer, the seller or the shop may do this.",
        _RIGHT_ACCOUNT,
        "Mnunuzi, muuzaji au duka pekee ndiye anayeweza kufanya hivi.",
        _SW_RIGHT_ACCOUNT,
    ),
    "escrow_caller_is_not_a_party": _refused(
        "Only the buyer or the seller of this order may do this.",
        _RIGHT_ACCOUNT,
        "Mnunuzi au muuzaji wa oda hii pekee ndiye anayeweza kufanya hivi.",
        _SW_RIGHT_ACCOUNT,
    ),
    "escrow_caller_is_not_guardian_or_owner": _refused(
        "Only the contract's guardian or owner may do this.",
        _RIGHT_ACCOUNT,
        "Mlinzi au mmiliki wa mkataba pekee ndiye anayeweza kufanya hivi.",
        _SW_RIGHT_ACCOUNT,
    ),
    "escrow_caller_is_not_the_arbiter": _refused(
        "Only the order's arbiter may do this.",
        _RIGHT_ACCOUNT,
        "Mwamuzi wa oda pekee ndiye anayeweza kufanya hivi.",
        _SW_RIGHT_ACCOUNT,
    ),
    "escrow_caller_is_not_the_buyer": _refused(
        "Only the buyer of this order may do this.",
        _RIGHT_ACCOUNT,
        "Mnunuzi wa oda hii pekee ndiye anayeweza kufanya hivi.",
        _SW_RIGHT_ACCOUNT,
    ),
    "escrow_caller_is_not_the_operator": _refused(
        "Only the shop itself may do this.",
        _TELL_SHOP,
        "Duka lenyewe pekee ndilo linaloweza kufanya hivi.",
        _SW_TELL_SHOP,
    ),
    "escrow_caller_is_not_the_oracle": _refused(
        "Only the shop's oracle, which records payments by M-Pesa, may do this.",
        _TELL_SHOP,
        "Sehemu ya duka inayorekodi malipo ya M-Pesa (oracle) pekee ndiyo inayoweza kufanya hivi.",
        _SW_TELL_SHOP,
    ),
    "escrow_caller_is_not_the_owner": _refused(
        "Only the contract's owner may do this.",
        _RIGHT_ACCOUNT,
        "Mmiliki wa mkataba pekee ndiye anayeweza kufanya hivi.",
        _SW_RIGHT_ACCOUNT,
    ),
    "escrow_caller_is_not_the_pending_owner": _refused(
        "Only who was named as the contract's next owner may do this.",
        _RIGHT_ACCOUNT,
        "Aliyetajwa kuwa mmiliki ajaye wa mkataba pekee ndiye anayeweza kufanya hivi.",
        _SW_RIGHT_ACCOUNT,
    ),
    "escrow_caller_is_not_the_proposer": _refused(
        "Only who made the offer can withdraw it.",
        "Accept it, or make an offer of your own.",
        "Aliyetoa pendekezo ndiye pekee anayeweza kuliondoa.",
        "Likubali, au toa pendekezo lako.",
    ),
    "escrow_caller_is_not_the_seller": _refused(
        "Only the seller of this order may do this.",
        _RIGHT_ACCOUNT,
        "Muuzaji wa oda hii pekee ndiye anayeweza kufanya hivi.",
        _SW_RIGHT_ACCOUNT,
    ),
    "escrow_caller_is_the_proposer": _refused(
        "You made this offer yourself; the other party has to accept it.",
        "Wait for their answer, or withdraw the offer.",
        "Pendekezo hili ni lako mwenyewe; mwenzako ndiye anayepaswa kulikubali.",
        "Subiri jibu lake, au liondoe pendekezo.",
    ),
    "escrow_cap_is_too_large": _refused(
        "The cap is larger than the contract can hold.",
        "Use a smaller cap.",
        "Kikomo ni kikubwa kuliko mkataba unavyoweza kushikilia.",
        "Tumia kikomo kidogo zaidi.",
    ),
    "escrow_fee_is_too_high": _refused(
        "The contract allows no fee above ten percent.",
        "Use a lower fee.",
        "Mkataba hauruhusu ada inayozidi asilimia kumi.",
        "Tumia ada ndogo zaidi.",
    ),
    "escrow_new_orders_and_payments_are_paused": _refused(
        "The shop takes no new orders and no new money just now. Money that is held can still go out.",
        "Do not pay now; come back later.",
        "Kwa sasa duka halipokei oda mpya wala pesa mpya. Pesa zinazoshikiliwa bado zinaweza kutoka.",
        "Usilipe sasa; rudi baadaye.",
    ),
    "escrow_no_credit": _refused(
        "Nothing is waiting for you in the contract: it was paid out already, or there was nothing.",
        "Look at your wallet.",
        "Hakuna pesa zako zinazosubiri kwenye mkataba: zimeshalipwa, au hazikuwepo.",
        "Angalia wallet yako.",
    ),
    "escrow_no_open_offer": _refused(
        "There is no open offer to settle: none was made, or the order's status has changed since.",
        _LOOK,
        "Hakuna pendekezo la kugawana: halikutolewa, au oda imesonga mbele.",
        _SW_LOOK,
    ),
    "escrow_no_such_order": _refused(
        "The contract knows no order with this number.",
        _TELL_SHOP,
        "Mkataba haujui oda yenye namba hii.",
        _SW_TELL_SHOP,
    ),
    "escrow_no_such_payment_mode": _refused(
        "The contract knows payment in DOT and by M-Pesa only.",
        _TELL_SHOP,
        "Mkataba unajua malipo kwa DOT na kwa M-Pesa pekee.",
        _SW_TELL_SHOP,
    ),
    "escrow_no_such_terms": _refused(
        "The contract knows no such terms.",
        _TELL_SHOP,
        "Mkataba haujui masharti hayo.",
        _SW_TELL_SHOP,
    ),
    "escrow_not_paused": _refused(
        "The contract is not paused.",
        "There is nothing to do.",
        "Mkataba haujasimamishwa.",
        "Hakuna la kufanya.",
    ),
    "escrow_nothing_is_due": _refused(
        "The time of none of these orders is over.",
        "Wait for the date on the order's page.",
        "Hakuna oda kati ya hizi ambayo muda wake umeisha.",
        "Subiri tarehe iliyo kwenye ukurasa wa oda.",
    ),
    "escrow_offer_has_expired": _refused(
        "The offer to settle has expired.",
        "Ask the other party to make it again, or make one yourself.",
        "Muda wa pendekezo la kugawana umeisha.",
        "Mwombe mwenzako alitoe tena, au toa lako.",
    ),
    "escrow_order_holds_no_payment": _refused(
        "The order holds no money: it is not paid, or was paid out already.",
        _LOOK,
        "Oda haina pesa: haijalipwa, au pesa zimeshatoka.",
        _SW_LOOK,
    ),
    "escrow_order_is_not_awaiting_payment": _refused(
        "The order is not waiting for a payment: it is paid, cancelled or over.",
        "Do not pay. Look at the order again.",
        "Oda haisubiri malipo: imelipwa, imeghairiwa au imeisha.",
        "Usilipe. Angalia oda tena.",
    ),
    "escrow_order_is_not_disputed": _refused(
        "Nobody disputes this order, or the dispute is over.",
        _LOOK,
        "Oda hii haina mgogoro, au mgogoro umeisha.",
        _SW_LOOK,
    ),
    "escrow_order_is_not_funded": _refused(
        "The order is not paid yet, or has moved on.",
        "Ship nothing before the order's page says that it is paid.",
        "Oda bado haijalipwa, au imesonga mbele.",
        "Usitume bidhaa kabla ukurasa wa oda kusema kwamba imelipwa.",
    ),
    "escrow_order_is_not_paid_by_m_pesa": _refused(
        "The order is not one to be paid by M-Pesa.",
        "Pay it in DOT.",
        "Oda hii si ya kulipwa kwa M-Pesa.",
        "Ilipe kwa DOT.",
    ),
    "escrow_order_is_not_paid_in_dot": _refused(
        "The order is not one to be paid in DOT.",
        "Pay it by M-Pesa.",
        "Oda hii si ya kulipwa kwa DOT.",
        "Ilipe kwa M-Pesa.",
    ),
    "escrow_order_is_not_shipped": _refused(
        "The order is not on its way, or has moved on.",
        _LOOK,
        "Oda bado haijatumwa, au imesonga mbele.",
        _SW_LOOK,
    ),
    "escrow_payment_is_above_the_cap_of_an_order": _refused(
        "The contract believes no payment by M-Pesa of this size.",
        "Pay in DOT.",
        "Mkataba haukubali malipo ya M-Pesa ya kiasi hiki.",
        "Lipa kwa DOT.",
    ),
    "escrow_payment_is_above_the_cap_of_the_day": _refused(
        "The contract takes no more by M-Pesa today.",
        "Try tomorrow, or pay in DOT.",
        "Mkataba haupokei zaidi kwa M-Pesa leo.",
        "Jaribu kesho, au lipa kwa DOT.",
    ),
    "escrow_receipt_is_empty": _refused(
        "The payment by M-Pesa has no receipt.",
        _TELL_SHOP,
        "Malipo ya M-Pesa hayana risiti.",
        _SW_TELL_SHOP,
    ),
    "escrow_receipt_was_used_before": _refused(
        "This M-Pesa receipt has paid for an order already.",
        _TELL_SHOP,
        "Risiti hii ya M-Pesa imeshalipia oda nyingine.",
        _SW_TELL_SHOP,
    ),
    "escrow_recipient_refused_the_coin": _refused(
        "The account cannot take the money; it stays in the contract, as a credit of the same account.",
        "Withdraw it to another address of yours.",
        "Akaunti haiwezi kupokea pesa; zinabaki kwenye mkataba kwa jina la akaunti hiyohiyo.",
        "Zitoe kwenda anwani yako nyingine.",
    ),
    "escrow_share_is_above_100_percent": _refused(
        "A share is more than everything.",
        "Use 10,000 basis points, which is everything, at most.",
        "Sehemu ni zaidi ya yote.",
        "Tumia basis points 10,000, ambazo ni zote, au chache zaidi.",
    ),
    "escrow_share_is_not_the_one_offered": _refused(
        "The offer that stands is another than the one you accept.",
        "Look at the offer again, then answer it.",
        "Pendekezo lililopo si lile unalolikubali.",
        "Angalia pendekezo tena, kisha ulijibu.",
    ),
    "escrow_time_to_decide_is_over": _refused(
        "The arbiter's time is over; anyone may now have the money divided as the terms say.",
        "Settle the order by its default outcome.",
        "Muda wa mwamuzi umeisha; sasa yeyote anaweza kuomba pesa zigawanywe kama masharti yanavyosema.",
        "Malizia oda kwa matokeo yaliyowekwa na masharti.",
    ),
    "escrow_time_to_dispute_is_over": _refused(
        "The time to dispute this order is over.",
        "Speak with the seller.",
        "Muda wa kufungua mgogoro kuhusu oda hii umeisha.",
        "Zungumza na muuzaji.",
    ),
    "escrow_time_to_pay_is_over": _refused(
        "The time to pay this order is over.",
        "Make a new order.",
        "Muda wa kulipia oda hii umeisha.",
        "Weka oda mpya.",
    ),
    "escrow_time_to_ship_is_over": _refused(
        "The time to ship is over; the buyer gets the money back.",
        "Do not ship. Speak with the buyer about a new order.",
        "Muda wa kutuma umeisha; mnunuzi anarudishiwa pesa.",
        "Usitume. Zungumza na mnunuzi kuhusu oda mpya.",
    ),
    "escrow_too_little_gas_for_the_payout": _refused(
        "The call brings too little gas to pay out with.",
        "Send it again with a higher limit.",
        "Ombi halina gesi (gas) ya kutosha kulipa.",
        "Litume tena na kikomo kikubwa zaidi.",
    ),
    "escrow_total_is_too_large": _refused(
        "The contract holds as much as it can.",
        "Try again when other orders have ended.",
        "Mkataba umejaa pesa unazoweza kushikilia.",
        "Jaribu tena oda nyingine zikiisha.",
    ),
    "escrow_window_is_too_long": _refused(
        "The contract takes no time longer than a year.",
        "Use a shorter time.",
        "Mkataba haukubali muda unaozidi mwaka mmoja.",
        "Tumia muda mfupi zaidi.",
    ),
    "escrow_window_is_too_short": _refused(
        "The contract takes no time shorter than a minute.",
        "Use a longer time.",
        "Mkataba haukubali muda ulio chini ya dakika moja.",
        "Tumia muda mrefu zaidi.",
    ),
}
