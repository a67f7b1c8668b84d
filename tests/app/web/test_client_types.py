"""Check that the web app's types are those of the server."""

from descrow.app.web.client_types import wanted_files


def test_the_files_that_type_the_web_app_are_up_to_date() -> None:
    stale = [path.name for path, text in wanted_files().items() if not path.exists() or path.read_text() != text]

    assert stale == [], "run `npm run api` in web/"
