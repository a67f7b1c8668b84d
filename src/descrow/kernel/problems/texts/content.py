"""Files."""

from descrow.kernel.problems.texts.words import Text, Words

CONTENT = {
    "block_store_unavailable": Text(
        "The place where files are kept does not answer. Nothing was stored.",
        "Try again shortly.",
        Words(
            "Haipatikani kwa sasa",
            "Mahali faili zinapohifadhiwa hapajibu. Hakuna kilichohifadhiwa.",
            "Jaribu tena baada ya muda mfupi.",
        ),
    ),
    "car_not_valid": Text(
        "This is no CAR file (version 1) that can be read. Nothing was stored.",
        "Export the file again, and import it whole.",
        Words(
            "Si faili ya CAR",
            "Hii si faili ya CAR (toleo la 1) inayoweza kusomwa. Hakuna kilichohifadhiwa.",
            "Toa faili upya, kisha iingize ikiwa kamili.",
        ),
    ),
    "cid_not_valid": Text(
        "This is not a CIDv1 with a SHA-256 digest, such as bafkrei…. Nothing was changed.",
        "Copy the CID again, whole.",
        Words(
            "Si CID",
            "Hii si CIDv1 yenye SHA-256, kama bafkrei…. Hakuna kilichobadilishwa.",
            "Nakili CID tena, ikiwa kamili.",
        ),
    ),
    "content_damaged": Text(
        "What is kept under this name is not whole any more.",
        "Tell the shop which file it is. Who has the file can upload it again.",
        Words(
            "Si kamili",
            "Kilichohifadhiwa kwa jina hili si kamili tena.",
            "Liambie duka ni faili gani. Mwenye faili anaweza kuipakia tena.",
        ),
    ),
    "content_not_found": Text(
        "Nothing of this name is kept here.",
        "Check the CID. What was never uploaded here, or was taken out, is elsewhere if anywhere.",
        Words(
            "Haijapatikana",
            "Hakuna kitu chenye jina hili kilichohifadhiwa hapa.",
            "Hakiki CID. Ambacho hakikupakiwa hapa, au kiliondolewa, huenda kipo kwingine.",
        ),
    ),
    "content_too_large": Text(
        "The file is larger than this shop takes. Nothing was stored.",
        "Make the file smaller, and upload it again.",
        Words(
            "Kubwa mno",
            "Faili ni kubwa kuliko duka hili linavyokubali. Hakuna kilichohifadhiwa.",
            "Punguza ukubwa wa faili, kisha uipakie tena.",
        ),
    ),
    "content_type_not_allowed": Text(
        "By its bytes this is no JPEG, PNG, WebP or PDF, and no plain text in UTF-8. Nothing was stored.",
        "Upload a file of one of these kinds.",
        Words(
            "Aina ya faili haikubaliki",
            "Hii si JPEG, PNG, WebP wala PDF, na si maandishi ya kawaida ya UTF-8. Hakuna kilichohifadhiwa.",
            "Pakia faili ya mojawapo ya aina hizi.",
        ),
    ),
    "picture_not_readable": Text(
        "The picture is cut off or damaged. Nothing was stored.",
        "Take or save it again, and upload it whole.",
        Words(
            "Picha si kamili",
            "Picha imekatika au imeharibika. Hakuna kilichohifadhiwa.",
            "Ipige au uihifadhi tena, kisha uipakie ikiwa kamili.",
        ),
    ),
    "picture_too_large": Text(
        "The picture has more pixels than this shop takes. Nothing was stored.",
        "Make it smaller, and upload it again.",
        Words(
            "Picha kubwa mno",
            "Picha ina pikseli nyingi kuliko duka hili linavyokubali. Hakuna kilichohifadhiwa.",
            "Ipunguze, kisha uipakie tena.",
        ),
    ),
    "range_not_satisfiable": Text(
        "The file has no such bytes.",
        "Ask for bytes that it has; `Content-Range` says how long it is.",
        Words(
            "Si ndefu hivyo",
            "Faili haina sehemu hiyo.",
            "Omba sehemu iliyopo; `Content-Range` inasema urefu wake.",
        ),
    ),
    "too_many_uploads": Text(
        "You have uploaded as much as one may in a day (in UTC). Nothing was stored.",
        "Go on tomorrow.",
        Words(
            "Inatosha leo",
            "Umepakia kiasi kinachoruhusiwa kwa siku (UTC). Hakuna kilichohifadhiwa.",
            "Endelea kesho.",
        ),
    ),
}
