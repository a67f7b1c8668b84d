"""A built web app, small enough to see through."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from descrow.app.settings import Settings
from tests.application import client_of_application

PAGE = "<!doctype html><title>Descrow</title>"
SCRIPT = "console.log('a script that is long enough to become smaller when it is packed: ' + 'a'.repeat(9))\n" * 4


@pytest.fixture
def web_dist(tmp_path: Path) -> Path:
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text(PAGE)
    (dist / "assets" / "index-1a2b3c.js").write_text(SCRIPT)
    (dist / "assets" / "type-4d5e.woff2").write_bytes(bytes(64))
    (dist / "icon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (dist / ".built").write_text("a stamp")
    return dist


@pytest.fixture
async def browser(settings: Settings, web_dist: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Asks a shop that serves the small app."""
    async with client_of_application(settings.model_copy(update={"web_dist": web_dist})) as client:
        yield client
