"""Measure how many mistakes in the contract its tests notice, by mutation testing.

    python contracts/mutate.py --list               # print every mutant, run nothing
    python contracts/mutate.py --sample 100         # try 100 of them, the same ones for the same --seed
    python contracts/mutate.py --since HEAD~1       # try those of the lines that have changed
    python contracts/mutate.py --at-least 95        # exit 1 if less than 95 % are killed

A mutant is the source with one change: an inverted comparison, operator or boolean, a number one higher, one party
instead of another, or a statement or lock removed. A mutant that does not compile, or compiles to the original code,
is not counted. The others are killed when a test fails. What `tests/contracts` measures of gas and
of the artifact is left out, since every change shows there; so is the random walk, for its length.
"""

import argparse
import difflib
import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import tokenize
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pytest
from build import ARTIFACT, ROOT, SOURCES, build
from vyper.exceptions import VyperException

TESTS = ROOT / "tests" / "contracts"

# The fastest files that notice most come first: the first failure ends the run.
TEST_FILES = [
    "test_events.py",
    "test_endings.py",
    "test_mpesa.py",
    "test_settlements.py",
    "test_disputes.py",
    "test_create.py",
    "test_terms.py",
    "test_roles.py",
    "test_funding_and_shipping.py",
    "test_reasons.py",
    "test_payouts.py",
    "test_receipt.py",
    "test_credits.py",
    "test_missing_accounts.py",
    "test_reentrancy.py",
    "test_transitions.py",
    "test_rounding.py",
]

INVERTED = {
    "<": "<=",
    "<=": "<",
    ">": ">=",
    ">=": ">",
    "==": "!=",
    "!=": "==",
    "and": "or",
    "or": "and",
    "True": "False",
    "False": "True",
    "+": "-",
    "-": "+",
    "+=": "-=",
    "*": "//",
    "//": "*",
    "|": "&",
    "&": "|",
    "<<": ">>",
    ">>": "<<",
    "not": "",
    "~": "",
}
OTHER_PARTY = {
    "buyer": "seller",
    "seller": "buyer",
    "_buyer": "_arbiter",
    "buyer_amount": "seller_amount",
    "seller_amount": "buyer_amount",
    "treasury": "arbiter",
    "arbiter": "treasury",
    "operator": "oracle",
    "oracle": "operator",
    "guardian": "operator",
    "owner": "guardian",
    "payee": "to",
    "to": "payee",
}
LOCKS = ["nonreentrant", "payable"]

Token = tokenize.TokenInfo


class MutantStatus(StrEnum):
    NOT_COUNTED = "not counted"
    KILLED = "killed"
    SURVIVED = "survived"


@dataclass(frozen=True)
class Mutant:
    """One change: the text from `start` to `end` of a source replaced. Offsets count characters."""

    source: str
    line: int
    start: int
    end: int
    replacement: str

    def text(self) -> str:
        original = (SOURCES / self.source).read_text()
        return original[: self.start] + self.replacement + original[self.end :]

    def __str__(self) -> str:
        before, after = (SOURCES / self.source).read_text().splitlines(), self.text().splitlines()
        changed = [line for line in difflib.ndiff(before, after) if line[0] in "-+"]
        old, new = (" ".join(line[2:].strip() for line in changed if line[0] == sign) for sign in "-+")
        return f"{self.source}:{self.line}: {old} => {new}"


def mutants_of(source: Path) -> Iterator[Mutant]:
    """Yield every mutant of one file, in the order of its text."""
    text = source.read_text()
    line_starts = [0]
    for line in text.splitlines(keepends=True):
        line_starts.append(line_starts[-1] + len(line))

    def mutant(first: Token, last: Token, replacement: str) -> Mutant:
        start = line_starts[first.start[0] - 1] + first.start[1]
        end = line_starts[last.end[0] - 1] + last.end[1]
        return Mutant(source.name, first.start[0], start, end, replacement)

    for statement in statements_in(text):
        if is_removable(statement):
            yield mutant(statement[0], statement[-1], "pass")
        if statement[0].string == "@" and statement[1].string in LOCKS:
            yield mutant(statement[0], statement[-1], "")
        if statement[0].string == "def":
            continue
        for token, following in zip(statement, statement[1:] + statement[-1:], strict=True):
            if token.line[: token.start[1]].endswith("packing."):
                continue  # packing's address accessors read the same bits: one for another changes nothing
            if token.string in INVERTED:
                yield mutant(token, token, INVERTED[token.string])
            elif token.type == tokenize.NUMBER:
                yield mutant(token, token, one_higher(token.string))
            elif token.string in OTHER_PARTY and following.string not in ("=", ":"):
                yield mutant(token, token, OTHER_PARTY[token.string])


def one_higher(number: str) -> str:
    """Return the number that is one higher, in as many digits where it is hexadecimal, as an address."""
    if number.startswith("0x"):
        return f"0x{int(number, 16) + 1:0{len(number) - 2}x}"
    return str(int(number.replace("_", "")) + 1)


