"""What is for sale."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity
from sqlalchemy.orm import Mapped, mapped_column

from descrow.db import Base, utc_now


class Product(Base):
    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("price_planck > 0", name="price_is_positive"),
        CheckConstraint("stock >= 0", name="stock_is_not_negative"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    seller_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    title: Mapped[str]
    description: Mapped[str]
    category: Mapped[str]
    price_planck: Mapped[int]
    stock: Mapped[int]
    """Pieces that nobody ordered yet; an order takes one, an order that ends unpaid or refunded gives it back."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
