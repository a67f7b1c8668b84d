"""What those who look after the shop do."""

from descrow.kernel.problems.texts.words import Text, Words

OPERATIONS = {
    "call_is_beyond_us": Text(
        "The call is signed or has ended, so it can no longer be changed. Nothing was changed.",
        "Wait for its end, and look at the order it belongs to.",
        Words(
            "Haiwezekani sasa",
            "Ombi hili kwa mkataba limeshasainiwa au limeisha; haliwezi kubadilishwa tena. Hakuna kilichobadilishwa.",
            "Subiri mwisho wake, kisha angalia oda yake.",
        ),
    ),
    "call_not_found": Text(
        "There is no call to the contract with this number.",
        "Take the number from the list of calls.",
        Words(
            "Haijapatikana",
            "Hakuna ombi kwa mkataba lenye namba hii.",
            "Chukua namba kutoka kwenye orodha ya maombi.",
        ),
    ),
    "case_is_closed": Text(
        "This case is closed. Nothing was changed.",
        "See how it ended in the list of all cases.",
        Words(
            "Haiwezekani sasa",
            "Kesi hii imefungwa. Hakuna kilichobadilishwa.",
            "Angalia ilivyoisha kwenye orodha ya kesi zote.",
        ),
    ),
    "case_not_found": Text(
        "There is no case with this number.",
        "Take the number from the list of cases.",
        Words(
            "Haijapatikana",
            "Hakuna kesi yenye namba hii.",
            "Chukua namba kutoka kwenye orodha ya kesi.",
        ),
    ),
    "payment_is_known": Text(
        "The money of this payment came, and is booked. Nothing was changed.",
        "Look at the payment.",
        Words(
            "Haiwezekani sasa",
            "Pesa za malipo haya zilikuja na zimeandikwa. Hakuna kilichobadilishwa.",
            "Angalia malipo hayo.",
        ),
    ),
    "payment_not_there": Text(
        "There is no payment with this number.",
        "Take the number from the list of payments.",
        Words(
            "Haijapatikana",
            "Hakuna malipo yenye namba hii.",
            "Chukua namba kutoka kwenye orodha ya malipo.",
        ),
    ),
    "payout_is_paid": Text(
        "This payout is paid. Nothing was sent again.",
        "Look at the payout.",
        Words(
            "Haiwezekani sasa",
            "Malipo haya ya kutoka yamelipwa. Hakuna kilichotumwa tena.",
            "Angalia malipo hayo.",
        ),
    ),
    "payout_is_under_way": Text(
        "This payout was sent, and may have been paid: sending it again could pay twice. Nothing was sent.",
        "See on M-Pesa's statement whether it was paid, and say so.",
        Words(
            "Haiwezekani sasa",
            "Malipo haya ya kutoka yalitumwa, na huenda yamelipwa: yakitumwa tena yanaweza kulipwa mara mbili. Hakuna "
            "kilichotumwa.",
            "Angalia kwenye taarifa ya M-Pesa kama yalilipwa, kisha useme.",
        ),
    ),
    "payout_not_possible": Text(
        "M-Pesa cannot carry out this payout. Nothing was sent.",
        "Pay it in another way, and say so with `payouts mark-paid`.",
        Words(
            "Haiwezekani sasa",
            "M-Pesa haiwezi kulipa malipo haya ya kutoka. Hakuna kilichotumwa.",
            "Lipa kwa njia nyingine, kisha useme kwa `payouts mark-paid`.",
        ),
    ),
    "payout_not_there": Text(
        "There is no payout with this number.",
        "Take the number from the list of payouts.",
        Words(
            "Haijapatikana",
            "Hakuna malipo ya kutoka yenye namba hii.",
            "Chukua namba kutoka kwenye orodha ya malipo ya kutoka.",
        ),
    ),
    "receipt_is_taken": Text(
        "This receipt belongs to another payment. Nothing was changed.",
        "Check the receipt's number.",
        Words(
            "Haiwezekani sasa",
            "Risiti hii ni ya malipo mengine. Hakuna kilichobadilishwa.",
            "Hakiki namba ya risiti.",
        ),
    ),
}
