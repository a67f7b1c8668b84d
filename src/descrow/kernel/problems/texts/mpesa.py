"""Why a payment by M-Pesa brought no money: a payment's `failure`, under a code that begins with `mpesa_`."""

from descrow.kernel.problems.texts.words import Text, Words


def _failed(happened: str, advice: str, sw_happened: str, sw_advice: str) -> Text:
    return Text(happened, advice, Words("Malipo hayakukamilika", sw_happened, sw_advice))


MPESA = {
    "mpesa_above_maximum": _failed(
        "The amount is above M-Pesa's limit for one payment. Nothing was paid.",
        "Pay in DOT, or order less at once.",
        "Kiasi kinazidi kikomo cha M-Pesa kwa malipo mamoja. Hakuna pesa iliyolipwa.",
        "Lipa kwa DOT, au agiza kidogo kwa mara moja.",
    ),
    "mpesa_authentication_failed": _failed(
        "M-Pesa could not make sure that it was you. Nothing was paid.",
        "Try again.",
        "M-Pesa haikuweza kuthibitisha kwamba ni wewe. Hakuna pesa iliyolipwa.",
        "Jaribu tena.",
    ),
    "mpesa_below_minimum": _failed(
        "The amount is too small for M-Pesa. Nothing was paid.",
        "Pay in DOT.",
        "Kiasi ni kidogo mno kwa M-Pesa. Hakuna pesa iliyolipwa.",
        "Lipa kwa DOT.",
    ),
    "mpesa_cancelled_by_user": _failed(
        "You cancelled the request on your phone. Nothing was paid.",
        "Try again when you want to pay.",
        "Ulighairi ombi kwenye simu yako. Hakuna pesa iliyolipwa.",
        "Jaribu tena ukitaka kulipa.",
    ),
    "mpesa_daily_limit_exceeded": _failed(
        "You have reached M-Pesa's limit for today. Nothing was paid.",
        "Try again tomorrow.",
        "Umefikia kikomo cha M-Pesa cha leo. Hakuna pesa iliyolipwa.",
        "Jaribu tena kesho.",
    ),
    "mpesa_declined": _failed(
        "M-Pesa declined the payment. Nothing was paid.",
        "Ask Safaricom, or pay another way.",
        "M-Pesa imekataa malipo. Hakuna pesa iliyolipwa.",
        "Uliza Safaricom, au lipa kwa njia nyingine.",
    ),
    "mpesa_expired": _failed(
        "The request expired before you answered. Nothing was paid.",
        "Try again.",
        "Ombi liliisha muda kabla hujajibu. Hakuna pesa iliyolipwa.",
        "Jaribu tena.",
    ),
    "mpesa_insufficient_balance": _failed(
        "There is not enough money in your M-Pesa account. Nothing was paid.",
        "Top it up, then try again.",
        "Hakuna pesa za kutosha kwenye M-Pesa yako. Hakuna pesa iliyolipwa.",
        "Ongeza pesa, kisha ujaribu tena.",
    ),
    "mpesa_misconfigured": _failed(
        "M-Pesa refuses the shop's account. Nothing was paid, and the shop has been told.",
        "Pay another way meanwhile.",
        "M-Pesa inakataa akaunti ya duka. Hakuna pesa iliyolipwa, na duka limejulishwa.",
        "Kwa sasa lipa kwa njia nyingine.",
    ),
    "mpesa_no_answer": _failed(
        "M-Pesa did not tell us what became of the request.",
        "If you were charged, it will be put right: do not pay again before the order's page says so.",
        "M-Pesa haikutuambia ombi liliishaje.",
        "Ikiwa ulitozwa, itarekebishwa: usilipe tena kabla ukurasa wa oda kukuambia.",
    ),
    "mpesa_not_sent": _failed(
        "M-Pesa did not take the request, and nothing was paid.",
        "Try again.",
        "M-Pesa haikupokea ombi, na hakuna pesa iliyolipwa.",
        "Jaribu tena.",
    ),
    "mpesa_pin_locked": _failed(
        "Your M-Pesa PIN is locked. Nothing was paid.",
        "Dial *334# or call 100 to unlock it.",
        "PIN yako ya M-Pesa imefungwa. Hakuna pesa iliyolipwa.",
        "Piga *334# au piga simu 100 ili ifunguliwe.",
    ),
    "mpesa_prompt_not_sent": _failed(
        "M-Pesa could not reach your phone. Nothing was paid.",
        "Try again in some minutes.",
        "M-Pesa haikuweza kuifikia simu yako. Hakuna pesa iliyolipwa.",
        "Jaribu tena baada ya dakika chache.",
    ),
    "mpesa_receiver_limit_exceeded": _failed(
        "The shop's M-Pesa account is full just now. Nothing was paid.",
        "Try again later.",
        "Akaunti ya M-Pesa ya duka imejaa kwa sasa. Hakuna pesa iliyolipwa.",
        "Jaribu tena baadaye.",
    ),
    "mpesa_repeated_too_soon": _failed(
        "M-Pesa takes the same payment again only after two minutes. Nothing was paid.",
        "Wait, then try again.",
        "M-Pesa inakubali malipo sawa tena baada ya dakika mbili tu. Hakuna pesa iliyolipwa.",
        "Subiri, kisha ujaribu tena.",
    ),
    "mpesa_subscriber_busy": _failed(
        "Your phone is busy with another M-Pesa request. Nothing was paid.",
        "Finish it, then try again.",
        "Simu yako inashughulikia ombi lingine la M-Pesa. Hakuna pesa iliyolipwa.",
        "Limalize, kisha ujaribu tena.",
    ),
    "mpesa_system_busy": _failed(
        "M-Pesa is busy. Nothing was paid.",
        "Try again in some minutes.",
        "M-Pesa ina shughuli nyingi. Hakuna pesa iliyolipwa.",
        "Jaribu tena baada ya dakika chache.",
    ),
    "mpesa_timed_out": _failed(
        "Your phone did not answer in time. Nothing was paid.",
        "Try again when it is on and has a signal.",
        "Simu yako haikujibu kwa wakati. Hakuna pesa iliyolipwa.",
        "Jaribu tena ikiwa imewashwa na ina mtandao.",
    ),
    "mpesa_wrong_pin": _failed(
        "The PIN was wrong. Nothing was paid.",
        "Try again.",
        "PIN haikuwa sahihi. Hakuna pesa iliyolipwa.",
        "Jaribu tena.",
    ),
}
