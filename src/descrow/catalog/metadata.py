"""Define what was offered, as a document that anybody can fetch and nobody can change: its name on IPFS is its digest.

It is one raw block, so the 32 bytes that the contract keeps of an order's product are the digest of its CID.
"""

import msgspec

from descrow.catalog.models import Product
from descrow.content.block_stores import BlockStore
from descrow.content.cids import Cid, Codec
from descrow.content.errors import BlockStoreUnavailable, CidNotValid, ContentDamaged
from descrow.content.files import FileBlock
from descrow.kernel.money import digits_of


class OfferDocument(msgspec.Struct, rename="camel"):
    """Read what a document says of the title and the price."""

    title: str
    price_planck: str | None
    price_kes_cents: str | None


class _Pictures(msgspec.Struct):
    pictures: list[str]


def pictures_in(document: bytes) -> list[str]:
    """Return the CIDs of the pictures that a document names."""
    return msgspec.json.decode(document, type=_Pictures).pictures


async def find_document(store: BlockStore, cid: str) -> OfferDocument | None:
    """Return the document of this name; None where none is kept, or cannot be read now."""
    try:
        return msgspec.json.decode((await store.get(Cid.parse(cid))).data, type=OfferDocument)
    except (CidNotValid, ContentDamaged, BlockStoreUnavailable, msgspec.MsgspecError):
        return None


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
