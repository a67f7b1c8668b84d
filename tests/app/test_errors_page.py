"""The document of all errors says what the catalogue says."""

from pathlib import Path

from descrow.app.errors_page import page

ROOT = Path(__file__).parents[2]


def test_the_page_of_errors_is_fresh() -> None:
    """`python -m descrow.app.errors_page > docs/errors.md` makes it so."""
    assert (ROOT / "docs" / "errors.md").read_text() == page()
