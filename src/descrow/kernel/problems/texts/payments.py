"""Paying by M-Pesa; why a payment failed is in `mpesa`."""

from descrow.kernel.problems.texts.words import Text, Words

PAYMENTS = {
    "already_paid": Text(
        "This order is paid. The payment is being written to the chain.",
        "Do not pay again. Look at the order again in a minute.",
        Words(
            "Imeshalipwa",
            "Oda hii imelipwa. Malipo yanaandikwa kwenye blockchain.",
            "Usilipe tena. Angalia oda tena baada ya dakika moja.",
        ),
    ),
    "mpesa_not_offered": Text(
        "This shop takes DOT only. Nothing was paid.",
        "Pay in DOT.",
        Words(
            "Hakuna M-Pesa hapa",
            "Duka hili linapokea DOT pekee. Hakuna pesa iliyolipwa.",
            "Lipa kwa DOT.",
        ),
    ),
    "mpesa_request_not_valid": Text(
        "M-Pesa cannot do this by its own rules. It was not asked, and nothing was paid.",
        "Check the amount and the phone number, or pay another way.",
        Words(
            "M-Pesa haiwezi kufanya hivi",
            "M-Pesa haiwezi kufanya hivi kwa mujibu wa kanuni zake. Haikuombwa, na hakuna pesa iliyolipwa.",
            "Hakiki kiasi na namba ya simu, au lipa kwa njia nyingine.",
        ),
    ),
    "not_payable_now": Text(
        "An order in this state is not to be paid. Nothing was charged.",
        "Look at the order: its page shows where the money is.",
        Words(
            "Hailipiwi sasa",
            "Oda iliyo katika hali hii hailipiwi. Hujatozwa chochote.",
            "Angalia oda: ukurasa wake unaonyesha pesa ziko wapi.",
        ),
    ),
    "oracle_is_at_its_limit": Text(
        "This shop takes no more by M-Pesa today, or not so much for one order. You were not charged.",
        "Try tomorrow, or pay in DOT.",
        Words(
            "Si kwa M-Pesa leo",
            "Duka hili halipokei zaidi kwa M-Pesa leo, au si kiasi kikubwa hivi kwa oda moja. Hujatozwa.",
            "Jaribu kesho, au lipa kwa DOT.",
        ),
    ),
    "payment_not_found": Text(
        "There is no such payment among yours.",
        "Look at the payments on the order's page.",
        Words(
            "Haijapatikana",
            "Hakuna malipo hayo miongoni mwa yako.",
            "Angalia malipo kwenye ukurasa wa oda.",
        ),
    ),
    "payment_under_way": Text(
        "A payment of this order is under way; as a rule it ends within two minutes. No second one was begun.",
        "Look at your phone, and type your M-Pesa PIN or cancel. Do not pay again.",
        Words(
            "Angalia simu yako",
            "Malipo ya oda hii yanaendelea; kwa kawaida yanaisha ndani ya dakika mbili. Hakuna malipo mengine "
            "yaliyoanzishwa.",
            "Angalia simu yako, uweke PIN yako ya M-Pesa au ughairi. Usilipe tena.",
        ),
    ),
    "phone_is_busy": Text(
        "This phone is being asked for another payment. Nothing was charged for this one.",
        "Finish the other payment first, then try again.",
        Words(
            "Angalia simu yako",
            "Simu hii inaombwa malipo mengine. Hujatozwa kwa haya.",
            "Maliza malipo yale kwanza, kisha ujaribu tena.",
        ),
    ),
    "phone_not_valid": Text(
        "This is not a Kenyan mobile number. Nothing was charged or changed.",
        "Write it like 0712 345 678 or +254 712 345 678.",
        Words(
            "Si namba ya simu ya Kenya",
            "Hii si namba ya simu ya mkononi ya Kenya. Hujatozwa, na hakuna kilichobadilishwa.",
            "Iandike kama 0712 345 678 au +254 712 345 678.",
        ),
    ),
    "price_not_payable": Text(
        "M-Pesa cannot move an amount of this size in one payment. Nothing was charged.",
        "Pay in DOT.",
        Words(
            "M-Pesa haiwezi kiasi hiki",
            "M-Pesa haiwezi kutuma kiasi hiki kwa malipo mamoja. Hujatozwa.",
            "Lipa kwa DOT.",
        ),
    ),
    "prompt_not_sent": Text(
        "M-Pesa did not take the request, and nothing was paid.",
        "Try again in a minute, or pay another way.",
        Words(
            "M-Pesa haikupokea",
            "M-Pesa haikupokea ombi, na hakuna pesa iliyolipwa.",
            "Jaribu tena baada ya dakika moja, au lipa kwa njia nyingine.",
        ),
    ),
    "quote_not_needed": Text(
        "The product is priced in what you would pay with, so its price does not move.",
        "Order it as it is.",
        Words(
            "Bei haibadiliki",
            "Bidhaa ina bei kwa pesa utakayolipia, kwa hivyo bei haibadiliki.",
            "Iagize ilivyo.",
        ),
    ),
    "quote_not_usable": Text(
        "The price that was quoted is over, or was for something else. No order was made, and nothing paid.",
        "Ask for the price again, and order with the new one.",
        Words(
            "Bei imebadilika",
            "Bei uliyopewa imeisha muda, au ilikuwa ya kitu kingine. Hakuna oda iliyofanywa, na hakuna pesa "
            "iliyolipwa.",
            "Uliza bei tena, kisha uagize kwa bei mpya.",
        ),
    ),
    "rate_not_available": Text(
        "Nobody can say just now what a DOT is worth in shillings. No order was made, and nothing paid.",
        "Try again soon, or pay in what the product is priced in.",
        Words(
            "Hakuna bei ya shilingi sasa",
            "Kwa sasa haijulikani DOT moja ni shilingi ngapi. Hakuna oda iliyofanywa, na hakuna pesa iliyolipwa.",
            "Jaribu tena hivi punde, au lipa kwa pesa ambayo bidhaa imewekewa bei.",
        ),
    ),
    "seller_takes_no_mpesa": Text(
        "The seller has not said where M-Pesa should pay them. No order was made, and nothing paid.",
        "Pay in DOT, or ask the seller to give a phone number.",
        Words(
            "Muuzaji hapokei M-Pesa",
            "Muuzaji hajasema M-Pesa imlipe wapi. Hakuna oda iliyofanywa, na hakuna pesa iliyolipwa.",
            "Lipa kwa DOT, au mwombe muuzaji aweke namba ya simu.",
        ),
    ),
    "too_late_to_pay": Text(
        "The time to pay this order is over. You were not charged.",
        "Make a new order.",
        Words(
            "Umechelewa",
            "Muda wa kulipia oda hii umeisha. Hujatozwa.",
            "Weka oda mpya.",
        ),
    ),
    "try_again_later": Text(
        "M-Pesa takes the same payment for a repeat so soon. Nothing was charged.",
        "Wait as many seconds as are named, then try again.",
        Words(
            "Subiri kidogo",
            "M-Pesa huona malipo sawa yanayofuatana haraka kuwa marudio. Hujatozwa.",
            "Subiri sekunde zilizotajwa, kisha ujaribu tena.",
        ),
    ),
}
