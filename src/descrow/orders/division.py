"""The contract's division of an order's money when the order ends."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Division:
    """The parts of what the buyer paid, as the contract counts them: in units of 10**-18 DOT, or in KES cents."""

    seller: int = 0
    buyer: int = 0
    fee: int = 0

    @classmethod
    def of_event(cls, name: str, arguments: dict[str, object]) -> "Division":
        """From the final event that ended the order, where integers are strings of digits."""

        def amount(argument: str) -> int:
            return int(str(arguments[argument]))

        match name:
            case "OrderDelivered":
                return cls(seller=amount("seller_amount"), fee=amount("fee"))
            case "OrderRefunded":
                return cls(buyer=amount("amount"))
            case "OrderResolved":
                return cls(seller=amount("seller_amount"), buyer=amount("buyer_amount"), fee=amount("fee"))
        raise ValueError(f"{name} does not divide an order's money")

    @property
    def whole(self) -> int:
        return self.seller + self.buyer + self.fee
