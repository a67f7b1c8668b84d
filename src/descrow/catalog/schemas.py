"""Products as they travel. Money is planck, or KES cents, in a string of digits."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from descrow.catalog.models import Category

PlanckDigits = Annotated[str, msgspec.Meta(pattern=r"^[1-9][0-9]{0,17}$", description="whole planck, 10^10 to a DOT")]
ShillingDigits = Annotated[
    str, msgspec.Meta(pattern=r"^[1-9][0-9]{0,11}00$", description="KES cents, of whole shillings: 150000 is 1,500 KES")
]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Description = Annotated[str, msgspec.Meta(max_length=10_000)]
Stock = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Pictures = Annotated[list[Annotated[str, msgspec.Meta(max_length=100)]], msgspec.Meta(max_length=10)]
Specifications = Annotated[
    dict[
        Annotated[str, msgspec.Meta(min_length=1, max_length=60)],
        Annotated[str, msgspec.Meta(min_length=1, max_length=300)],
    ],
    msgspec.Meta(max_length=30, description="such as `Colour` and `blue`"),
]


class CreateProductRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """With one price: `pricePlanck`, or `priceKesCents`. `pictureCids` name pictures that were uploaded before."""

    title: Title
    price_planck: PlanckDigits | None = None
    price_kes_cents: ShillingDigits | None = None
    stock: Stock = 1
    description: Description = ""
    category: Category = Category.OTHER
    specifications: Specifications = {}
    picture_cids: Pictures = []


class ChangeProductRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Change the named fields only. Orders that are made already keep what they were made for."""

    title: Title | UnsetType = UNSET
    price_planck: PlanckDigits | UnsetType = UNSET
    price_kes_cents: ShillingDigits | UnsetType = UNSET
    stock: Stock | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    category: Category | UnsetType = UNSET
    specifications: Specifications | UnsetType = UNSET
    picture_cids: Pictures | UnsetType = UNSET


class PictureView(msgspec.Struct, rename="camel"):
    """`GET /ipfs/{cid}` gives each."""

    cid: str
    thumbnail_cid: str | None


class ProductView(msgspec.Struct, rename="camel"):
    """`metadataCid` names all this as a document on IPFS; an order made now has its digest in the contract."""

    id: int
    seller_address: str
    title: str
    description: str
    category: Category
    price_planck: str | None
    price_kes_cents: str | None
    specifications: dict[str, str]
    images: list[PictureView]
    stock: int
    takes_mpesa: bool
    metadata_cid: str
    created_at: datetime
    changed_at: datetime
    is_withdrawn: bool


class CategoryView(msgspec.Struct, rename="camel"):
    category: Category
    products: int
