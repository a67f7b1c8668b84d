"""EVMs in memory for tests. Each has its own state and clock; gas is free.

`Revm` is fast and runs the tests of behaviour, where it is installed. `PyEvm` is an independent implementation: it
measures gas, the real runtime is compared with it, and it runs all tests with `ESCROW_EVM=py-evm`.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol

HARD_FORK = "PRAGUE"
GAS_LIMIT = 30_000_000
START = 1_767_268_800
"""The clock of a new machine: noon of 1 January 2026, UTC."""

TRANSACTION_GAS = 21_000

Log = tuple[str, list[bytes], bytes]
"""The address in lower case, the topics and the data."""


@dataclass(frozen=True)
class Execution:
    """The result of one call."""

    is_success: bool
    output: bytes
    gas_used: int
    """Before refunds, and without the intrinsic gas."""

    logs: tuple[Log, ...] = ()


class Evm(Protocol):
    timestamp: int

    def balance(self, address: str) -> int: ...
    def set_balance(self, address: str, balance: int) -> None: ...

    def deploy(self, code: bytes, *, by: str) -> tuple[str, tuple[Log, ...]]:
        """Create a contract. Return its address and the logs of its constructor."""

    def code(self, address: str) -> bytes:
        """Return the code of a contract."""

    def place(self, code: bytes, *, at: str) -> None:
        """Put code at an address, which then costs no more to call than a precompile."""

    def execute(self, to: str, data: bytes, *, by: str, value: int = 0, gas: int | None = None) -> Execution:
        """Call an address, with this much gas besides the intrinsic gas, or with all gas of a block."""

    def rolled_back(self) -> Any:
        """Return a context that undoes at its end what happens to state and clock in it."""

    def begin_transaction(self) -> None:
        """Let the next call find all storage cold, as a transaction of its own. Nothing can be rolled back then."""


def intrinsic_gas(data: bytes) -> int:
    """Return the gas that a transaction with these data costs before any code runs."""
    return TRANSACTION_GAS + sum(16 if byte else 4 for byte in data)


class Revm:
    """Rust's revm. Calls share one journal, as if they were one transaction: storage stays warm between them."""

    _REVERTED = re.compile(r"^Revert \{ gas_used: \d+, output: 0x(?P<output>[0-9a-f]*) \}$")
    _HALTED = re.compile(r"^Halt \{")

    def __init__(self) -> None:
        import pyrevm

        self._block, self._account = pyrevm.BlockEnv, pyrevm.AccountInfo
        self._evm: Any = pyrevm.EVM(spec_id=HARD_FORK, gas_limit=GAS_LIMIT)
        self._given: list[Counter[str]] = []
        self.timestamp = START

    @property
    def timestamp(self) -> int:
        return self._timestamp

    @timestamp.setter
    def timestamp(self, timestamp: int) -> None:
        self._timestamp = timestamp
        self._evm.set_block_env(self._block(number=1, timestamp=timestamp, gas_limit=GAS_LIMIT))

    def balance(self, address: str) -> int:
        return int(self._evm.get_balance(address))

    def set_balance(self, address: str, balance: int) -> None:
        for given in self._given[-1:]:
            given[address] += balance - self.balance(address)
        self._evm.set_balance(address, balance)

    def deploy(self, code: bytes, *, by: str) -> tuple[str, tuple[Log, ...]]:
        address = str(self._evm.deploy(by, code)).lower()
        return address, self._logs()

    def code(self, address: str) -> bytes:
        return bytes(self._evm.get_code(address))

    def place(self, code: bytes, *, at: str) -> None:
        self._evm.insert_account_info(at, self._account(code=code))

    def execute(self, to: str, data: bytes, *, by: str, value: int = 0, gas: int | None = None) -> Execution:
        intrinsic = intrinsic_gas(data)
        limit = GAS_LIMIT if gas is None else intrinsic + gas
        try:
            output = bytes(self._evm.message_call(by, to, calldata=data, value=value, gas=limit))
        except RuntimeError as error:
            return Execution(False, self._output_of(error), self._gas_spent() - intrinsic)
        return Execution(True, output, self._gas_spent() - intrinsic, self._logs())

    @contextmanager
    def rolled_back(self) -> Iterator[None]:
        checkpoint, timestamp = self._evm.snapshot(), self.timestamp
        self._given.append(Counter())
        try:
            yield
        finally:
            self._evm.revert(checkpoint)
            self.timestamp = timestamp
            for address, amount in self._given.pop().items():  # the journal does not contain these
                self._evm.set_balance(address, self.balance(address) - amount)

    def begin_transaction(self) -> None:
        raise NotImplementedError("revm's bindings keep one journal: measure gas with PyEvm")

    def _gas_spent(self) -> int:
        result = self._evm.result  # a refund may be negative, and wraps around in both figures
        return int(result.gas_used + result.gas_refunded) % 2**64

    def _logs(self) -> tuple[Log, ...]:
        return tuple((log.address.lower(), *log.data) for log in self._evm.result.logs)

    def _output_of(self, error: RuntimeError) -> bytes:
        """Return the output of a reverted call. Raise the error if the call was not valid at all."""
        if reverted := self._REVERTED.match(str(error)):
            return bytes.fromhex(reverted["output"])
        if self._HALTED.match(str(error)):
            return b""
        raise error


class PyEvm:
    """Python's py-evm, by titanoboa."""

    def __init__(self) -> None:
        import boa  # takes seconds, and few tests need it

        self._env: Any = boa.Env()
        self._placed: list[bytes] = []
        self.timestamp = START

    @property
    def timestamp(self) -> int:
        return int(self._env.timestamp)

    @timestamp.setter
    def timestamp(self, timestamp: int) -> None:
        self._env.timestamp = timestamp

    def balance(self, address: str) -> int:
        return int(self._env.get_balance(address))

    def set_balance(self, address: str, balance: int) -> None:
        self._env.set_balance(address, balance)

    def deploy(self, code: bytes, *, by: str) -> tuple[str, tuple[Log, ...]]:
        address, done = self._env.deploy(sender=by, bytecode=code)
        if done.is_error:
            raise RuntimeError(done.output)
        return str(address).lower(), self._logs(done)

    def code(self, address: str) -> bytes:
        return bytes(self._env.get_code(address))

    def place(self, code: bytes, *, at: str) -> None:
        self._env.set_code(at, code)
        self._placed.append(bytes.fromhex(at.removeprefix("0x")))

    def execute(self, to: str, data: bytes, *, by: str, value: int = 0, gas: int | None = None) -> Execution:
        done = self._env.execute_code(to_address=to, sender=by, data=data, value=value, gas=gas)
        logs = () if done.is_error else self._logs(done)
        return Execution(not done.is_error, done.output, done.get_gas_used(), logs)

    def rolled_back(self) -> Any:
        return self._env.anchor()

    def begin_transaction(self) -> None:
        self._env.evm.vm.state.lock_changes()
        self._env.evm.reset_access_counters()
        for address in self._placed:
            self._env.evm.vm.state.mark_address_warm(address)

    @staticmethod
    def _logs(done: Any) -> tuple[Log, ...]:
        return tuple(
            ("0x" + address.hex(), [topic.to_bytes(32, "big") for topic in topics], data)
            for _, address, topics, data in sorted(done.get_raw_log_entries())
        )


def fastest_evm() -> Evm:
    """Return a new machine: revm where it is installed, unless ESCROW_EVM asks for the other."""
    return PyEvm() if os.environ.get("ESCROW_EVM") == "py-evm" or not find_spec("pyrevm") else Revm()
