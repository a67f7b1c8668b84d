"""Draws `docs/demo.svg`, the README's picture: what `descrow demo` prints against the stack that is up.

uv run python docs/picture.py
"""

import asyncio
from pathlib import Path

from rich.console import Console

from descrow.app.demo.dot import run_demo
from descrow.app.devstack.data_dir import DataDirectory
from descrow.app.devstack.up import find_running_stack

PICTURE = Path(__file__).with_name("demo.svg")


def main() -> None:
    running = find_running_stack(DataDirectory.choose())
    console = Console(record=True, width=84, highlight=False)
    asyncio.run(run_demo(running.api_url, running.chain_url, console))
    PICTURE.write_text(console.export_svg(title="uv run descrow demo"))


if __name__ == "__main__":
    main()
