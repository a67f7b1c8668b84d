"""Define what axe finds on a page that keeps some people from using it."""

import asyncio
from typing import Any

from descrow.app.devstack.web import find_web_dir

from .person import Person

AXE = (find_web_dir() / "node_modules" / "axe-core" / "axe.min.js").read_text
SERIOUS = ("serious", "critical")


async def nothing_is_wrong_for(*people: Person) -> None:
    """No refusal is shown to them, and their pages are open to everybody."""
    for person in people:
        await person.is_settled()
        assert await person.page.locator("[data-error-code]").all_inner_texts() == []
        assert await troubles_for_some_people(person) == []


async def troubles_for_some_people(person: Person) -> list[str]:
    found: dict[str, Any] = await person.page.evaluate(await asyncio.to_thread(AXE) + "; axe.run()")
    return [
        f"{violation['id']} at {node['target']}: {node['failureSummary']}"
        for violation in found["violations"]
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]
