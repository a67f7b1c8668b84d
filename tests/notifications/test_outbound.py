"""Addresses that users give lead to the public internet, or nowhere."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from descrow.notifications.outbound import Outbound, UrlNotAllowed
from descrow.notifications.outcomes import HttpAnswer, NotTaken, open_http
from tests.notifications.providers import Providers, Reply

Answers = Callable[..., Any]


@pytest.fixture
async def outbound() -> AsyncIterator[Outbound]:
    async with open_http() as http:
        yield Outbound(http, loopback_allowed=False)


@pytest.fixture
async def for_trying_out() -> AsyncIterator[Outbound]:
    async with open_http() as http:
        yield Outbound(http, loopback_allowed=True)


def named(monkeypatch: pytest.MonkeyPatch, *lookups: list[str]) -> list[str]:
    """From now on each lookup of a name finds the next of these; returns the names looked up."""
    waiting, asked = list(lookups), []

    async def getaddrinfo(host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        asked.append(host)
        found = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.8",
        "169.254.169.254",
        "224.0.0.1",
        "::1",
        "fe80::1%eth0",
        "fec0::1",
        "::ffff:10.0.0.8",
        "::10.0.0.8",
        "2002:7f00:1::",
        "64:ff9b:1::a00:8",
        "2606:2800::5efe:10.0.0.8",
    ],
)
async def test_a_name_that_leads_into_a_private_network_is_refused(
    outbound: Outbound, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    named(monkeypatch, [address])

    with pytest.raises(UrlNotAllowed):
        await outbound.check("https://hooks.test/descrow")
    assert isinstance(await outbound.post("https://hooks.test/descrow", b"", {}), NotTaken)


async def test_one_private_address_among_public_ones_is_enough(
    outbound: Outbound, monkeypatch: pytest.MonkeyPatch
) -> None:
    named(monkeypatch, ["93.184.215.14", "10.0.0.8"])

    with pytest.raises(UrlNotAllowed):
        await outbound.check("https://hooks.test/")


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "https://2130706433/", "https://[::1]/", "https://0x7f.1/"])
async def test_an_address_written_as_numbers_is_looked_at_like_a_name(outbound: Outbound, url: str) -> None:
    with pytest.raises(UrlNotAllowed):
        await outbound.check(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.test/",
        "ftp://hooks.test/",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://user:word@hooks.test/",
        "https://hooks.test:99999/",
        "https://hooks.test:0/",
        "https://hooks.test:22/",
        "https://hooks.test:80/",
        "https://hooks.test:8080/",
        "nonsense",
        "https://[::1/",
        "https://" + "a" * 300 + ".test/",
    ],
)
async def test_what_is_no_https_address_is_refused(
    outbound: Outbound, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    if "aaa" not in url:
        named(monkeypatch, ["93.184.215.14"])

    with pytest.raises(UrlNotAllowed):
        await outbound.check(url)


async def test_a_public_address_is_allowed(outbound: Outbound, monkeypatch: pytest.MonkeyPatch) -> None:
    named(monkeypatch, ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])

    await outbound.check("https://hooks.test:8443/descrow?x=1")


async def test_the_connection_is_made_to_the_address_that_was_looked_at(
    for_trying_out: Outbound, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = named(monkeypatch, ["127.0.0.1"], ["10.0.0.8"])  # the second answer is another's

    answer = await for_trying_out.post(f"http://hooks.test:{providers.web.port}/path?x=1", b"hello", {"a": "b"})

    assert answer == HttpAnswer(200, b"")
    (received,) = providers.web.received
    assert (received.path, received.body, received.headers["a"]) == ("/path?x=1", b"hello", "b")
    assert received.headers["host"] == f"hooks.test:{providers.web.port}"
    assert asked == ["hooks.test"]


async def test_for_trying_out_this_machine_is_allowed_and_no_other(
    for_trying_out: Outbound, monkeypatch: pytest.MonkeyPatch
) -> None:
    named(monkeypatch, ["10.0.0.8"])
    with pytest.raises(UrlNotAllowed):
        await for_trying_out.check("https://hooks.test/")
    named(monkeypatch, ["93.184.215.14"])
    with pytest.raises(UrlNotAllowed):
        await for_trying_out.check("http://hooks.test/")


async def test_a_redirect_is_not_followed(for_trying_out: Outbound, providers: Providers) -> None:
    providers.web.reply = Reply(302, headers=(f"Location: {providers.sms.url}/elsewhere",))

    answer = await for_trying_out.post(providers.web.url, b"", {})

    assert answer == HttpAnswer(302, b"")
    assert providers.sms.received == []


async def test_an_answer_without_end_is_read_to_its_beginning(for_trying_out: Outbound, providers: Providers) -> None:
    providers.web.reply = Reply(200, b"x" * 1_000_000)

    answer = await for_trying_out.post(providers.web.url, b"", {})

    assert isinstance(answer, HttpAnswer)
    assert len(answer.body) == 64 * 1024


async def test_a_name_that_is_not_found_yet_is_allowed_and_not_called(
    outbound: Outbound, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def getaddrinfo(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)

    await outbound.check("https://hooks.test/")
    answer = await outbound.post("https://hooks.test/", b"", {})

    assert isinstance(answer, NotTaken)
    assert not answer.for_good
