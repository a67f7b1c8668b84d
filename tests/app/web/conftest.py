"""A built web app, small enough to see through."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from asgi_lifespan import LifespanManager

from descrow.app.api import build_app
from descrow.app.settings import Settings

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
    application = build_app(settings.model_copy(update={"web_dist": web_dist}))
    async with LifespanManager(application):  # type: ignore[arg-type]
        transport = httpx.ASGITransport(application)  # type: ignore[arg-type]
        async with httpx.AsyncClient(base_url="http://127.0.0.1:8080", transport=transport) as client:
            yield client
