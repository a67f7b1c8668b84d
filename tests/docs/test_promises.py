"""Check that each sentence about custody and privacy is on its page, as it is said, with tests that hold it true."""

import re

from tests.docs.promises import NO_PROMISES, PROMISE, function_in, promises, shown, texts


def test_every_sentence_about_custody_or_privacy_is_on_the_page() -> None:
    said = {key for key, text in texts("en").items() if PROMISE.search(text)} - NO_PROMISES

    assert said - {promise.key for promise in promises()} == set()


def test_the_page_has_the_sentences_as_they_are_said_in_both_languages() -> None:
    """After a change of a text: `uv run python -m tests.docs.promises`, and look at the row again."""
    english, swahili = texts("en"), texts("sw")

    assert {promise.key: promise.says for promise in promises()} == {
        promise.key: shown(english[promise.key]) for promise in promises()
    }
    assert [promise.key for promise in promises() if not swahili[promise.key].strip()] == []


def test_every_sentence_has_tests_and_each_of_them_is_there() -> None:
    for promise in promises():
        assert promise.tests, promise.key
        for test in promise.tests:
            path, function = function_in(test)
            assert path.is_file(), (promise.key, test)
            assert re.search(rf"def {re.escape(function)}\b", path.read_text(encoding="utf-8")), (promise.key, test)
