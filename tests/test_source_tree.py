"""Check the source tree: no import cycle, few modules in the root, no long file.

Which package may import which is decided by `[tool.importlinter]` in pyproject.toml.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "descrow"
MOST_MODULES_IN_ROOT = 8
LONGEST_FILE = 400
"""Lines that a file of the source may not reach."""


def imports() -> Iterator[tuple[str, str]]:
    """Yield each import of one package by another, by their names."""
    for path in SOURCE.rglob("*.py"):
        importer = path.relative_to(SOURCE).parts[0]
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                modules = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            else:
                continue
            for module in modules:
                root, _, rest = module.partition(".")
                imported = rest.partition(".")[0]
                if root == "descrow" and (SOURCE / imported).is_dir() and imported not in ("", importer):
                    yield importer, imported


def cycles(edges: dict[str, set[str]]) -> list[str]:
    """Return the packages that are left when all that import nothing are taken away, again and again."""
    left = {name: set(imported) for name, imported in edges.items()}
    while free := [name for name, imported in left.items() if not imported & left.keys()]:
        for name in free:
            del left[name]
    return sorted(left)


def test_packages_form_no_cycle() -> None:
    edges: dict[str, set[str]] = defaultdict(set)
    for importer, imported in imports():
        edges[importer].add(imported)

    assert len(edges) > 10
    assert cycles(edges) == []


def test_a_cycle_would_be_found() -> None:
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["a", "b", "c"]


def test_few_modules_stand_in_the_root() -> None:
    assert len(list(SOURCE.glob("*.py"))) <= MOST_MODULES_IN_ROOT


def test_no_file_of_the_source_is_long() -> None:
    lengths = {str(path.relative_to(SOURCE)): len(path.read_text().splitlines()) for path in SOURCE.rglob("*.py")}

    assert {path: length for path, length in lengths.items() if length >= LONGEST_FILE} == {}
