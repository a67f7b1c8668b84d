"""A party's orders, page by page: what is read most often, so it is read by one statement and without the ORM.

`bench/http` measures it. An order about which something is said on the chain that is not a fact yet, or about which an
offer was made, is marked, and is looked at in full.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import msgspec
from asyncpg import Record
from litestar.serialization import encode_json

from descrow.contract.order_status import OrderStatus, PaymentMode
from descrow.kernel.db import LARGEST_ID
from descrow.kernel.fastpath.fast_reads import FastReads
from descrow.orders.named_files import OrderFiles
from descrow.orders.transitions import Party, words_of_actions
from descrow.orders.views import order_view

MOST_ROWS_KEPT = 5_000
"""Of buyers and of sellers, of some two thousand bytes each."""

PAGE_OF_PARTY = """
WITH page AS (
    SELECT id FROM (
        (SELECT id FROM orders WHERE buyer_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3)
        UNION ALL
        (SELECT id FROM orders WHERE seller_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3)
    ) AS both_sides ORDER BY id DESC LIMIT $3
)
SELECT o.id, o.reference, o.contract_order_id, o.status, o.buyer_id, o.product_id, o.product_cid, o.price_planck,
    o.price_kes_cents, o.amount_planck, o.amount_kes_cents, o.fee_bps, o.payment_method, o.delivery_address,
    o.tracking, o.deadline_at, o.created_at, o.funded_at, o.shipped_at, o.transit_extended_at, o.received_at,
    o.delivered_at, o.disputed_at, o.ended_at, tracking_file.cid AS tracking_cid,
    COALESCE(o.product_title, product.title) AS product_title,
    buyer.address AS buyer_address, seller.address AS seller_address,
    CASE WHEN o.contract_order_id IS NULL THEN o.status = 'created' ELSE EXISTS (
        SELECT FROM chain_events event WHERE event.contract_order_id = o.contract_order_id
        AND (event.finality = 'best' OR event.name = 'SettlementProposed')
    ) OR o.disputed_at IS NOT NULL
        OR (COALESCE(o.tracking <> '0x' || repeat('0', 64), false) AND tracking_file.cid IS NULL) END AS has_more
FROM page
JOIN orders o ON o.id = page.id
JOIN products product ON product.id = o.product_id
LEFT JOIN named_files tracking_file ON tracking_file.order_id = o.id
    AND tracking_file.digest = decode(substr(o.tracking, 3), 'hex')
JOIN accounts buyer ON buyer.id = o.buyer_id
JOIN accounts seller ON seller.id = o.seller_id
ORDER BY o.id DESC
"""


@dataclass(frozen=True)
class ListedOrder:
    id: int
    has_more: bool
    """Whether there is more to say about it than its row says."""
    encoded: msgspec.Raw
    """An OrderView, as it travels."""


async def page_of_party(reads: FastReads, account_id: int, *, before_id: int | None, limit: int) -> list[ListedOrder]:
    """The newest first."""
    rows = await reads.fetch(PAGE_OF_PARTY, account_id, LARGEST_ID if before_id is None else before_id, limit)
    return [_listed(row, Party.BUYER if row["buyer_id"] == account_id else Party.SELLER) for row in rows]


_kept: dict[Party, dict[int, tuple[Record, ListedOrder]]] = {party: {} for party in Party}
"""Of each order the row that was read last, and what it said."""


def _listed(row: Record, role: Party) -> ListedOrder:
    """The same row says the same, so most have been encoded before. Found by id, since a row's hash is dear."""
    kept = _kept[role].get(row["id"])
    if kept is not None and kept[0] == row:
        return kept[1]
    if len(_kept[role]) >= MOST_ROWS_KEPT:
        _kept[role].clear()
    listed = _encoded(row, role)
    _kept[role][listed.id] = row, listed
    return listed


def _encoded(row: Record, role: Party) -> ListedOrder:
    view = order_view(
        cast(Mapping[str, Any], row),  # read by its names all the same
        product_title=row["product_title"],
        buyer_address=row["buyer_address"],
        seller_address=row["seller_address"],
        role=role,
        files=OrderFiles(tracking_cid=row["tracking_cid"]),
        actions=words_of_actions(
            role,
            OrderStatus(row["status"]),
            _mode_of(row),
            is_transit_extended=row["transit_extended_at"] is not None,
        ),
    )
    return ListedOrder(row["id"], row["has_more"], msgspec.Raw(encode_json(view)))


def _mode_of(row: Record) -> PaymentMode:
    """As `Order.payment_mode`."""
    return PaymentMode.RECORD if row["amount_planck"] is None else PaymentMode.COIN
