"""A plugin of pytest: the disk is nearly full when the run begins, and takes half a line of its statement."""

import errno
import os

from conformance.judging import statement_file

_put = os.pwrite
_ROOM = 40_000


def _half(file: int, content: bytes, at: int) -> int:
    if at >= _ROOM:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return _put(file, content[: _ROOM - at], at)


def pytest_configure() -> None:
    """The statement is the only thing that is written at a place."""
    statement_file.os.pwrite = _half  # type: ignore[attr-defined] # the module of all
    statement_file.StatementFile.finish = _refused  # type: ignore[method-assign]


def _refused(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
