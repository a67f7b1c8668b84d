"""A Chromium for the tests that need one: one that is on this machine, else one that is installed now.

First the usual names on the PATH are tried, then what Playwright has downloaded. Where there is none, Playwright
downloads its own; where it cannot, the system's package manager installs one.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_SANDBOX = ("--no-sandbox", "--disable-dev-shm-usage")
"""As root, which machines of CI run as, Chromium starts without one only."""
BY_PACKAGE_MANAGER = {
    "apt-get": (
        ("apt-get", "update", "-qq"),
        ("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"),
    ),
    "dnf": (("dnf", "install", "-y", "-q", "chromium"),),
    "apk": (("apk", "add", "-q", "chromium"),),
    "pacman": (("pacman", "-S", "--noconfirm", "--quiet", "chromium"),),
}
ANSWERS_WITHIN_S = 30
CONNECTION_TIMEOUT_MS = 10_000
PLAYWRIGHT = (sys.executable, "-m", "playwright")

Say = Callable[[str], None]


class ChromiumMissing(Exception):
    pass


@dataclass(frozen=True)
class Way:
    """One way to install it: commands that are run one after the other."""

    name: str
    commands: tuple[Sequence[str], ...]


def find_chromium() -> Path | None:
    """The first one that starts: a name on the PATH may be a mere pointer to a package that is not installed."""
    return next((path for path in _candidates() if _starts(path)), None)


def provide_chromium(say: Say) -> Path:
    """Find one, or install one and say how. Raises ChromiumMissing."""
    if (found := find_chromium()) is not None:
        return found
    failures = []
    for way in _ways():
        say(f"there is no Chromium for the browser tests: installing one by {way.name}")
        failure = _follow(way)
        if failure is None and (found := find_chromium()) is not None:
            return found
        failures.append(f"by {way.name}: {failure or 'what was installed does not start'}")
    raise ChromiumMissing("\n".join(("the browser tests need a Chromium, and none could be installed", *failures)))


def _candidates() -> Iterator[Path]:
    yield from (Path(path) for name in NAMES if (path := shutil.which(name)) is not None)
    yield from _downloaded()


def _downloaded() -> list[Path]:
    """Return what Playwright has, the newest first."""
    chosen = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    folder = Path(chosen) if chosen else Path.home() / ".cache" / "ms-playwright"
    return sorted(folder.glob("chromium-*/*/chrome"), reverse=True)


def _starts(path: Path) -> bool:
    try:
        answer = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=ANSWERS_WITHIN_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and "Chrom" in answer.stdout


def _ways() -> Iterator[Way]:
    """From the one that takes no rights to the one that changes the system; each is thought of when it is its turn."""
    yield Way("Playwright (playwright install chromium)", ((*PLAYWRIGHT, "install", "chromium"),))
    as_root = _as_root()
    if as_root is None:
        return
    if _downloaded():
        yield Way("Playwright, with the libraries it lacks", ((*as_root, *PLAYWRIGHT, "install-deps", "chromium"),))
    for manager, commands in BY_PACKAGE_MANAGER.items():
        if shutil.which(manager):
            yield Way(f"the system's packages ({manager})", tuple((*as_root, *command) for command in commands))


def _as_root() -> tuple[str, ...] | None:
    """Return what to write before a command so that root runs it, without a password being asked for; None if we
    cannot.
    """
    if os.geteuid() == 0:
        return ()
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ("sudo", "-n")
    return None


def _follow(way: Way) -> str | None:
    """Run its commands; returns what went wrong."""
    environment = {
        **os.environ,
        "DEBIAN_FRONTEND": "noninteractive",
        "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": str(CONNECTION_TIMEOUT_MS),
    }
    for command in way.commands:
        run = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        if run.returncode != 0:
            lines = (run.stderr.strip() or run.stdout.strip() or f"exit code {run.returncode}").splitlines()
            return lines[-1]
    return None
