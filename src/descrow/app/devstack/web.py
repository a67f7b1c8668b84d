"""The web app of the dev stack: built with the demo wallet in it, again only when its sources have changed."""

import asyncio
import json
from hashlib import sha256
from pathlib import Path

from descrow.app.devstack.chain import node, node_folder, node_version
from descrow.app.devstack.data_dir import DataDirectory, wait_for_lock, write_private
from descrow.app.devstack.errors import CommandFailed
from descrow.app.devstack.process import Command, run_to_end

NAME = "web"
MODE = "devstack"
BUILT_STAMP = ".built"
INSTALLED_STAMP = "descrow-installed.json"
INSTALL_WITHIN_S = 120
"""Without a network npm would try for much longer; the rest of the stack has something to show meanwhile."""
SOURCES = ("index.html", "vite.config.ts", "tsconfig.json", "package.json", "package-lock.json")
SOURCE_FOLDERS = ("src", "public", "build")


def find_web_dir() -> Path:
    """`web` at the root of the checkout we run from."""
    return Path(__file__).resolve().parents[4] / "web"


class WebApp:
    """The app in `web_dir`, built into `dist`."""

    def __init__(self, data_dir: DataDirectory, web_dir: Path | None = None) -> None:
        self._data_dir = data_dir
        self._web = web_dir or find_web_dir()
        self.dist = self._web / "dist" / MODE

    async def build(self) -> str:
        """Build it unless it is there as its sources are now. Says what was done, also when that was in vain.

        One process builds at a time. Whatever is missing, the API and its plain page are there without it.
        """
        lock_file = self._web / "package-lock.json"
        if not lock_file.exists():
            return "not built: there are no sources here, so a plain page stands for it"
        with lock_file.open() as held:
            await wait_for_lock(held.fileno())
            wanted = json.dumps({"sources": self._sources_digest(), "node": node_version()})
            stamp = self.dist / BUILT_STAMP
            if stamp.exists() and stamp.read_text() == wanted:
                return "as it was"
            try:
                await self._install(lock_file)
                await self._run(
                    "vite", str(self._web / "node_modules" / "vite" / "bin" / "vite.js"), "build", "--mode", MODE
                )
            except (CommandFailed, TimeoutError) as error:
                return f"not built, so a plain page stands for it: {_first_line(error)}"
            write_private(stamp, wanted)
            return "built"

    async def _install(self, lock_file: Path) -> None:
        """The packages, once for each state of the lock file. npm empties the folder first, so the stamp comes last."""
        wanted = json.dumps({"lock_file": _digest(lock_file), "node": node_version()})
        stamp = self._web / "node_modules" / INSTALLED_STAMP
        if stamp.exists() and stamp.read_text() == wanted:
            return
        npm = node_folder() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        async with asyncio.timeout(INSTALL_WITHIN_S):
            await self._run(
                "npm-web", str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"
            )
        write_private(stamp, wanted)

    async def _run(self, name: str, *arguments: str) -> None:
        command = Command(name=name, argv=(str(node()), *arguments), cwd=self._web)
        await run_to_end(command, self._data_dir)

    def _sources_digest(self) -> str:
        """Of everything that the build reads, names and contents."""
        digest = sha256()
        files = [self._web / name for name in SOURCES]
        for folder in SOURCE_FOLDERS:
            files += sorted(path for path in (self._web / folder).rglob("*") if path.is_file())
        for path in files:
            digest.update(f"{path.relative_to(self._web)}\0".encode())
            digest.update(_digest(path).encode())
        return digest.hexdigest()


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _first_line(error: Exception) -> str:
    return (str(error) or "it took too long").splitlines()[0]
