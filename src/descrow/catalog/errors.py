"""Refusals of the catalogue."""

from typing import ClassVar

from descrow.errors import Conflict, NotFound


class ProductNotFound(NotFound):
    code: ClassVar[str] = "product_not_found"

    def __init__(self, product_id: int) -> None:
        super().__init__("There is no such product.", product_id=product_id)


class ProductSoldOut(Conflict):
    code: ClassVar[str] = "product_sold_out"
    title: ClassVar[str] = "Sold out"

    def __init__(self, product_id: int) -> None:
        super().__init__("Somebody ordered the last piece. Nothing was charged.", product_id=product_id)
