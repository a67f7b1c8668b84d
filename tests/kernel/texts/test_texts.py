"""The catalogue of texts says the same things in every language."""

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from string import Formatter

import pytest

from descrow.kernel.texts import MESSAGES, MPESA_FAILURES, Message, read_texts, said_in
from descrow.kernel.texts.languages import Language

FOLDERS = {language: files("descrow.kernel.texts").joinpath(language.value) for language in Language}
NAMES = sorted(file.name for file in FOLDERS[Language.ENGLISH].iterdir())


def sentences(texts: object, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield every sentence with its place in the file."""
    if isinstance(texts, str):
        yield place, texts
    if isinstance(texts, dict):
        for key, inner in texts.items():
            yield from sentences(inner, f"{place}/{key}")


def filled_in(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("language", Language)
def test_every_language_has_the_same_files(language: Language) -> None:
    assert sorted(file.name for file in FOLDERS[language].iterdir()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_language_has_the_same_keys_in_the_same_order_and_fills_in_the_same(name: str) -> None:
    by_language = {
        language: list(sentences(json.loads(folder.joinpath(name).read_text(encoding="utf-8"))))
        for language, folder in FOLDERS.items()
    }
    english = by_language[Language.ENGLISH]

    for said in by_language.values():
        assert [place for place, _ in said] == [place for place, _ in english]
        assert [filled_in(text) for _, text in said] == [filled_in(text) for _, text in english]
        assert all(text and text.strip() == text for _, text in said)


def test_no_message_is_the_same_in_two_languages() -> None:
    english, swahili = (read_texts(MESSAGES, language) for language in Language)

    assert [key for key in english if english[key] == swahili[key]] == []


def test_messages_are_whole_sentences() -> None:
    for language in Language:
        for key, text in read_texts(MESSAGES, language).items():
            assert re.search(r"\.$", text), f"{key} in {language}"


@pytest.mark.parametrize("language", Language)
def test_a_message_is_said_in_the_language_of_the_reader(language: Language) -> None:
    said = Message("dot_payment.final", {"block": 17}).in_language(language)

    assert "17" in said
    assert said == read_texts(MESSAGES, language)["dot_payment.final"].replace("{block}", "17")


def test_a_stored_message_is_said_when_it_is_read() -> None:
    stored = {"orderId": 3, "message": Message("order.shipped").as_json()}

    assert said_in(stored, Language.ENGLISH) == {"orderId": 3, "message": "The seller has shipped."}
    assert said_in(stored, Language.SWAHILI) == {"orderId": 3, "message": "Muuzaji ametuma bidhaa."}


def test_a_payload_that_holds_a_sentence_stays_as_it_is() -> None:
    for payload in ({"message": "An old sentence."}, {"orderId": 3}):
        assert said_in(payload, Language.SWAHILI) == payload


def test_an_explanation_of_a_failed_payment_is_a_message_too() -> None:
    message = Message.explaining(MPESA_FAILURES, "mpesa_not_sent")

    english, swahili = (message.in_language(language) for language in Language)

    assert english != swahili
    assert Message(**json.loads(json.dumps(message.as_json()))) == message
