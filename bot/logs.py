"""Logging: structured lines on standard error, and the token in none of them."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

TOKEN = re.compile(r"\d{3,}:[A-Za-z0-9_-]{20,}|cascade_in_[A-Za-z0-9_-]{20,}")
"""Of a bot, and of a system that sends documents in."""

HIDDEN = "<token>"


def set_up_logging(*secrets: str, is_verbose: bool = False, is_quiet: bool = False) -> None:
    """Send our log and the libraries' to standard error.

    Args:
        secrets: texts that must not appear, besides whatever has the form of a token.
        is_verbose: whether to log what is of interest to developers only.
        is_quiet: whether to log warnings and errors alone, as a command does that prints an answer and ends.
    """
    least = logging.DEBUG if is_verbose else logging.WARNING if is_quiet else logging.INFO
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            Redaction(*secrets),
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter(Redaction(*secrets)))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


class Redaction:
    """Takes secrets out of texts; as a structlog processor, out of every value of a line."""

    def __init__(self, *secrets: str) -> None:
        self._secrets = tuple(secret for secret in secrets if secret)

    def clean(self, text: str) -> str:
        """Give the text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return TOKEN.sub(HIDDEN, text)

    def __call__(self, _logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Clean a line of the log."""
        for key, value in line.items():
            if not isinstance(value, int | float | bool | None):
                line[key] = self.clean(str(value))
        return line


class RedactingFormatter(logging.Formatter):
    """Formats the libraries' log lines, traces included, without secrets."""

    def __init__(self, redaction: Redaction) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._redaction = redaction

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        return self._redaction.clean(super().format(record))
