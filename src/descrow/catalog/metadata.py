"""Define what was offered, as a document that anybody can fetch and nobody can change: its name on IPFS is its digest.

It is one raw block, so the 32 bytes that the contract keeps of an order's product are the digest of its CID.
"""

import msgspec

from descrow.catalog.models import Product
from descrow.content.cids import Codec
from descrow.content.files import FileBlock
from descrow.kernel.money import digits_of


class _Pictures(msgspec.Struct):
    pictures: list[str]


def pictures_in(document: bytes) -> list[str]:
    """Return the CIDs of the pictures that a document names."""
    return msgspec.json.decode(document, type=_Pictures).pictures


def metadata_of(product: Product, seller_address: str) -> FileBlock:
    """The document, in one spelling: sorted names, no white space. No product makes one that needs a second block."""
    offered = {
        "category": product.category,
        "description": product.description,
        "pictures": product.picture_cids,
        "priceKesCents": digits_of(product.price_kes_cents),
        "pricePlanck": digits_of(product.price_planck),
        "seller": seller_address,
        "specifications": product.specifications,
        "title": product.title,
    }
    return FileBlock.of(Codec.RAW, msgspec.json.encode(offered, order="sorted"))
