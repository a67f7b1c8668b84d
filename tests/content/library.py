"""People who upload, and a browser in which nobody has signed in."""

from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy import func, select

from descrow.kernel.db import Base, Sessions


@dataclass
class Library:
    sessions: Sessions
    seller: httpx.AsyncClient
    """Signed in, as are the others but the visitor."""
    stranger: httpx.AsyncClient
    visitor: httpx.AsyncClient

    async def upload(self, content: bytes, *, by: httpx.AsyncClient | None = None) -> dict[str, Any]:
        answer = await send(by or self.seller, content)
        assert answer.status_code == 201, answer.text
        stored: dict[str, Any] = answer.json()
        return stored

    async def fetch(self, cid: str, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.visitor.get(f"/ipfs/{cid}", headers=named)

    async def rows(self, model: type[Base]) -> int:
        async with self.sessions() as session:
            return await session.scalar(select(func.count()).select_from(model)) or 0


async def send(sender: httpx.AsyncClient, content: bytes, filename: str = "basket.jpg") -> httpx.Response:
    """Return what comes of an upload; the sender says that it is a JPEG, whatever it is."""
    return await sender.post("/api/v1/ipfs/upload", files={"file": (filename, content, "image/jpeg")})


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["code"])
