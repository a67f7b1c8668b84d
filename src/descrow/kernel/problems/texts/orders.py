"""Orders."""

from descrow.kernel.problems.texts.words import Text, Words

ORDERS = {
    "arbiter_is_party": Text(
        "Who decides this shop's disputes can be neither buyer nor seller in it. No order was made, and nothing paid.",
        "Trade with another account than the arbiter's.",
        Words(
            "Mwamuzi hawezi kununua hapa",
            "Anayeamua migogoro ya duka hili hawezi kununua wala kuuza humu. Hakuna oda iliyofanywa, hakuna pesa "
            "iliyolipwa.",
            "Tumia akaunti nyingine, si ya mwamuzi.",
        ),
    ),
    "detail_missing": Text(
        "What you want to do takes something more that was not said. Nothing was prepared.",
        "Fill in what is missing, and try again.",
        Words(
            "Kuna kinachokosekana",
            "Unachotaka kufanya kinahitaji maelezo zaidi. Hakuna kilichotayarishwa.",
            "Jaza kinachokosekana, kisha ujaribu tena.",
        ),
    ),
    "move_not_allowed": Text(
        "The order's state does not allow you to do this. Nothing was changed, and the money is where it was.",
        "Look at the order: its page shows what you can do now.",
        Words(
            "Haiwezekani sasa",
            "Hali ya oda hairuhusu ufanye hivi. Hakuna kilichobadilishwa, na pesa ziko zilipokuwa.",
            "Angalia oda: ukurasa wake unaonyesha unachoweza kufanya sasa.",
        ),
    ),
    "no_offer_stands": Text(
        "There is no offer to settle that you could answer now. The money is where it was.",
        "Look at the order again: the offer was withdrawn or replaced, has expired, or is your own.",
        Words(
            "Hakuna pendekezo",
            "Hakuna pendekezo la kugawana unaloweza kujibu sasa. Pesa ziko zilipokuwa.",
            "Angalia oda tena: pendekezo limeondolewa au limebadilishwa, muda wake umeisha, au ni lako mwenyewe.",
        ),
    ),
    "not_relayable": Text(
        "The shop cannot do this in your name: the contract takes it from your own wallet only. Nothing was changed.",
        "Sign it with your own wallet.",
        Words(
            "Saini mwenyewe",
            "Duka haliwezi kufanya hivi kwa niaba yako: mkataba unakubali wallet yako tu. Hakuna kilichobadilishwa.",
            "Saini kwa wallet yako mwenyewe.",
        ),
    ),
    "offer_differs": Text(
        "The offer that stands is another than the one you answer. Nothing was accepted, and no money has moved.",
        "Look at the new offer, then answer it.",
        Words(
            "Pendekezo ni lingine",
            "Pendekezo lililopo si lile unalojibu. Hakuna lililokubaliwa, na hakuna pesa iliyotoka.",
            "Angalia pendekezo jipya, kisha ulijibu.",
        ),
    ),
    "order_differs": Text(
        "The contract says something else of this order than the shop. You were not charged.",
        "Do not pay now. Tell the shop the number of the order.",
        Words(
            "Usilipe sasa",
            "Mkataba unasema jambo tofauti na duka kuhusu oda hii. Hujatozwa.",
            "Usilipe sasa. Liambie duka namba ya oda.",
        ),
    ),
    "order_not_found": Text(
        "There is no such order among yours.",
        "Check the number, and that you are signed in with the right account.",
        Words(
            "Haijapatikana",
            "Hakuna oda hiyo miongoni mwa zako.",
            "Hakiki namba, na kwamba umeingia kwa akaunti sahihi.",
        ),
    ),
    "order_not_on_chain_yet": Text(
        "The order is being written to the chain, which takes some seconds. Nothing was paid.",
        "Wait a little, then try again.",
        Words(
            "Subiri kidogo",
            "Oda inaandikwa kwenye blockchain; inachukua sekunde chache. Hakuna pesa iliyolipwa.",
            "Subiri kidogo, kisha ujaribu tena.",
        ),
    ),
    "own_product": Text(
        "You sell this product yourself, so you cannot order it. No order was made.",
        "Order with another account than the one that sells it.",
        Words(
            "Bidhaa yako mwenyewe",
            "Wewe ndiye unayeuza bidhaa hii, kwa hivyo huwezi kuiagiza. Hakuna oda iliyofanywa.",
            "Agiza kwa akaunti nyingine, si inayoiuza.",
        ),
    ),
    "paid_another_way": Text(
        "This order was made to be paid in the other way, and that cannot be changed. Nothing was paid.",
        "Pay it as its page says, or make a new order.",
        Words(
            "Hailipiwi hivyo",
            "Oda hii iliwekwa ilipiwe kwa njia nyingine, na hilo halibadiliki. Hakuna pesa iliyolipwa.",
            "Lipa kama ukurasa wake unavyosema, au weka oda mpya.",
        ),
    ),
    "too_many_unpaid_orders": Text(
        "You have as many unpaid orders as one may have. No order was made.",
        "Pay one, cancel one, or let one expire.",
        Words(
            "Lipa kwanza",
            "Una oda nyingi ambazo hazijalipwa. Hakuna oda iliyofanywa.",
            "Lipa moja, ghairi moja, au acha moja iishe muda.",
        ),
    ),
}
