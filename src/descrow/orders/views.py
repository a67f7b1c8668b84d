"""Make the answer about an order, however it was read. Who may read one is decided in `orders.queries`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from descrow.contract.order_status import OrderStatus
from descrow.kernel.money import KesCents, Planck, digits_of, fee_of, fee_of_cents
from descrow.orders.confirmations import UnfinalStep
from descrow.orders.models import Order
from descrow.orders.named_files import OrderFiles
from descrow.orders.schemas import ConfirmationView, OfferView, OrderView
from descrow.orders.transitions import Party

NO_FILES = OrderFiles()
_COLUMNS = tuple(column.key for column in Order.__table__.columns)


def columns_of(order: Order) -> dict[str, Any]:
    """An entity as a row has it."""
    return {name: getattr(order, name) for name in _COLUMNS}


def order_view(
    order: Mapping[str, Any],
    *,
    product_title: str,
    buyer_address: str,
    seller_address: str,
    role: Party,
    actions: Sequence[str],
    offer: OfferView | None = None,
    confirmations: Sequence[UnfinalStep] = (),
    files: OrderFiles = NO_FILES,
) -> OrderView:
    """`order` holds the columns of its row. `actions` are open once the contract has the order."""
    planck, cents, fee_bps = order["amount_planck"], order["amount_kes_cents"], order["fee_bps"]
    return OrderView(
        id=order["id"],
        reference=order["reference"],
        contract_order_id=order["contract_order_id"],
        status=OrderStatus(order["status"]),
        role=role,
        actions=[] if order["contract_order_id"] is None else list(actions),
        product_id=order["product_id"],
        product_title=product_title,
        product_cid=order["product_cid"],
        price_planck=digits_of(order["price_planck"]),
        price_kes_cents=digits_of(order["price_kes_cents"]),
        buyer_address=buyer_address,
        seller_address=seller_address,
        amount_planck=digits_of(planck),
        fee_planck=None if planck is None else str(fee_of(Planck(planck), fee_bps=fee_bps)),
        amount_kes_cents=digits_of(cents),
        fee_kes_cents=None if cents is None else str(fee_of_cents(KesCents(cents), fee_bps=fee_bps)),
        payment_method=order["payment_method"],
        delivery_address=order["delivery_address"],
        tracking=order["tracking"],
        tracking_cid=files.tracking_cid,
        evidence_cids=list(files.evidence_cids),
        deadline_at=order["deadline_at"],
        created_at=order["created_at"],
        funded_at=order["funded_at"],
        shipped_at=order["shipped_at"],
        transit_extended_at=order["transit_extended_at"],
        received_at=order["received_at"],
        delivered_at=order["delivered_at"],
        disputed_at=order["disputed_at"],
        ended_at=order["ended_at"],
        offer=offer,
        confirmations=[ConfirmationView(**asdict(step)) for step in confirmations],
    )
