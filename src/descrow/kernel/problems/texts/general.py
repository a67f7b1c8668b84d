"""What any route may answer."""

from descrow.kernel.problems.texts.words import Text, Words

GENERAL = {
    "cursor_not_valid": Text(
        "This page does not belong to this list.",
        "Begin again with the first page.",
        Words(
            "Hakuna ukurasa huo",
            "Ukurasa huu si wa orodha hii.",
            "Anza tena na ukurasa wa kwanza.",
        ),
    ),
    "idempotency_key_reused": Text(
        "This Idempotency-Key was used before, for a different request. Nothing was done.",
        "Send the request with a new key.",
        Words(
            "Ufunguo umeshatumika",
            "Idempotency-Key hii ilitumika kwa ombi lingine. Hakuna kilichofanywa.",
            "Tuma ombi kwa ufunguo mpya.",
        ),
    ),
    "internal": Text(
        "This is a fault of ours, and has been logged. Money that the contract or M-Pesa holds is counted elsewhere "
        "and is not lost.",
        "Look at your order before you try again. If it stays so, tell the shop the number of the request.",
        Words(
            "Kuna hitilafu",
            "Hili ni kosa letu, na limerekodiwa. Pesa zilizo kwenye mkataba au M-Pesa zinahesabiwa kwingine na "
            "hazijapotea.",
            "Angalia oda yako kabla ya kujaribu tena. Likiendelea, liambie duka namba ya ombi.",
        ),
    ),
    "invalid": Text(
        "Some of what was sent is not valid. Nothing was changed, and nothing paid.",
        "Correct it, and send it again.",
        Words(
            "Si sahihi",
            "Baadhi ya ulichotuma si sahihi. Hakuna kilichobadilishwa, na hakuna pesa iliyolipwa.",
            "Kirekebishe, kisha ukitume tena.",
        ),
    ),
    "method_not_allowed": Text(
        "This address does not take this kind of request. Nothing was done.",
        "See in the API's description which it takes.",
        Words(
            "Njia hii hairuhusiwi",
            "Anwani hii haipokei aina hii ya ombi. Hakuna kilichofanywa.",
            "Angalia kwenye maelezo ya API ni aina gani inapokelewa.",
        ),
    ),
    "not_found": Text(
        "There is nothing here, or nothing that you may see.",
        "Check the address.",
        Words(
            "Haijapatikana",
            "Hakuna kitu hapa, au hakuna unachoruhusiwa kuona.",
            "Hakiki anwani.",
        ),
    ),
    "too_large": Text(
        "More was sent than this address takes. Nothing was changed.",
        "Send less.",
        Words(
            "Kubwa mno",
            "Umetuma zaidi ya kinachokubaliwa hapa. Hakuna kilichobadilishwa.",
            "Tuma kidogo zaidi.",
        ),
    ),
    "too_many_requests": Text(
        "You ask faster than this shop answers. Nothing was done.",
        "Wait as many seconds as `Retry-After` says, then try again.",
        Words(
            "Haraka mno",
            "Unaomba kwa haraka kuliko duka linavyojibu. Hakuna kilichofanywa.",
            "Subiri sekunde zilizotajwa na `Retry-After`, kisha ujaribu tena.",
        ),
    ),
    "unavailable": Text(
        "A part of the shop does not answer. Money that the contract or M-Pesa holds is safe there.",
        "Try again shortly.",
        Words(
            "Haipatikani kwa sasa",
            "Sehemu moja ya duka haijibu. Pesa zilizo kwenye mkataba au M-Pesa ziko salama.",
            "Jaribu tena baada ya muda mfupi.",
        ),
    ),
    "unsupported_media_type": Text(
        "What was sent is not in a form that this address takes. Nothing was changed.",
        "Send JSON, or a form with the file in it where a file is wanted.",
        Words(
            "Aina haikubaliki",
            "Ulichotuma hakiko katika muundo unaokubaliwa hapa. Hakuna kilichobadilishwa.",
            "Tuma JSON, au fomu yenye faili pale faili inapohitajika.",
        ),
    ),
}
