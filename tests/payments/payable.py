"""Draw products, rates and spreads, and what is paid for them: the web app and the shop are held to the same table.

uv run python -m tests.payments.payable
"""

import json
import random
from pathlib import Path
from typing import Any

from descrow.kernel.money import KesCents, Planck, cents_from_shillings
from descrow.payments.quotes import planck_for, shillings_for

TABLE = Path(__file__).with_name("payable.json")
SEED = 5
CASES = 500
SMALLEST_PLANCK, LARGEST_SHILLINGS, SMALLEST_SHILLINGS = 10**9, 250_000, 100


def draw(seed: int = SEED) -> list[dict[str, Any]]:
    """Return cases that can be ordered, half of them priced in DOT; amounts are digits of planck or of KES cents."""
    drawn = random.Random(seed)
    cases: list[dict[str, Any]] = []
    while len(cases) < CASES:
        rate, spread = int(10 ** drawn.uniform(3, 6)), drawn.choice([0, 1, 25, 150, 200, drawn.randrange(1_000)])
        exchange = {"kesCentsPerDot": str(rate), "spreadBps": spread}
        if len(cases) % 2:
            cents = KesCents(100 * int(10 ** drawn.uniform(0, 7)))
            planck = planck_for(cents, kes_cents_per_dot=rate, spread_bps=spread)
            if planck >= SMALLEST_PLANCK:
                cases.append({"pricePlanck": None, "priceKesCents": str(cents), **exchange, "payable": str(planck)})
        else:
            price = Planck(int(10 ** drawn.uniform(9, 15)))
            shillings = shillings_for(price, kes_cents_per_dot=rate, spread_bps=spread)
            if SMALLEST_SHILLINGS <= shillings <= LARGEST_SHILLINGS:
                payable = str(cents_from_shillings(shillings))
                cases.append({"pricePlanck": str(price), "priceKesCents": None, **exchange, "payable": payable})
    return cases


def main() -> None:
    lines = ",\n".join(f"    {json.dumps(case)}" for case in draw())
    description = (
        "Prices in one currency and what is paid in the other. Run by the server's tests and by the web app's."
    )
    TABLE.write_text(f'{{\n  "description": {json.dumps(description)},\n  "cases": [\n{lines}\n  ]\n}}\n')


if __name__ == "__main__":
    main()
