"""A stack for the tests to kill: `supervisor.py DATA_DIR PART…`. Says in JSON what has become of it.

The part `stubborn` is a process that ignores SIGTERM.
"""

import asyncio
import json
import sys
from pathlib import Path

from descrow.app.devstack.data_dir import DataDirectory
from descrow.app.devstack.errors import DevStackError
from descrow.app.devstack.stack import ALL_PARTS, DevStackEndpoints, Launch, Stack, StackOptions

IGNORES_SIGTERM = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"


async def main() -> None:
    options = StackOptions(
        data_dir=DataDirectory(Path(sys.argv[1])), parts=frozenset(sys.argv[2:]) & ALL_PARTS, handle_signals=True
    )
    async with Stack(options) as stack:
        if "stubborn" in sys.argv:
            stack.add_process("stubborn", launch_stubborn, preferred_port=18999, ready=at_once, after=["valkey"])
        parts = await stack.start()
        say(event="up", database_url=parts.database_url, valkey_url=parts.valkey_url)
        await stack.wait_until_asked_to_stop()
        say(event="stopping")


def launch_stubborn(_parts: DevStackEndpoints, _port: int) -> Launch:
    return Launch(argv=[sys.executable, "-c", IGNORES_SIGTERM])


async def at_once(_port: int) -> None:
    await asyncio.sleep(0.2)  # long enough for Python to have set its signals


def say(**what: str) -> None:
    print(json.dumps(what), flush=True)


try:
    asyncio.run(main())
except DevStackError as error:
    say(event="refused", code=error.code, message=str(error))
    sys.exit(1)
