"""Refusals of the catalogue."""

from typing import ClassVar

from descrow.kernel.errors import Conflict, DescrowError, Invalid, NotFound, Unavailable


class ProductNotFound(NotFound):
    code: ClassVar[str] = "product_not_found"

    def __init__(self, product_id: int) -> None:
        super().__init__("There is no such product.", product_id=product_id)


class ProductSoldOut(Conflict):
    code: ClassVar[str] = "product_sold_out"

    def __init__(self, product_id: int) -> None:
        super().__init__("Somebody ordered the last piece. Nothing was charged.", product_id=product_id)


class NotYourProduct(DescrowError):
    code: ClassVar[str] = "not_your_product"
    status: ClassVar[int] = 403

    def __init__(self, product_id: int) -> None:
        super().__init__("Only who sells a product can change it.", product_id=product_id)


class PriceNotClear(Invalid):
    code: ClassVar[str] = "price_not_clear"

    def __init__(self) -> None:
        super().__init__("A product has one price: either in DOT or in shillings.")


class PictureNotKnown(Invalid):
    code: ClassVar[str] = "picture_not_known"

    def __init__(self, cid: str) -> None:
        super().__init__("One of the pictures was never uploaded here, or is no picture.", cid=cid)


class ProductChangedMeanwhile(Conflict):
    code: ClassVar[str] = "product_changed_meanwhile"

    def __init__(self, product_id: int) -> None:
        super().__init__(
            "The product was changed at the same moment. Look at it, and try again.", product_id=product_id
        )


class RateNotAvailable(Unavailable):
    code: ClassVar[str] = "rate_not_available"

    def __init__(self) -> None:
        super().__init__("Nobody can say just now what a DOT is worth in shillings. Try again soon, or pay in DOT.")
