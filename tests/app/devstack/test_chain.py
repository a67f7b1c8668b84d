"""The chain's packages, with the real npm, and the chain itself where its packages can be had."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from descrow.app.devstack import chain as chain_part
from descrow.app.devstack.chain import STAMP, Chain, ChainPackages, find_chain_dir
from descrow.app.devstack.data_dir import DataDirectory
from descrow.app.devstack.errors import PartUnhealthy, PartUnusable, ProcessEndedBeforeReady
from descrow.app.devstack.ports import Ports
from descrow.chain.client import ChainClient
from descrow.chain.rpc import RpcConnection

CHAIN = find_chain_dir()


@pytest.fixture
async def packages(data_dir: DataDirectory) -> None:
    """The launcher's packages, fetched by whoever comes first on a new machine."""
    await chain_part.ChainPackages(data_dir, CHAIN).install()


def a_launcher(tmp_path: Path, code: str = "") -> Path:
    """A chain directory whose launcher needs no packages, so that npm needs no network."""
    launcher = tmp_path / "chain" / "launcher"
    launcher.mkdir(parents=True)
    package = {"name": "launcher", "version": "1.0.0"}
    (launcher / "package.json").write_text(json.dumps(package))
    lock = {**package, "lockfileVersion": 3, "packages": {"": package}}
    (launcher / "package-lock.json").write_text(json.dumps(lock))
    (launcher / "launcher.mjs").write_text(code)
    (launcher.parent / "genesis.json.zst").write_bytes(b"a genesis")
    return launcher.parent


@asynccontextmanager
async def a_chain(
    data_dir: DataDirectory, chain_dir: Path, *, in_memory: bool = True, finality_lag: int = 0
) -> AsyncIterator[Chain]:
    ports = Ports(data_dir.root / "ports.json")
    chain = Chain(data_dir, ports, chain_dir, in_memory=in_memory, finality_lag=finality_lag)
    await chain.start()
    try:
        yield chain
    finally:
        await chain.stop()


async def test_packages_are_installed_once_for_each_lock_file(data_dir: DataDirectory, tmp_path: Path) -> None:
    chain_dir = a_launcher(tmp_path)
    packages = ChainPackages(data_dir, chain_dir)

    assert await packages.install()
    assert not await packages.install()

    lock_file = chain_dir / "launcher" / "package-lock.json"
    lock_file.write_text(lock_file.read_text() + "\n")
    assert await packages.install()


async def test_an_install_that_was_killed_half_way_is_done_again(data_dir: DataDirectory, tmp_path: Path) -> None:
    chain_dir = a_launcher(tmp_path)
    half_done = chain_dir / "launcher" / "node_modules" / "half"
    half_done.mkdir(parents=True)

    await ChainPackages(data_dir, chain_dir).install()

    assert not half_done.exists()
    assert (chain_dir / "launcher" / "node_modules" / STAMP).exists()


async def test_a_launcher_that_fails_is_heard(data_dir: DataDirectory, tmp_path: Path) -> None:
    chain_dir = a_launcher(tmp_path, "console.error('the genesis is broken'); process.exit(1)")

    with pytest.raises(ProcessEndedBeforeReady, match="the genesis is broken"):
        async with a_chain(data_dir, chain_dir):
            pass


async def test_a_chain_of_another_genesis_is_refused(data_dir: DataDirectory, tmp_path: Path) -> None:
    chain_dir = a_launcher(tmp_path)
    (data_dir.chain / "genesis.sha256").write_text("the digest of another one")

    with pytest.raises(PartUnusable, match="start fresh"):
        async with a_chain(data_dir, chain_dir, in_memory=False):
            pass


@pytest.mark.usefixtures("packages")
async def test_the_chain_answers_keeps_its_identity_and_ends(data_dir: DataDirectory) -> None:
    async with a_chain(data_dir, CHAIN, in_memory=False) as chain:
        await chain.check()
        genesis_hash = chain.genesis_hash
    with pytest.raises(PartUnhealthy):
        await chain_part.check(chain.url)

    async with a_chain(data_dir, CHAIN, in_memory=False) as chain:
        await chain.check()
        assert chain.genesis_hash == genesis_hash


@pytest.mark.usefixtures("packages")
async def test_finality_stays_as_many_blocks_behind_the_head_as_asked(data_dir: DataDirectory) -> None:
    async with a_chain(data_dir, CHAIN, finality_lag=2) as chain:
        client, node = ChainClient(chain.url), await RpcConnection.open(chain.url)

        await node.call("dev_newBlock", {"to": 10})

        assert await client.finalized_number() == 8
        await client.close()
        await node.close()
