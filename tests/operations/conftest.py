"""Define who looks at the marketplace from outside: a browser that nobody has signed in with, an operator at a
terminal.
"""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import structlog
from litestar.types import ASGIApp

from descrow.app.settings import Settings, get_settings
from tests.app.cli.terminal import REQUIRED, Operator
from tests.market import Market


@pytest.fixture
async def http(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(base_url="http://127.0.0.1:8080", transport=transport) as client:
        yield client


@pytest.fixture
def quiet_logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A command sets up the logs of its whole process, which here is the tests'."""
    monkeypatch.setattr("descrow.kernel.logs.configure_logs", lambda **_: None)
    with structlog.testing.capture_logs():
        yield


@pytest.fixture
def operator(
    market: Market,
    settings: Settings,
    quiet_logs: None,  # noqa: ARG001  (wanted for what it does)
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Operator]:
    for name in REQUIRED:
        value = getattr(settings, name)
        monkeypatch.setenv(f"DESCROW_{name.upper()}", value if isinstance(value, str) else value.get_secret_value())
    get_settings.cache_clear()
    yield Operator(market)
    get_settings.cache_clear()
