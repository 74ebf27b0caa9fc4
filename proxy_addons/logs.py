"""Log lines without credentials: mitmproxy's own lines quote what it refuses, and its refusals reach no hook.

Records are rewritten as they are made, so that no handler sees more: neither the terminal nor an interface's event log.
"""

from __future__ import annotations

import ast
import logging
import re
import traceback
from collections.abc import Callable
from typing import Any

from conformance.traffic.evidence import printable, redacted_text
from proxy_addons.shared_observation import SharedObservation

_QUOTED = r"""b'(?:[^'\\]|\\.)*'|b"(?:[^"\\]|\\.)*\""""
_REFUSED = re.compile(rf"Bad HTTP request line: ({_QUOTED})")
_REQUEST_LINE = re.compile(rb"\s*\S+\s+(.*?)(?:\s+HTTP/\S*)?\s*", re.DOTALL)
"""Matches a request line that may be wrong in any part; its target is all between the method and the version."""
_UNHEARD = re.compile(r"Invalid header|Invalid HTTP/2 request|HTTP/2 protocol error")
_RAW = re.compile(rf"(?<!Bad HTTP request line: )(?:{_QUOTED})|\b[0-9a-f]{{32,}}\b")
"""What mitmproxy quotes of the bytes that it could not read: nothing says where a credential begins in them."""

_before: Callable[..., logging.LogRecord] | None = None


def redact(listening: SharedObservation) -> None:
    """Redact the log records of this process from now on, and hear the refused requests among them."""
    global _before
    restore()
    make = _before = logging.getLogRecordFactory()

    def redacted(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        message = record.getMessage()
        if record.exc_info and record.exc_info[0] is not None:
            message += "\n" + "".join(traceback.format_exception(*record.exc_info)).rstrip()
            record.exc_info = None
        if record.name.startswith("mitmproxy"):
            _hear(listening, message)
            message = without_bytes(message)
        record.msg, record.args = "\n".join(map(printable, redacted_text(message).split("\n"))), ()
        return record

    logging.setLogRecordFactory(redacted)


def restore() -> None:
    """Log as before."""
    global _before
    if _before is not None:
        logging.setLogRecordFactory(_before)
        _before = None


def without_bytes(message: str) -> str:
    """A message of mitmproxy without the bytes that it quotes."""
    return _RAW.sub("(bytes)", message)


def _hear(listening: SharedObservation, message: str) -> None:
    """Hear of a request that mitmproxy refused before any hook."""
    if (refused := _REFUSED.search(message)) is not None:
        line = _REQUEST_LINE.fullmatch(ast.literal_eval(refused[1]))
        listening.refused(line[1] if line else b"")
    elif _UNHEARD.search(message):
        listening.refused(b"")
