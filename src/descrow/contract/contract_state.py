"""Define what the contract itself holds at one block: orders, and the sums in its books."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from descrow.chain.keys import EvmAddress
from descrow.contract.abi import escrow_interface
from descrow.contract.escrow import EscrowContract
from descrow.contract.order_status import OrderStatus, PaymentMode
from descrow.kernel.money import Wei

MOST_AT_ONCE = 50
"""The contract's MAX_BATCH."""

STATUS_BY_NUMBER = dict(enumerate(OrderStatus, start=1))
"""As the contract numbers them; 0 is no order."""

MODE_BY_NUMBER = {mode.number: mode for mode in PaymentMode}


@dataclass(frozen=True)
class OrderOnContract:
    """An order in the contract's words, made ours. What this version has no word for is its number."""

    buyer: EvmAddress
    seller: EvmAddress
    amount: Wei
    terms_id: int
    payment_mode: PaymentMode | int
    status: OrderStatus | int
    deadline_at: datetime | None


@dataclass(frozen=True)
class ContractBooks:
    """The contract's own sums, what it could really pay, and how many orders it has ever numbered."""

    held: Wei
    credited: Wei
    balance: Wei
    orders: int


async def orders_at(
    contract: EscrowContract, numbers: Iterable[int], *, block_hash: str
) -> dict[int, OrderOnContract | None]:
    """These orders in that block, None for a number that nobody has."""
    names = escrow_interface().functions["orders"].output_names
    found: dict[int, OrderOnContract | None] = {}
    wanted = sorted(numbers)
    for start in range(0, len(wanted), MOST_AT_ONCE):
        chunk = wanted[start : start + MOST_AT_ONCE]
        answered = await contract.read("orders", chunk, at=block_hash)
        for number, values in zip(chunk, answered, strict=True):
            found[number] = _order(dict(zip(names, values, strict=True)))
    return found


async def books_at(contract: EscrowContract, *, block_hash: str) -> ContractBooks:
    """The contract's books in that block."""
    held, credited = await contract.read("totals", at=block_hash)
    next_order_id = await contract.read("next_order_id", at=block_hash)
    balance = await contract.chain.contract_balance(contract.address, at=block_hash)
    return ContractBooks(held=Wei(held), credited=Wei(credited), balance=balance, orders=next_order_id - 1)


def _order(fields: dict[str, Any]) -> OrderOnContract | None:
    if fields["status"] == 0:
        return None
    return OrderOnContract(
        buyer=fields["buyer"],
        seller=fields["seller"],
        amount=Wei(fields["amount"]),
        terms_id=fields["terms_id"],
        payment_mode=MODE_BY_NUMBER.get(fields["payment_mode"], fields["payment_mode"]),
        status=STATUS_BY_NUMBER.get(fields["status"], fields["status"]),
        deadline_at=datetime.fromtimestamp(fields["deadline"], UTC) if fields["deadline"] else None,
    )
