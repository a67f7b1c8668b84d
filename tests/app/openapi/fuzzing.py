"""Asks the API all kinds of things, sensible and not, and holds every answer to the description: schemathesis."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from descrow.accounts.access import bare_path
from descrow.accounts.models import Role
from tests.app.openapi.description import the_document
from tests.app.openapi.recorder import described

REFUSALS_OF_WHAT_FITS = ["2xx", "3xx", "401", "403", "404", "409", "410", "413", "415", "416", "422", "429"]
"""What fits its description may still be refused, for what it says or for what there is."""
REFUSALS_OF_WHAT_DOES_NOT = ["400", "401", "403", "404", "405", "409", "413", "415", "422", "429"]


class UndescribedCode(schemathesis.core.failures.Failure):
    """A refusal with a code that the route does not name."""


@schemathesis.check
def code_is_described(_context: Any, response: Any, case: Any) -> None:
    """Not the status alone: the document names each code."""
    if not response.headers.get("content-type", [""])[0].startswith("application/problem+json") or not response.content:
        return
    route = f"{case.operation.method.upper()} {bare_path(case.operation.path)}"
    code = response.json()["code"]
    if response.request.method == case.operation.method.upper() and code not in described()[route].get(
        response.status_code, frozenset()
    ):
        raise UndescribedCode(operation=case.operation.label, title="Code not described", message=code)


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: dict[str, Any]) -> None:
    """Nobody waits for news that nobody makes."""
    if isinstance(case.query, dict) and case.query.get("wait") in range(1, 31):
        case.query["wait"] = 0


REQUESTS, SEED, AS = "DESCROW_FUZZ_REQUESTS", "DESCROW_FUZZ_SEED", "DESCROW_FUZZ_AS"
"""What `tests.app.openapi.fuzz` tells the test."""
NOBODY = "nobody"
PEOPLE: dict[str, tuple[str, tuple[Role, ...]]] = {
    "buyer": ("//Wanjiru", ()),
    "seller": ("//Otieno", ()),
    "support": ("//Bob", (Role.SUPPORT,)),
    "arbiter": ("//Arbiter", (Role.ARBITER,)),
    "admin": ("//Guardian", (Role.ADMIN,)),
}
EVERYBODY = (NOBODY, *PEOPLE)


@dataclass(frozen=True)
class Target:
    """Describe where to ask, as whom, and the ids of things that are there."""

    url: str
    headers: dict[str, str]
    known: dict[str, list[Any]]


@dataclass(frozen=True)
class Finding:
    """`asked` is one request, as a command for a terminal, that was answered so."""

    route: str
    fault: str
    asked: str


def attack(target: Target, *, requests: int, seed: int, briefly: bool) -> tuple[int, list[Finding]]:
    """Return how many requests were sent, at least so many, and what was wrong with the answers: each fault of a
    route once.

    Briefly means a few requests of each route; else each route's corners are tried too, then sequences of requests.
    """
    sent, findings, again = 0, dict[tuple[str, str], Finding](), 0
    while sent < requests:
        stream = from_schema(_schema(target, seed=seed + again, briefly=briefly)).execute()
        for event in stream:
            if isinstance(event, events.ScenarioFinished):
                sent += len(event.recorder.interactions)
                for finding in _findings(event):
                    findings.setdefault((finding.route, finding.fault), finding)
                if sent >= requests and not briefly:
                    stream.stop()
            elif isinstance(event, events.NonFatalError | events.FatalError):
                findings["", str(event)] = Finding("", f"the attack itself failed: {event}", "")
        again += 1
    return sent, list(findings.values())


def _schema(target: Target, *, seed: int, briefly: bool) -> Any:
    config = SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "base-url": target.url,
            "headers": target.headers,
            "continue-on-failure": True,
            "request-timeout": 60,
            "generation": {
                "max-examples": 1 if briefly else 20,
                "database": "none",
                "no-shrink": True,
                "allow-x00": False,  # refused wherever it stands (`tests.kernel.problems`); no schema can say so
            },
            "phases": {
                "examples": {"enabled": True},
                "coverage": {"enabled": not briefly},
                "fuzzing": {"enabled": True},
                "stateful": {"enabled": not briefly},
            },
            "checks": {
                "positive_data_acceptance": {"expected-statuses": REFUSALS_OF_WHAT_FITS},
                "negative_data_rejection": {"expected-statuses": REFUSALS_OF_WHAT_DOES_NOT},
            },
            "dictionaries": {name: {"values": values} for name, values in target.known.items()},
            "parameters": {name: {"dictionary": name, "probability": 0.7} for name in target.known},
        }
    )
    return schemathesis.openapi.from_dict(the_document(), config=config)


def _findings(event: events.ScenarioFinished) -> Iterator[Finding]:
    for checks in event.recorder.checks.values():
        for check in checks:
            if check.failure_info is not None:
                failure = check.failure_info.failure
                fault = f"{check.name}: {failure.title}: {failure.message}"
                yield Finding(event.recorder.label, fault, check.failure_info.code_sample)
