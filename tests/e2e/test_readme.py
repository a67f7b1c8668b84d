"""The README's example of the API does what the README says."""

import asyncio
import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.e2e.shop import Shop

README = Path(__file__).resolve().parents[2] / "README.md"


def example(shop: Shop) -> str:
    """Return the commands of the README's API example, for a shop that runs elsewhere."""
    section = README.read_text(encoding="utf-8").split("## API example")[1].split("\n## ")[0]
    commands = "\n".join(re.findall(r"```sh\n(.*?)```", section, re.DOTALL))
    return commands.replace("http://127.0.0.1:8080", shop.url).replace("uv run python", sys.executable)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the example needs curl")
async def test_the_example_signs_in_orders_and_waits_for_the_event(shop: Shop) -> None:
    bash = await asyncio.create_subprocess_exec(
        "bash", "-euc", example(shop), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await asyncio.wait_for(bash.communicate(), 60)

    assert bash.returncode == 0, errors.decode()
    decoder = json.JSONDecoder()
    products, end = decoder.raw_decode(output.decode())
    ordered, end = decoder.raw_decode(output.decode(), end)
    events, _ = decoder.raw_decode(output.decode(), end)
    assert len(products["items"]) == 1
    assert ordered["order"]["productId"] == 1
    assert ordered["order"]["status"] == "created"
    assert events[0]["number"] == 1
