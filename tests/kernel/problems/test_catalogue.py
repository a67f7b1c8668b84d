"""The catalogue of errors is whole: every code has its texts, and every text its code."""

import re
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

import descrow
from descrow.contract.errors import ContractReverted, code_of_reason
from descrow.kernel.errors import DescrowError
from descrow.kernel.problems.catalogue import catalogue, every_class
from descrow.kernel.texts import CONTRACT_REASONS, MPESA_FAILURES, PROBLEMS, words_of
from descrow.kernel.texts.languages import Language
from descrow.mpesa.results import StkFailure
from descrow.payments.mpesa.buyer_messages import NO_ANSWER, NOT_SENT

ROOT = Path(__file__).parents[3]
TEXTS = words_of(PROBLEMS, Language.ENGLISH)
CONTRACT = words_of(CONTRACT_REASONS, Language.ENGLISH)
MPESA = words_of(MPESA_FAILURES, Language.ENGLISH)
RUN_WHEN_IMPORTED = ("descrow.__main__", "descrow.app.migrations", "descrow.app.devstack.daraja.__main__")


@pytest.fixture(scope="module")
def our_classes() -> set[type[DescrowError]]:
    """Of every module that there is."""
    for module in walk_packages(descrow.__path__, "descrow."):
        if not module.name.startswith(RUN_WHEN_IMPORTED):
            import_module(module.name)
    return {kind for kind in every_class() if kind.__module__.startswith("descrow.")}


def test_every_code_that_a_class_can_raise_has_its_texts(our_classes: set[type[DescrowError]]) -> None:
    missing = {f"{kind.code} of {kind.__module__}.{kind.__name__}" for kind in our_classes if kind.code not in TEXTS}

    assert missing == set(), "write what they mean in descrow/kernel/texts"


def test_every_text_has_a_class_that_raises_its_code(our_classes: set[type[DescrowError]]) -> None:
    assert set(TEXTS) - {kind.code for kind in our_classes} == set()


def test_every_reason_of_the_contract_has_its_texts_and_no_other() -> None:
    sources = [path.read_text() for path in (ROOT / "contracts").glob("*.vy")]
    reasons = {reason for source in sources for reason in re.findall(r'"(escrow: [^"]+)"', source)}

    assert len(reasons) > 50
    assert {code_of_reason(reason) for reason in reasons} == set(CONTRACT)


def test_every_way_in_which_a_payment_fails_has_its_texts_and_no_other() -> None:
    assert {f"mpesa_{failure}" for failure in (*StkFailure, NO_ANSWER, NOT_SENT)} == set(MPESA)


def test_one_code_is_one_status(our_classes: set[type[DescrowError]]) -> None:
    statuses: dict[str, set[int]] = {}
    for kind in our_classes:
        statuses.setdefault(kind.code, set()).add(kind.status)

    assert {code: found for code, found in statuses.items() if len(found) > 1} == {}


def test_each_code_is_in_its_place_in_the_alphabet() -> None:
    for texts in (TEXTS, CONTRACT, MPESA):
        assert list(texts) == sorted(texts)


def test_each_text_is_whole_sentences_in_both_languages() -> None:
    for entry in catalogue().values():
        assert set(entry.words) == set(Language)
        for words in entry.words.values():
            assert words.title
            assert not words.title.endswith("."), entry.code
            assert words.happened.endswith("."), entry.code
            assert words.advice.endswith("."), entry.code
        english, swahili = entry.words.values()
        assert english.happened != swahili.happened


def test_a_reason_of_the_contract_has_the_status_of_its_class() -> None:
    assert {catalogue()[code].status for code in CONTRACT} == {ContractReverted.status}


def test_the_application_knows_the_whole_catalogue() -> None:
    assert set(catalogue()) == {*TEXTS, *CONTRACT, *MPESA}
