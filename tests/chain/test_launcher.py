"""The launcher's own tests, run with the very Node that the dev stack uses."""

import asyncio
import subprocess
from pathlib import Path

import pytest

from descrow.app.devstack.chain import ChainPackages, node
from descrow.app.devstack.data_dir import DataDirectory

LAUNCHER = Path(__file__).parents[2] / "chain" / "launcher"


@pytest.mark.integration
def test_the_launchers_own_tests_pass(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path / "descrow")
    directory.create()
    asyncio.run(ChainPackages(directory, LAUNCHER.parent).install())

    run = subprocess.run(
        [str(node()), "--test", "tests/*.test.mjs"], cwd=LAUNCHER, capture_output=True, text=True, timeout=120
    )

    assert run.returncode == 0, run.stdout[-3000:]
    assert "# fail 0" in run.stdout or "ℹ fail 0" in run.stdout
    assert "tests 0" not in run.stdout
