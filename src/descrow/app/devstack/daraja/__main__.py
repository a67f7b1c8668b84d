"""`python -m descrow.app.devstack.daraja`: serve until asked to stop."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path
from typing import get_args, get_type_hints

import msgspec

from descrow.app.devstack.daraja.app import build_app
from descrow.app.devstack.daraja.settings import SimulatorSettings
from descrow.app.devstack.daraja.simulator import Simulator
from descrow.app.devstack.daraja.store import StoreInUse
from descrow.kernel.http.server import http_server

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main() -> None:
    settings = read_settings(sys.argv[1:])
    try:
        asyncio.run(serve(settings))
    except StoreInUse as error:
        sys.exit(str(error))


def read_settings(arguments: list[str]) -> SimulatorSettings:
    """Each setting is an option of the same name, with dashes."""
    parser = argparse.ArgumentParser(
        prog="python -m descrow.app.devstack.daraja",
        description="A simulator of Safaricom's Daraja API, with phones as web pages.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    types = get_type_hints(SimulatorSettings)
    for field in msgspec.structs.fields(SimulatorSettings):
        option = f"--{field.name.replace('_', '-')}"
        kind, default = types[field.name], field.default
        if field.required:
            parser.add_argument(option, type=Path, required=True, help="the SQLite file")
        elif kind is bool:
            parser.add_argument(option, action="store_true", help=" ")
        elif choices := get_args(kind):
            parser.add_argument(option, choices=choices, default=default, help=" ")
        else:
            parser.add_argument(option, type=kind, default=default, help=" ")
    return SimulatorSettings(**vars(parser.parse_args(arguments)))


async def serve(settings: SimulatorSettings) -> None:
    simulator = Simulator(settings)
    server = http_server(build_app(simulator), address=settings.host, port=settings.port)

    def stop() -> None:
        simulator.watchers.close()  # the server waits for its connections, and an open page would not let go
        server.stop()  # type: ignore[no-untyped-call]

    for signal_number in STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(signal_number, stop)
    await server.serve()


if __name__ == "__main__":
    main()
