"""Define what is for sale."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Identity, Index, String, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from descrow.kernel.db import Base, utc_now


class Category(StrEnum):
    """The shelves of the shop; the page has a name for each in every language."""

    PHONES = "phones"
    ELECTRONICS = "electronics"
    FASHION = "fashion"
    TEXTILES = "textiles"
    HOME = "home"
    FOOD = "food"
    FARM = "farm"
    BEAUTY = "beauty"
    CRAFTS = "crafts"
    BOOKS = "books"
    SERVICES = "services"
    OTHER = "other"


class Product(Base):
    """Priced in the currency that its seller thinks in; an order in the other one takes a quote."""

    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("num_nonnulls(price_planck, price_kes_cents) = 1", name="price_is_in_one_currency"),
        CheckConstraint("price_planck > 0 AND price_kes_cents > 0", name="price_is_positive"),
        CheckConstraint("price_kes_cents % 100 = 0", name="price_is_in_whole_shillings"),
        CheckConstraint("stock >= 0", name="stock_is_not_negative"),
        Index("ix_products_words", "words", postgresql_using="gin"),
        Index("ix_products_title", "title", postgresql_using="gin", postgresql_ops={"title": "gin_trgm_ops"}),
        Index("ix_products_category_id", "category", "id", postgresql_where=text("withdrawn_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    seller_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    title: Mapped[str]
    description: Mapped[str]
    category: Mapped[Category]
    price_planck: Mapped[int | None]
    price_kes_cents: Mapped[int | None]
    """In whole shillings, which is what M-Pesa moves."""
    specifications: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    picture_cids: Mapped[list[str]] = mapped_column(ARRAY(String), default=list, server_default=text("'{}'"))
    """As the seller ordered them; the first one stands for the product."""
    stock: Mapped[int]
    """Pieces that nobody ordered yet; an order takes one, an order that ends unpaid or refunded gives it back."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    changed_at: Mapped[datetime] = mapped_column(default=utc_now, server_default=text("now()"))
    withdrawn_at: Mapped[datetime | None]
    """From then on it is not for sale and no search finds it; its page stays, for who has an order of it."""
    words: Mapped[str] = mapped_column(
        TSVECTOR,
        Computed(
            "setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', description), 'B')",
            persisted=True,
        ),
        deferred=True,
    )
    """What the search looks through. No language's grammar: people mix theirs."""
