"""Signing in, and who may do what."""

from descrow.kernel.problems.texts.words import Text, Words

ACCOUNTS = {
    "address_not_valid": Text(
        "This is not the SS58 address of an account. Nothing was changed.",
        "Copy the address again from your wallet.",
        Words(
            "Si anwani ya akaunti",
            "Hii si anwani (SS58) ya akaunti. Hakuna kilichobadilishwa.",
            "Nakili anwani tena kutoka kwenye wallet yako.",
        ),
    ),
    "challenge_not_known": Text(
        "This sign-in was never started, was used already or is too old. You are not signed in.",
        "Start signing in again.",
        Words(
            "Muda wa kuingia umeisha",
            "Kuingia huku hakukuanzishwa, kumeshatumika au kumepitwa na wakati. Hujaingia.",
            "Anza kuingia upya.",
        ),
    ),
    "forbidden": Text(
        "This takes a role in the shop that you do not have. Nothing was changed.",
        "Ask an administrator of the shop.",
        Words(
            "Huna ruhusa",
            "Jambo hili linahitaji cheo katika duka ambacho huna. Hakuna kilichobadilishwa.",
            "Muulize msimamizi wa duka.",
        ),
    ),
    "session_not_found": Text(
        "There is no such session of yours.",
        "Look at the list of where you are signed in.",
        Words(
            "Haijapatikana",
            "Hujaingia mahali hapo.",
            "Angalia orodha ya mahali ulipoingia.",
        ),
    ),
    "session_over": Text(
        "You are not signed in any more. Your orders and money are as they were.",
        "Sign in again with your wallet.",
        Words(
            "Ingia tena",
            "Umeshatoka. Oda na pesa zako ziko kama zilivyokuwa.",
            "Ingia tena kwa wallet yako.",
        ),
    ),
    "signature_not_valid": Text(
        "The signature does not prove that you hold this account. You are not signed in.",
        "Sign again, with the right account.",
        Words(
            "Saini si sahihi",
            "Saini haithibitishi kwamba akaunti hii ni yako. Hujaingia.",
            "Saini tena, kwa akaunti sahihi.",
        ),
    ),
    "unauthenticated": Text(
        "You are not signed in, or not any more. Nothing was done.",
        "Sign in with your wallet.",
        Words(
            "Ingia kwanza",
            "Hujaingia, au umeshatoka. Hakuna kilichofanywa.",
            "Ingia kwa wallet yako.",
        ),
    ),
}
