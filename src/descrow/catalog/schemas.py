"""Products as they travel. Money is planck in a string of digits."""

from datetime import datetime
from typing import Annotated

import msgspec

PlanckDigits = Annotated[str, msgspec.Meta(pattern=r"^[1-9][0-9]{0,17}$", description="whole planck, 10^10 to a DOT")]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Description = Annotated[str, msgspec.Meta(max_length=10_000)]
Category = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
Stock = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class CreateProductRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    title: Title
    price_planck: PlanckDigits
    stock: Stock = 1
    description: Description = ""
    category: Category = "other"


class ProductView(msgspec.Struct, rename="camel"):
    id: int
    seller_address: str
    title: str
    description: str
    category: str
    price_planck: str
    stock: int
    created_at: datetime
