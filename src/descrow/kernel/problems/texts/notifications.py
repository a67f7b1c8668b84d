"""Being told of news: preferences, addresses that are confirmed, browsers, webhooks."""

from descrow.kernel.problems.texts.words import Text, Words

NOTIFICATIONS = {
    "channel_not_offered": Text(
        "This shop does not send messages that way. Nothing was changed.",
        "Choose another way; the app itself always tells you.",
        Words(
            "Haipatikani hapa",
            "Duka hili halitumi ujumbe kwa njia hiyo. Hakuna kilichobadilishwa.",
            "Chagua njia nyingine; programu yenyewe hukuambia kila mara.",
        ),
    ),
    "code_not_right": Text(
        "This is not the code that we sent. The address is not confirmed yet.",
        "Type the code of the newest message.",
        Words(
            "Si msimbo sahihi",
            "Huu si msimbo tuliotuma. Anwani bado haijathibitishwa.",
            "Andika msimbo ulio kwenye ujumbe wa mwisho.",
        ),
    ),
    "code_over": Text(
        "This code is too old, or was mistyped too often. The address is not confirmed yet.",
        "Ask for a new code.",
        Words(
            "Omba msimbo mpya",
            "Msimbo huu umepitwa na wakati, au umekosewa mara nyingi. Anwani bado haijathibitishwa.",
            "Omba msimbo mpya.",
        ),
    ),
    "delivery_not_found": Text(
        "There is no such delivery of this webhook.",
        "Look at the list of its deliveries.",
        Words(
            "Haipo",
            "Hakuna usafirishaji kama huo wa webhook hii.",
            "Angalia orodha ya yaliyotumwa.",
        ),
    ),
    "delivery_under_way": Text(
        "This delivery has not ended yet. Nothing was sent again.",
        "Wait until it has ended.",
        Words(
            "Inaendelea",
            "Utumaji huu haujaisha bado. Hakuna kilichotumwa tena.",
            "Subiri hadi uishe.",
        ),
    ),
    "email_not_valid": Text(
        "This is not an e-mail address that can be written to. Nothing was changed.",
        "Check the address, and type it again.",
        Words(
            "Si barua pepe sahihi",
            "Hii si anwani ya barua pepe inayoweza kuandikiwa. Hakuna kilichobadilishwa.",
            "Kagua anwani, kisha uiandike tena.",
        ),
    ),
    "kind_must_stay_in_app": Text(
        "What happens to your money is always told in the app. Nothing was changed.",
        "Leave this kind of news on in the app; other ways may be switched off.",
        Words(
            "Haiwezi kuzimwa",
            "Yanayohusu pesa zako huonyeshwa kila mara kwenye programu. Hakuna kilichobadilishwa.",
            "Acha habari hizi kwenye programu; unaweza kuzima njia nyingine.",
        ),
    ),
    "nothing_to_confirm": Text(
        "No address or number of yours waits to be confirmed.",
        "Set an address or a number first.",
        Words(
            "Hakuna cha kuthibitisha",
            "Huna anwani wala namba inayosubiri kuthibitishwa.",
            "Weka kwanza anwani au namba.",
        ),
    ),
    "push_subscription_not_found": Text(
        "There is no such browser among those that you want to be told in.",
        "Look at the list of your browsers.",
        Words(
            "Haipo",
            "Hakuna kivinjari kama hicho kati ya vile unavyotaka kuarifiwa.",
            "Angalia orodha ya vivinjari vyako.",
        ),
    ),
    "push_subscription_not_valid": Text(
        "What the browser sent is no push subscription. Nothing was changed.",
        "Reload the page, and switch notifications on again.",
        Words(
            "Kivinjari hakikukubali",
            "Kilichotumwa na kivinjari si usajili wa arifa. Hakuna kilichobadilishwa.",
            "Fungua ukurasa upya, kisha washa arifa tena.",
        ),
    ),
    "quiet_hours_not_valid": Text(
        "Quiet hours begin at one time of the day and end at another. Nothing was changed.",
        "Give both times, such as 22:00 and 06:00.",
        Words(
            "Saa si sahihi",
            "Saa za utulivu huanza saa moja na kuisha saa nyingine. Hakuna kilichobadilishwa.",
            "Weka saa zote mbili, kwa mfano 22:00 na 06:00.",
        ),
    ),
    "time_zone_not_known": Text(
        "There is no such time zone. Nothing was changed.",
        "Write one like Africa/Nairobi.",
        Words(
            "Saa za eneo hazijulikani",
            "Hakuna saa za eneo kama hizo. Hakuna kilichobadilishwa.",
            "Andika kama Africa/Nairobi.",
        ),
    ),
    "too_many_push_subscriptions": Text(
        "You are told in as many browsers as one may have. This one was not added.",
        "Remove another browser first.",
        Words(
            "Vivinjari vingi mno",
            "Umefikia idadi ya vivinjari inayoruhusiwa. Hiki hakikuongezwa.",
            "Ondoa kivinjari kingine kwanza.",
        ),
    ),
    "too_many_webhooks": Text(
        "You have as many webhooks as one may have. This one was not added.",
        "Delete another one first.",
        Words(
            "Webhook nyingi mno",
            "Umefikia idadi ya webhook inayoruhusiwa. Hii haikuongezwa.",
            "Futa nyingine kwanza.",
        ),
    ),
    "webhook_not_found": Text(
        "There is no such webhook of yours.",
        "Look at the list of your webhooks.",
        Words(
            "Haipo",
            "Huna webhook kama hiyo.",
            "Angalia orodha ya webhook zako.",
        ),
    ),
    "webhook_url_not_allowed": Text(
        "Nothing is sent to this address: it is not a public https address. The webhook was not added.",
        "Give an https address that anybody on the internet can reach.",
        Words(
            "Anwani haikubaliki",
            "Hakuna kinachotumwa kwenye anwani hii: si anwani ya https ya umma. Webhook haikuongezwa.",
            "Toa anwani ya https inayofikika na kila mtu kwenye intaneti.",
        ),
    ),
}
