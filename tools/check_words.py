"""Check that the code uses the glossary's words.

Three rules: no identifier, module, table or command bears a name that the glossary replaced; at most one docstring in a
hundred opens with a question word; no two classes of `src` share a name.

    python -m tools.check_words              # the whole repository
    python -m tools.check_words src/descrow/orders
    python -m tools.check_words --counts     # findings for each package

Each finding is a line `path:line: rule: what was found; use …`. The exit code is 1 when a rule is broken.
"""

import argparse
import ast
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.replaced_words import COLUMNS, COMMANDS, MODULES, NAMES, PHRASES, PHRASES_OUTSIDE_TEST_NAMES

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("src", "tests", "bench", "tools", "contracts", "chain", "docs", "web")
DOCSTRING_FOLDERS = {"src", "tests", "bench"}
SKIPPED = {"node_modules", "dist", "target", ".venv", "site"}
MOST_QUESTION_DOCSTRINGS = 0.01
QUESTION_WORDS = {"what", "who", "whether", "where", "when", "how", "whose", "which"}

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_TYPESCRIPT = re.compile(
    r"//[^\n]*|/\*.*?\*/|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"|`(?:\\.|[^`\\])*`|(?P<name>[A-Za-z_$][\w$]*)",
    re.DOTALL,
)
_VYPER = re.compile(r"#[^\n]*|\"\"\".*?\"\"\"|\"(?:\\.|[^\"\\\n])*\"|(?P<name>[A-Za-z_]\w*)", re.DOTALL)


@dataclass(frozen=True, order=True)
class Finding:
    path: str
    line: int
    rule: str
    found: str
    advice: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.found}; {self.advice}"


def advice_for(identifier: str) -> str | None:
    """Return the words to use instead of a name that the glossary replaced, or None for a good name."""
    if identifier in NAMES:
        return NAMES[identifier]
    words = " ".join(["", *(word.lower() for word in _WORD.findall(identifier)), ""])
    phrases = PHRASES if identifier.startswith("test_") else PHRASES | PHRASES_OUTSIDE_TEST_NAMES
    return next((use for phrase, use in phrases.items() if f" {phrase} " in words), None)


def python_names(tree: ast.Module, *, with_database: bool = True) -> Iterator[tuple[int, str]]:
    """Yield every name that a module defines, with its line: what it only uses is found where it is defined."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr
        elif isinstance(node, ast.alias) and node.asname:
            yield node.lineno, node.asname
        if with_database:
            yield from _database_names(node)


def _database_names(node: ast.AST) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        if any(isinstance(target, ast.Name) and target.id == "__tablename__" for target in node.targets):
            yield node.lineno, node.value.value
    elif isinstance(node, ast.Call) and _called(node) in {"Table", "Column", "mapped_column"} and node.args:
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.lineno, first.value


def _called(call: ast.Call) -> str:
    return (
        call.func.id
        if isinstance(call.func, ast.Name)
        else call.func.attr
        if isinstance(call.func, ast.Attribute)
        else ""
    )


def replaced_columns(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the fields of a models module whose names the glossary replaced."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id in COLUMNS:
            yield node.lineno, node.target.id


def commands(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield `group command` for each function under `@group_app.command(…)`."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for call in function.decorator_list:
            if not (
                isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "command"
            ):
                continue
            named = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else function.name
            group = call.func.value.id.removesuffix("_app") if isinstance(call.func.value, ast.Name) else ""
            yield call.lineno, f"{group} {str(named).replace('_', '-')}"


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the line and the first word of each docstring."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text and text.split():
                yield node.body[0].lineno, re.sub(r"\W", "", text.split()[0])


def token_names(text: str, tokens: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """Yield the identifiers outside of comments and strings, each with its line."""
    for token in tokens.finditer(text):
        if token["name"]:
            yield text.count("\n", 0, token.start()) + 1, token["name"]


def name_findings(path: str, names: Iterator[tuple[int, str]]) -> Iterator[Finding]:
    """Yield the replaced names among those given, each once for a line."""
    for line, name in sorted(set(names)):
        if advice := advice_for(name):
            yield Finding(path, line, "name", name, f"use {advice}")


def path_findings(path: str) -> Iterator[Finding]:
    """Yield a finding when a file or one of its folders bears a replaced name."""
    bare = path.rsplit(".", 1)[0]
    advice = next((use for end, use in MODULES.items() if f"/{bare}".endswith(f"/{end}") or f"/{end}/" in bare), None)
    for part in bare.split("/"):
        advice = advice or advice_for(part)
    if advice:
        yield Finding(path, 1, "module", bare, f"use {advice}")


class Check:
    """Collect the findings of many files and judge them together."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.questions: list[Finding] = []
        self.docstring_count = 0
        self._classes: dict[str, list[tuple[str, int]]] = defaultdict(list)

    def add(self, path: str, text: str) -> None:
        """Check one file, named by its path from the root."""
        self.findings += path_findings(path)
        if path.endswith((".ts", ".tsx")):
            self.findings += name_findings(path, token_names(text, _TYPESCRIPT))
        elif path.endswith(".vy"):
            self.findings += name_findings(path, token_names(text, _VYPER))
        else:
            self._add_python(path, ast.parse(text))

    def _add_python(self, path: str, tree: ast.Module) -> None:
        is_history = "/migrations/versions/" in path  # tables and columns had these names once
        self.findings += name_findings(path, python_names(tree, with_database=not is_history))
        for line, command in commands(tree):
            if command in COMMANDS:
                self.findings.append(Finding(path, line, "command", command, f"use {COMMANDS[command]}"))
        if path.endswith("models.py"):
            for line, column in replaced_columns(tree):
                self.findings.append(Finding(path, line, "column", column, f"use {COLUMNS[column]}"))
        if path.startswith("src/"):
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    self._classes[node.name].append((path, node.lineno))
        if path.split("/")[0] in DOCSTRING_FOLDERS:
            for line, word in docstrings(tree):
                self.docstring_count += 1
                if word.lower() in QUESTION_WORDS:
                    self.questions.append(Finding(path, line, "docstring", word, "open with an imperative verb"))

    def all(self) -> list[Finding]:
        """Return every finding, in the order of files."""
        shared = [
            Finding(
                path,
                line,
                "class",
                name,
                f"is also a class in {', '.join(sorted({other for other, _ in places} - {path}))}",
            )
            for name, places in self._classes.items()
            if len(places) > 1
            for path, line in places
        ]
        return sorted([*self.findings, *shared, *self.questions])

    def is_passed(self) -> bool:
        """Return whether every rule holds."""
        few = len(self.questions) <= MOST_QUESTION_DOCSTRINGS * self.docstring_count
        return few and len(self.all()) == len(self.questions)


def files(roots: list[Path]) -> Iterator[Path]:
    """Yield the files to check, in a fixed order."""
    for root in roots:
        for path in sorted([root] if root.is_file() else root.rglob("*")):
            if path.suffix in {".py", ".ts", ".tsx", ".vy"} and not SKIPPED & set(path.parts):
                yield path


def package_of(path: str) -> str:
    """Return the package that a file is counted under."""
    parts = path.split("/")
    return "/".join(parts[: min(len(parts) - 1, 3 if parts[0] in {"src", "web"} else 2)])


def main() -> int:
    """Run the check from the command line."""
    parser = argparse.ArgumentParser(description="Check that the code uses the glossary's words.")
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--counts", action="store_true", help="print how many findings each package has")
    options = parser.parse_args()

    check = Check()
    for path in files([path.resolve() for path in options.paths] or [ROOT / folder for folder in FOLDERS]):
        check.add(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
    findings = check.all()
    if options.counts:
        for (package, rule), count in sorted(
            Counter((package_of(found.path), found.rule) for found in findings).items()
        ):
            print(f"{count:5} {rule:9} {package}")
    else:
        print(*findings, sep="\n")
    share = len(check.questions) / max(check.docstring_count, 1)
    print(f"{len(findings)} findings; {share:.1%} of {check.docstring_count} docstrings open with a question word")
    return 0 if check.is_passed() else 1


if __name__ == "__main__":
    sys.exit(main())
