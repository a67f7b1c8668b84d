"""M-Pesa in the dev stack: the Daraja simulator as one of its parts, phones with play money, and the shop's settings.

Whoever has `DESCROW_MPESA_…` set has an account at the real Daraja, or a simulator of their own: then none is started.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

from descrow.app.devstack.daraja.settings import SimulatorSettings as Simulator
from descrow.app.devstack.data_dir import DataDirectory
from descrow.app.devstack.errors import PartUnhealthy
from descrow.app.devstack.run_files import running_processes
from descrow.app.devstack.stack import DevStackEndpoints, Launch
from descrow.kernel.money import KesCents
from descrow.mpesa.settings import PREFIX

_SIMULATOR = Simulator(data=Path())
NAME = "daraja"
PORT = _SIMULATOR.port
KES_CENTS_PER_DOT = 52_000
PIN = "1234"
BUYERS_PHONE = "254712345678"
SELLERS_PHONE = "254722000001"
MANY_SHILLINGS = KesCents(25_000_000)

MERCHANT = {
    f"{PREFIX}{name.upper()}": str(getattr(_SIMULATOR, name))
    for name in ("consumer_key", "consumer_secret", "shortcode", "passkey", "initiator", "initiator_password")
}
"""What the simulator wants to be shown, where it was not told otherwise."""

_TIMEOUT_S = 10


def is_ours() -> bool:
    """Return whether the stack runs a simulator of its own."""
    return not any(name.upper().startswith(PREFIX) for name in os.environ)


def launch(directory: DataDirectory, port: int, **options: float) -> Launch:
    """The simulator with these settings of its own, by their names."""
    folder = directory.root / NAME
    folder.mkdir(mode=0o700, exist_ok=True)
    arguments = [f"--port={port}", f"--data={folder / 'daraja.sqlite'}"]
    arguments += [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    return Launch(argv=[sys.executable, "-m", "descrow.app.devstack.daraja", *arguments])


def find_simulator(directory: DataDirectory) -> str | None:
    """Return where the simulator of the stack in this directory answers; None while it does not run."""
    ports = {process.name: process.port for process in running_processes(directory)}
    return f"http://127.0.0.1:{ports[NAME]}" if NAME in ports else None


async def prepare(_parts: DevStackEndpoints, directory: DataDirectory) -> str:
    """Fetch the certificate that the shop encrypts for, and give two people phones with money on them."""
    url = find_simulator(directory)
    if url is None:
        raise PartUnhealthy(NAME, "it does not run")
    async with httpx.AsyncClient(base_url=url, timeout=_TIMEOUT_S) as http:
        await fetch_certificate(http, directory)
        for msisdn, name in ((BUYERS_PHONE, "WANJIRU"), (SELLERS_PHONE, "OTIENO")):
            if (await http.get(f"/control/phones/{msisdn}")).status_code == 404:
                phone = {"msisdn": msisdn, "name": name, "pin": PIN, "balance_cents": MANY_SHILLINGS}
                (await http.post("/control/phones", json=phone)).raise_for_status()
    return "two, with money on them"


async def fetch_certificate(http: httpx.AsyncClient, directory: DataDirectory) -> Path:
    """M-Pesa's certificate, as a file, from the simulator that `http` reaches."""
    path = directory.root / NAME / "certificate.pem"
    path.write_bytes((await http.get("/control/certificate")).raise_for_status().content)
    return path


def environment(directory: DataDirectory, *, api_url: str) -> Mapping[str, str]:
    """Return what a process of the shop needs to use the simulator; empty where the operator has set an account."""
    url = find_simulator(directory)
    if url is None:
        return {}
    return {
        f"{PREFIX}ENVIRONMENT": url,
        f"{PREFIX}CERTIFICATE": str(directory.root / NAME / "certificate.pem"),
        f"{PREFIX}CALLBACK_BASE_URL": f"{api_url}/callbacks",
        f"{PREFIX}CALLBACK_SECRET": directory.secret("callbacks"),
        f"{PREFIX}KES_CENTS_PER_DOT": str(KES_CENTS_PER_DOT),
        f"{PREFIX}PAY_BY_HAND": "true",
        f"{PREFIX}BALANCE_CHECK_EVERY_S": "60",
        f"{PREFIX}PROMPTS_AN_HOUR": "600",
        f"{PREFIX}PROMPTS_A_DAY": "6000",
        f"{PREFIX}PROMPTS_A_DAY_OF_ACCOUNT": "6000",
        f"{PREFIX}PROMPTS_A_DAY_OF_NETWORK": "6000",
        **MERCHANT,
    }
