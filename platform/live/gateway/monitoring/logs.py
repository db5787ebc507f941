"""Logs: one line of JSON an entry where a machine reads them, plain text where a person does, and no secrets.

What libraries log goes the same way.
"""

import logging
import sys
from typing import TextIO

import structlog
from structlog.typing import Processor

from lockstep.live.gateway.monitoring.tail import TAIL
from lockstep.live.gateway.security.redaction import redact

_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.PositionalArgumentsFormatter(),
)


def configure_logs(out: TextIO | None = None, level: int = logging.WARNING) -> None:
    """Send what is logged at a level and above to ``out``, by default stderr, and keep the latest of it in ``TAIL``.

    What uvicorn says of its own comings and goings is left out, unless all is asked for.
    """
    out = out or sys.stderr
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_SHARED, structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,  # text by now, so that it is looked through too
            redact,
            TAIL.take,
            _shown(out),
        ],
    ))  # fmt: skip
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("uvicorn").setLevel(level if level < logging.INFO else max(level, logging.WARNING))


def _shown(out: TextIO) -> Processor:
    if out.isatty():
        return structlog.dev.ConsoleRenderer(colors=False)
    return structlog.processors.JSONRenderer()
