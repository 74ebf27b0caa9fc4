"""The ways by which text leaves the process while a profile is given: the terminal and the logs."""

from __future__ import annotations

import logging
from typing import Any, TextIO

from conformance.redaction import VAULT


class RedactingStream:
    """A text stream that replaces every known secret by its label before it writes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write the text without its secrets."""
        return self._stream.write(VAULT.redact(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def redact_log_records() -> None:
    """Redact every log record of the process as it is made, so that no handler sees a secret."""
    make = logging.getLogRecordFactory()
    if getattr(make, "redacts", False):
        return

    def redacted(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        record.msg, record.args = VAULT.redact(record.getMessage()), ()
        return record

    redacted.redacts = True  # type: ignore[attr-defined] # so that it is wrapped once
    logging.setLogRecordFactory(redacted)
