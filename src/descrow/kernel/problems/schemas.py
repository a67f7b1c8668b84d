"""Refusals as they travel."""

import msgspec

PROBLEM_JSON = "application/problem+json"


class InvalidField(msgspec.Struct, rename="camel"):
    field: str
    message: str


class Problem(msgspec.Struct, rename="camel", omit_defaults=True):
    """`code` is stable; `detail` is for people; `about` holds the ids it speaks of."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str
    about: dict[str, str | int | None] = {}
    invalid_fields: list[InvalidField] = []


class WordsView(msgspec.Struct, rename="camel"):
    """`happened` also says what became of the money; `advice` says what to do."""

    title: str
    happened: str
    advice: str


class ErrorView(msgspec.Struct, rename="camel"):
    """`status` is null for why a payment by M-Pesa failed: a payment tells that as its `failure`, without `mpesa_`."""

    code: str
    status: int | None
    en: WordsView
    sw: WordsView


def type_of(code: str) -> str:
    return f"urn:descrow:problem:{code}"
