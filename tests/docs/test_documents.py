"""The documents are plain to read, and true where a program can tell."""

import re
import tomllib
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from descrow.app.cli.main import app
from descrow.app.settings import Settings
from descrow.kernel.retry.policies import RetryPolicies, RetryPolicy, RetrySchedule
from descrow.mpesa.settings import MpesaSettings
from descrow.notifications.settings import NotificationSettings
from tests.docs.sentences import ROOT, documents, measure, sentences

MOST_WORDS_AT_THE_MEDIAN = 17
MOST_LONG_SENTENCES = 0.08
LONGEST_LINE = 100

_LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")
_FILE = re.compile(r"`((?:[\w-]+/)+[\w.-]+\.(?:py|vy|md|json|svg|ts|tsx|mjs))`")
_COMMAND = re.compile(r"(?:`|^\s*|uv run )descrow((?: [a-z][a-z-]*)+)", re.MULTILINE)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", documents(), ids=name_of)
def test_sentences_are_short(path: Path) -> None:
    measured = measure(path.read_text(encoding="utf-8"))

    assert measured.median <= MOST_WORDS_AT_THE_MEDIAN
    assert measured.long_share <= MOST_LONG_SENTENCES


@pytest.mark.parametrize("path", documents(), ids=name_of)
def test_lines_of_prose_are_wrapped(path: Path) -> None:
    is_code = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.lstrip().startswith("```"):
            is_code = not is_code
        elif not is_code and not line.lstrip().startswith(("|", "#", "[", "![")) and " " in line.strip():
            assert len(line) <= LONGEST_LINE, f"{name_of(path)}:{number}"


@pytest.mark.parametrize("path", documents(), ids=name_of)
def test_links_lead_to_files_and_headings_that_exist(path: Path) -> None:
    for target, anchor in _LINK.findall(path.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        linked = path.parent / target

        assert linked.exists(), f"{name_of(path)} links to {target}"
        if anchor:
            assert anchor[1:] in anchors_of(linked), f"{name_of(path)} links to {target}{anchor}"


def anchors_of(path: Path) -> set[str]:
    """Return the anchors that a code host makes of a document's headings."""
    headings = _HEADING.findall(path.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("settings", [Settings, MpesaSettings, NotificationSettings])
def test_every_setting_is_described(settings: type[Settings | MpesaSettings | NotificationSettings]) -> None:
    described = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    groups = {"mpesa", "notifications", "retry"}

    for field in settings.model_fields.keys() - groups:
        assert f"`{settings.model_config['env_prefix']}{field.upper()}`" in described


@pytest.mark.parametrize("queue", RetryPolicies.model_fields)
def test_every_retry_policy_is_described_with_its_defaults(queue: str) -> None:
    policy = getattr(RetryPolicies(), queue)
    described = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").splitlines()

    [row] = [line for line in described if line.startswith(f"| `{queue.upper()}` |")]

    if isinstance(policy, RetrySchedule):
        assert f"| {', '.join(map(str, policy.delays_s))} |" in row
        return
    assert f"| {policy.first_delay_s} | {policy.max_delay_s} |" in row
    assert (policy.growth, policy.jitter) == (2, 0)
    for name in type(policy).model_fields.keys() - RetryPolicy.model_fields.keys():
        assert f"`{name.upper()}={getattr(policy, name)}`" in row


@pytest.mark.parametrize("path", documents(), ids=name_of)
def test_files_that_are_named_exist(path: Path) -> None:
    for name in _FILE.findall(path.read_text(encoding="utf-8")):
        places = [path.parent, ROOT, ROOT / "src" / "descrow", ROOT / "web"]

        assert any((place / name).exists() for place in places), f"{name_of(path)} names {name}"


@pytest.mark.parametrize("path", documents(), ids=name_of)
def test_commands_that_are_named_exist(path: Path) -> None:
    for words in _COMMAND.findall(path.read_text(encoding="utf-8")):
        command = get_command(app)
        for word in words.split():
            if isinstance(command, TyperGroup):
                assert word in command.commands, f"{name_of(path)} names `descrow {words}`"
                command = command.commands[word]


def test_badges_say_what_the_project_file_says() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    badges = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "badges").iterdir()}

    assert project["license"] in badges["licence"]
    assert project["requires-python"] == ">=3.11,<3.15"
    assert "3.11 – 3.14" in badges["python"]


def test_code_tables_and_headings_are_not_measured() -> None:
    prose = "# A heading\n\nOne two. Three `four five six` [seven](x.md).\n\n- Eight\n  nine.\n\n"
    text = prose + "| a | b |\n|---|---|\n| c | d |\n\n```sh\nls\n```\n"

    assert measure(text).words == (2, 3, 2)
    assert sentences(text)[0] == "One two."