def lines_changed_since(commit: str) -> set[tuple[str, int]]:
    """Return source and number of every line that was added or changed since a commit."""
    git = ["git", "-C", str(SOURCES), "diff", "--unified=0", "--relative", commit, "--", "*.vy"]
    changed: set[tuple[str, int]] = set()
    source = ""
    difference = subprocess.run(git, capture_output=True, text=True, check=True).stdout  # noqa: S603 the user's own
    for line in difference.splitlines():
        if name := re.match(r"\+\+\+ b/(.+)", line):
            source = name[1]
        elif hunk := re.match(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@", line):
            first, count = int(hunk[1]), int(hunk[2] or 1)
            changed |= {(source, number) for number in range(first, first + count)}
    return changed


def statements_in(text: str) -> Iterator[list[Token]]:
    """Yield the tokens of each statement, without comments, docstrings and indentation."""
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    statement: list[Token] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NEWLINE:
            if statement[0].type != tokenize.STRING:
                yield statement
            statement = []
        elif token.type not in skipped:
            statement.append(token)


def is_removable(statement: list[Token]) -> bool:
    """Return true for an assert, log, assignment, call, `continue` or bare `return`."""
    words = [token.string for token in statement]
    if words[0] in ("assert", "log", "continue") or words == ["return"]:
        return True
    is_declaration = words[1:2] == [":"]
    changes_something = "=" in words or "+=" in words or words[-1] == ")"
    return changes_something and not is_declaration and words[0] not in ("return", "@")


def try_mutant(mutant: Mutant, original_bytecode: str) -> tuple[Mutant, MutantStatus]:
    """Return the mutant with its status, since results arrive in any order."""
    return mutant, status_of(mutant, original_bytecode)


def status_of(mutant: Mutant, original_bytecode: str) -> MutantStatus:
    """Compile the mutant, and run the tests against it in a copy of the tree."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        shutil.copytree(SOURCES, tree / "contracts")
        (tree / "contracts" / mutant.source).write_text(mutant.text())
        try:
            artifact = build(tree / "contracts")
        except VyperException:
            return MutantStatus.NOT_COUNTED
        if code_in(artifact) == original_bytecode:
            return MutantStatus.NOT_COUNTED

        shutil.copytree(TESTS, tree / "tests" / "contracts")
        shutil.copy(ROOT / "pyproject.toml", tree)
        mutated_artifact = tree / ARTIFACT.relative_to(ROOT)
        mutated_artifact.parent.mkdir(parents=True)
        mutated_artifact.write_text(artifact)
        return MutantStatus.SURVIVED if tests_pass(tree) else MutantStatus.KILLED


def code_in(artifact: str) -> str:
    """Return the bytecode without the compiler's metadata at its end, whose length is in the last two bytes."""
    bytecode: str = json.loads(artifact)["bytecode"]
    return bytecode[: -2 * int(bytecode[-4:], 16)]


def tests_pass(tree: Path) -> bool:
    """Return true if the tests pass in this copy. They are imported here, so a process can run them only once."""
    os.chdir(tree)
    files = [str(tree / "tests" / "contracts" / name) for name in TEST_FILES]
    options = ["-n", "0", "-x", "-q", "-p", "no:cacheprovider", "--hypothesis-seed", "0", "--rootdir", str(tree)]
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        outcome = pytest.main([*options, *files])
    if outcome not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise RuntimeError(f"the tests did not run: {outcome!r}")
    return outcome == pytest.ExitCode.OK


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure how many mistakes in the contract its tests notice.")
    parser.add_argument("--list", action="store_true", help="only print the mutants")
    parser.add_argument("--sample", type=int, help="how many mutants to try; all of them unless given")
    parser.add_argument("--seed", type=int, default=0, help="chooses the sample")
    parser.add_argument("--at-least", type=float, default=0, help="per cent to be killed")
    parser.add_argument("--since", help="try only mutants of lines that have changed since this commit")
    parser.add_argument("--only", default="", help="try only mutants whose line contains this text")
    options = parser.parse_args()

    mutants = [mutant for source in sorted(SOURCES.glob("*.vy")) for mutant in mutants_of(source)]
    mutants = [mutant for mutant in mutants if options.only in str(mutant)]
    if options.since is not None:
        changed = lines_changed_since(options.since)
        mutants = [mutant for mutant in mutants if (mutant.source, mutant.line) in changed]
    if options.sample is not None:
        mutants = random.Random(options.seed).sample(mutants, min(options.sample, len(mutants)))  # noqa: S311
    if options.list:
        print(*mutants, sep="\n")
        return 0

    original_bytecode = code_in(build())
    counts = dict.fromkeys(MutantStatus, 0)
    with get_context("fork").Pool(2, maxtasksperchild=1) as pool:
        for mutant, status in pool.imap_unordered(partial(try_mutant, original_bytecode=original_bytecode), mutants):
            counts[status] += 1
            if status is MutantStatus.SURVIVED:
                print(mutant, flush=True)
            print(*(f"{count} {status}" for status, count in counts.items()), sep=", ", file=sys.stderr, flush=True)

    counted = counts[MutantStatus.KILLED] + counts[MutantStatus.SURVIVED]
    share = 100 * counts[MutantStatus.KILLED] / max(counted, 1)
    print(f"{len(mutants)} mutants, {counted} counted: {counts[MutantStatus.KILLED]} killed, {share:.1f} %")
    return 0 if share >= options.at_least else 1


if __name__ == "__main__":
    sys.exit(main())
