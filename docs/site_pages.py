"""Add the Markdown files outside of `docs/` to the site, and make links between all of them work there.

MkDocs loads this file as a hook (`mkdocs.yml`). The same links work on a code host, where every file keeps its place.
"""

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
OUTSIDE = ("*.md", "contracts/*.md", "contracts/*.svg", "chain/*.md", "tests/*.md", "src/descrow/**/README.md")

_LINK = re.compile(
    r"(?P<before>\[(?P<text>(?:!\[[^\]]*\]\([^)]*\)|[^\]])*)\]\()(?P<target>[^)#\s]*)(?P<anchor>#[^)\s]*)?\)"
)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the files of the repository that are pages, under the paths that they have there."""
    for pattern in OUTSIDE:
        for path in sorted(ROOT.glob(pattern)):
            name = path.relative_to(ROOT).as_posix()
            files.append(File.generated(config, name, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Page, files: Files, **_others: object) -> str:
    """Point each relative link at the site's page; a link to a file that is no page becomes its text."""
    here = _place_in_repository(page.file.src_uri)

    def replaced(link: re.Match[str]) -> str:
        target = link["target"]
        if not target or "://" in target or target.startswith("mailto:"):
            return link[0]
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(here), target))
        uri = wanted.removeprefix("docs/")
        if files.get_file_from_path(uri) is None and files.get_file_from_path(f"{uri}/README.md"):
            uri = f"{uri}/README.md"
        if files.get_file_from_path(uri) is None:
            if not (ROOT / wanted).exists():
                return link[0]  # MkDocs reports it
            return link["text"]
        relative = posixpath.relpath(uri, posixpath.dirname(page.file.src_uri) or ".")
        return f"{link['before']}{relative}{link['anchor'] or ''})"

    return _LINK.sub(replaced, markdown)


def _place_in_repository(uri: str) -> str:
    return uri if not (ROOT / "docs" / uri).exists() else f"docs/{uri}"
