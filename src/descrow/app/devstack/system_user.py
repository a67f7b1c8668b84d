"""The user that PostgreSQL runs as when we are root, since it refuses to run as root itself."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from descrow.app.devstack.errors import PartUnusable

USER_NAME = "descrow-postgres"


@dataclass(frozen=True)
class SystemUser:
    uid: int
    gid: int


def ensure_system_user() -> SystemUser:
    """The system user of that name, created if it does not exist: no password, no home, no shell."""
    try:
        entry = pwd.getpwnam(USER_NAME)
    except KeyError:
        entry = _create()
    return SystemUser(entry.pw_uid, entry.pw_gid)


def owner_of(path: Path) -> SystemUser:
    status = path.stat()
    return SystemUser(status.st_uid, status.st_gid)


def can_run(user: SystemUser, program: Path) -> bool:
    """Return whether the user can start this program, with the libraries that it needs. Tried, not guessed from
    modes.
    """
    return _succeeds(user, str(program), "--version")


def can_write_in(user: SystemUser, directory: Path) -> bool:
    """Return whether the user gets to this directory and can write in it."""
    return _succeeds(user, "/bin/sh", "-c", 'cd "$1" && test -w .', "sh", str(directory))


def give(path: Path, user: SystemUser | None) -> None:
    """Make the user the owner; with None, the one we are remains it."""
    if user is not None:
        os.chown(path, user.uid, user.gid)


def _create() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent"]
    command += ["--shell", "/usr/sbin/nologin", USER_NAME]
    try:
        made = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - all constants
        return pwd.getpwnam(USER_NAME)  # also there when another stack was creating it at the same time
    except FileNotFoundError:
        reason = "there is no `useradd`"
    except KeyError:
        reason = made.stderr.strip()
    raise PartUnusable(
        "PostgreSQL",
        f"it does not run as root, and the user {USER_NAME} could not be created ({reason}). "
        "Create that user, or start the stack as an ordinary user.",
    )


def _succeeds(user: SystemUser, *argv: str) -> bool:
    try:
        tried = subprocess.run(  # noqa: S603 - programs of ours or the system's, and no shell reads the arguments
            argv, user=user.uid, group=user.gid, extra_groups=[], cwd="/", capture_output=True, check=False
        )
    except PermissionError:
        return False
    return tried.returncode == 0
