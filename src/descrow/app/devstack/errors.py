"""Define what can stop the dev stack, each said in a sentence that a developer can act on."""

from collections.abc import Sequence
from pathlib import Path


class DevStackError(Exception):
    """The dev stack cannot go on. `code` is stable, the message is for the person at the terminal."""

    code = "devstack_error"


class StackAlreadyRunning(DevStackError):
    code = "stack_already_running"

    def __init__(self, directory: Path, holder: str) -> None:
        super().__init__(
            f"Another stack ({holder}) is running in {directory}. Stop it first, or choose another data directory."
        )
        self.directory = directory


class CommandFailed(DevStackError):
    """A one-off command ended with something else than 0."""

    code = "command_failed"

    def __init__(self, name: str, returncode: int, log_tail: str) -> None:
        super().__init__(f"{name} ended with {returncode}. It last said:\n{log_tail}")
        self.name = name
        self.returncode = returncode


class ProcessEndedBeforeReady(DevStackError):
    code = "process_ended_before_ready"

    def __init__(self, name: str, returncode: int, log_tail: str) -> None:
        super().__init__(f"{name} ended with {returncode} before it was ready. It last said:\n{log_tail}")
        self.name = name
        self.returncode = returncode


class ProcessNotReadyInTime(DevStackError):
    code = "process_not_ready_in_time"

    def __init__(self, name: str, timeout_s: float, reason: str) -> None:
        super().__init__(f"{name} was not ready after {timeout_s:g} s: {reason}")
        self.name = name


class PartUnhealthy(DevStackError):
    """The part does not answer as it should at this moment; asking again may help."""

    code = "part_unhealthy"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name} does not answer: {reason}")
        self.name = name


class PartUnusable(DevStackError):
    """The part cannot run as things are; asking again does not help."""

    code = "part_unusable"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name} cannot be used: {reason}")
        self.name = name


class StepFailed(DevStackError):
    code = "step_failed"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"The step '{name}' failed. {reason}")
        self.name = name


class UnknownStep(DevStackError):
    code = "unknown_step"

    def __init__(self, name: str, unknown: Sequence[str]) -> None:
        super().__init__(f"The step '{name}' waits for steps that do not exist: {', '.join(unknown)}.")
        self.name = name


class StartInterrupted(DevStackError):
    """Somebody asked the stack to stop while it was still starting."""

    code = "start_interrupted"

    def __init__(self) -> None:
        super().__init__("The start was interrupted.")
