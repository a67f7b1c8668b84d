"""Every domain event that is published somewhere reaches somebody, in every process that was wired."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import descrow
from descrow.app import wiring
from descrow.app.wiring import payment_methods, wire
from descrow.kernel.events import EventBus, bus

SOURCES = Path(descrow.__file__).parent


def events_made_by(publisher: ast.Module) -> Iterator[type]:
    """The events that a module makes: each class that it imports from a feature's `events`, and calls."""
    called = {ast.unparse(node.func) for node in ast.walk(publisher) if isinstance(node, ast.Call)}
    for node in ast.walk(publisher):
        if isinstance(node, ast.ImportFrom) and str(node.module).endswith(".events"):
            for alias in node.names:
                if alias.name in called:
                    yield getattr(importlib.import_module(str(node.module)), alias.name)


def published_events() -> dict[str, list[type]]:
    """By the modules that publish."""
    modules = {file: ast.parse(file.read_text()) for file in sorted(SOURCES.rglob("*.py"))}
    return {
        str(file.relative_to(SOURCES)): list(events_made_by(module))
        for file, module in modules.items()
        if any(isinstance(node, ast.Call) and ast.unparse(node.func) == "bus.publish" for node in ast.walk(module))
    }


def test_every_event_that_is_published_has_a_subscriber() -> None:
    wire(payment_methods(None))

    published = published_events()

    assert {
        "contract/indexer.py",
        "contract/rollback.py",
        "feed/service.py",
        "orders/projector.py",
        "orders/rollback.py",
    } <= set(published)
    assert [module for module, events in published.items() if not events] == []
    assert [event for events in published.values() for event in events if not bus.has_subscriber(event)] == []


def test_wiring_twice_subscribes_once(monkeypatch: pytest.MonkeyPatch) -> None:
    new = EventBus()
    monkeypatch.setattr(wiring, "bus", new)

    wire(payment_methods(None))
    once = {kind: len(handlers) for kind, handlers in new._handlers.items()}
    wire(payment_methods(None))

    assert {kind: len(handlers) for kind, handlers in new._handlers.items()} == once
