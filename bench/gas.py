"""Measure the cost of each step of an order, on a plain EVM and on the real runtime.

    uv run python -m bench.gas             # measure; exits 1 when a figure has grown by more than 3 %
    uv run python -m bench.gas --write     # measure, and make it the committed table, bench/gas.json

`contracts/README.md` shows the committed table, and `tests/contracts/test_gas.py` holds the plain EVM's part to it.
"""

import argparse
import asyncio
import json
import sys
from pathlib import Path

from bench.gas_evm import measure_on_evm
from bench.gas_runtime import measure_on_runtime

COMMITTED = Path(__file__).with_name("gas.json")
GROWTH_ALLOWED_PERCENT = 3

Table = dict[str, dict[str, int]]
"""Figures by step: `gas` on a plain EVM, and what the runtime asks for."""


def measure() -> Table:
    """Measure every step on both machines. Raise ValueError if their steps differ."""
    evm, runtime = measure_on_evm(), asyncio.run(measure_on_runtime())
    if evm.keys() != runtime.keys():
        raise ValueError(f"measured on one machine only: {sorted(evm.keys() ^ runtime.keys())}")
    return {step: {"gas": gas, **vars(runtime[step])} for step, gas in evm.items()}


def committed() -> Table:
    """Return the committed table."""
    table: Table = json.loads(COMMITTED.read_text())
    return table


def grown(measured: Table, table: Table) -> list[str]:
    """Return a line for each figure that grew more than allowed, or that the table lacks."""
    lines = []
    for step, figures in measured.items():
        for name, figure in figures.items():
            before = table.get(step, {}).get(name)
            if before is None:
                lines.append(f"{step}: {name} is {figure:,}, and not in the table")
            elif figure * 100 > before * (100 + GROWTH_ALLOWED_PERCENT):
                lines.append(f"{step}: {name} grew from {before:,} to {figure:,}")
    return lines


def rows(table: Table) -> list[str]:
    """Return the table in Markdown, as the contract's README shows it."""
    names = list(next(iter(table.values())))
    header = ["| step | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
    return header + [
        f"| {step} | " + " | ".join(f"{figures[name]:,}" for name in names) + " |" for step, figures in table.items()
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="make what is measured the committed table")
    arguments = parser.parse_args()
    measured = measure()
    print("\n".join(rows(measured)))
    if arguments.write:
        COMMITTED.write_text(json.dumps(measured, indent=1) + "\n")
        return 0
    too_dear = grown(measured, committed())
    for line in too_dear:
        print(line, file=sys.stderr)
    return 1 if too_dear else 0


if __name__ == "__main__":
    sys.exit(main())
