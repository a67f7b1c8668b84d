"""Write structured logs: a JSON object for each line, or text for a terminal.

Nothing is filtered here. Secrets are `SecretStr`; phone numbers are masked (`mpesa.phones.masked`) and node URLs are
cut (`Node.name`) where they are logged.
"""

import logging
import sys

import msgspec
import structlog
from structlog.typing import EventDict, Processor

_AS_JSON = msgspec.json.Encoder(enc_hook=repr)
_LIBRARIES = ("httpx", "websockets", "engineio", "socketio")
"""They tell of every message."""


class _Lines(structlog.WriteLogger):
    """Writes to standard error, without the standard library's way there: every request is told of."""

    def __init__(self, name: str) -> None:
        super().__init__(sys.stderr)
        self.name = name


def configure_logs(*, log_format: str, level: str, process: str) -> None:
    """Send structlog's and the standard library's records to standard error, in one form."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    renderer: Processor = _json if log_format == "json" else structlog.dev.ConsoleRenderer(colors=False)
    _take_over_the_standard_library([structlog.stdlib.add_logger_name, *shared], renderer, level)
    structlog.configure(
        processors=[_add_name, *shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Lines,
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)


def _take_over_the_standard_library(shared: list[Processor], renderer: Processor, level: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for chatty in _LIBRARIES:
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _add_name(logger: _Lines, _method: str, event: EventDict) -> EventDict:
    event["logger"] = logger.name
    return event


def _json(_logger: object, _method: str, event: EventDict) -> str:
    return _AS_JSON.encode(event).decode()
