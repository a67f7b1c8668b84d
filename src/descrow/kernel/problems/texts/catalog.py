"""Products."""

from descrow.kernel.problems.texts.words import Text, Words

CATALOG = {
    "not_your_product": Text(
        "Only who sells a product can change it. Nothing was changed.",
        "Sign in with the account that sells it.",
        Words(
            "Bidhaa ya mwingine",
            "Anayeuza bidhaa ndiye pekee anayeweza kuibadilisha. Hakuna kilichobadilishwa.",
            "Ingia kwa akaunti inayoiuza.",
        ),
    ),
    "picture_not_known": Text(
        "One of the pictures was never uploaded here, or is no picture. The product was not changed.",
        "Upload the picture first, then name it by its CID.",
        Words(
            "Picha haipo",
            "Mojawapo ya picha haikupakiwa hapa, au si picha. Bidhaa haikubadilishwa.",
            "Pakia picha kwanza, kisha uitaje kwa CID yake.",
        ),
    ),
    "price_not_clear": Text(
        "A product has one price: either in DOT or in shillings. The product was not changed.",
        "Give one of the two.",
        Words(
            "Bei moja tu",
            "Bidhaa ina bei moja: kwa DOT au kwa shilingi. Bidhaa haikubadilishwa.",
            "Weka mojawapo.",
        ),
    ),
    "product_changed_meanwhile": Text(
        "The product was changed at the same moment. Your change was not made.",
        "Look at the product, and try again.",
        Words(
            "Imebadilishwa",
            "Bidhaa ilibadilishwa wakati huohuo. Badiliko lako halikufanyika.",
            "Angalia bidhaa, kisha ujaribu tena.",
        ),
    ),
    "product_not_found": Text(
        "There is no such product, or it is withdrawn.",
        "Look for it in the shop.",
        Words(
            "Haijapatikana",
            "Hakuna bidhaa hiyo, au imeondolewa.",
            "Itafute dukani.",
        ),
    ),
    "product_sold_out": Text(
        "Somebody ordered the last piece. No order was made, and nothing was charged.",
        "Look again later: a piece comes back when an order is not paid.",
        Words(
            "Zimeisha",
            "Mtu ameagiza ya mwisho. Hakuna oda iliyofanywa, na hujatozwa.",
            "Angalia tena baadaye: inarudi oda ikikosa kulipwa.",
        ),
    ),
}
