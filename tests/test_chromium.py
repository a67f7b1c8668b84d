"""The browser tests find a Chromium wherever one is, and install one where there is none."""

from pathlib import Path

import pytest

from tests import chromium
from tests.chromium import ChromiumMissing, find_chromium, provide_chromium

pytestmark = pytest.mark.integration  # it starts processes

WORKS = "echo Chromium 156.0"
DOES_NOT = "echo 'this needs the chromium snap' >&2; exit 1"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All that the machine has on its PATH; it belongs to root, and to us."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "downloads"))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(chromium, "PLAYWRIGHT", (str(program(folder / "no-network", "echo no network >&2; exit 1")),))
    return folder


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def installer(path: Path, *, of: Path) -> Path:
    return program(path, f"/bin/mkdir -p {of.parent}; echo '#!/bin/sh\n{WORKS}' > {of}; /bin/chmod +x {of}")


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_one_on_the_path_is_taken_whatever_it_is_called(programs: Path, name: str) -> None:
    there = program(programs / name, WORKS)
    said: list[str] = []

    assert provide_chromium(said.append) == there
    assert said == []


def test_a_name_behind_which_is_no_browser_is_passed_over(programs: Path, tmp_path: Path) -> None:
    program(programs / "chromium-browser", DOES_NOT)
    downloaded = program(tmp_path / "downloads" / "chromium-1255" / "chrome-linux64" / "chrome", WORKS)

    assert find_chromium() == downloaded


def test_playwright_is_asked_first(programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "downloads" / "chromium-1255" / "chrome-linux64" / "chrome"
    monkeypatch.setattr(chromium, "PLAYWRIGHT", (str(installer(programs / "playwright", of=place)),))
    installer(programs / "apt-get", of=programs / "chromium")
    said: list[str] = []

    assert provide_chromium(said.append) == place
    assert said == [
        "there is no Chromium for the browser tests: installing one by Playwright (playwright install chromium)"
    ]


@pytest.mark.parametrize("manager", ["apt-get", "dnf", "apk", "pacman"])
def test_where_playwright_cannot_the_systems_packages_do(programs: Path, manager: str) -> None:
    installer(programs / manager, of=programs / "chromium")
    said: list[str] = []

    assert provide_chromium(said.append) == programs / "chromium"
    assert said[-1].endswith(f"installing one by the system's packages ({manager})")


def test_where_nothing_helps_it_is_said_what_was_tried(programs: Path) -> None:
    program(programs / "apt-get", "echo unable to locate package chromium >&2; exit 100")

    with pytest.raises(ChromiumMissing) as refusal:
        provide_chromium(lambda _: None)

    assert "playwright install chromium): no network" in str(refusal.value)
    assert "(apt-get): unable to locate package chromium" in str(refusal.value)


def test_who_is_not_root_and_may_not_become_it_leaves_the_system_alone(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    program(programs / "sudo", "echo a password is required >&2; exit 1")
    installer(programs / "apt-get", of=programs / "chromium")

    with pytest.raises(ChromiumMissing):
        provide_chromium(lambda _: None)

    assert not (programs / "chromium").exists()
