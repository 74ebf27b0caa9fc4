"""Where text leaves the process: the standard streams, and whether a file can be written."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.redaction import VAULT

if TYPE_CHECKING:
    from typing import TextIO


class OutputStream:
    """A text stream through which text leaves the process.

    It replaces known secrets by their labels; it writes what the terminal's encoding lacks as an escape; and it goes
    silent, instead of raising, when nobody reads any more or the disk is full. What is written in pieces is held until
    its line ends, so that no secret leaves in two halves.

    Attributes:
        problem: why it went silent although somebody reads; empty while all is well.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._held = ""
        self.problem = ""

    def write(self, text: str) -> int:
        """Write the text without its secrets, as far as its last line is whole."""
        if not isinstance(text, str):
            raise TypeError("a text stream takes text")
        whole, end, self._held = f"{self._held}{text}".rpartition("\n")
        if end:
            self._write(whole + end)
        return len(text)

    def flush(self) -> None:
        """Write what is held."""
        held, self._held = self._held, ""
        self._write(held)

    def _write(self, text: str) -> None:
        # Statuses stand in these lines; what targets said is redacted before it comes here.
        text = VAULT.redact(text, firm=True)
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        try:
            self._stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
            self._stream.flush()
        except OSError as error:
            if error.errno != errno.EPIPE:
                self.problem = error.strerror or str(error)
            self._go_silent()

    def _go_silent(self) -> None:
        # What the stream still holds would be written, and fail, when the interpreter ends.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        if name == "buffer":
            raise AttributeError(name)  # bytes would pass by
        return getattr(self._stream, name)


def replace_closed_streams() -> None:
    """Let what is printed go nowhere where the caller closed a standard stream (`>&-`): Python has None there."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - until the process ends


def guard_standard_streams() -> None:
    """Let all text that a command prints pass through `OutputStream`."""
    replace_closed_streams()
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, OutputStream):
            setattr(sys, name, OutputStream(stream))


def unwritable(path: Path) -> str:
    """Why a file cannot be written; empty if it can. The file is left as it was."""
    try:
        is_new = not path.exists()
        if is_new or path.is_file() or path.is_dir():  # and no pipe, which would wait for its reader
            path.open("ab").close()
        if is_new:
            path.resolve().unlink()  # a link may lead to a file that is not there yet
    except (OSError, ValueError) as error:
        return _reason(error)
    return ""


def unwritable_in_folder(folder: Path, name: str) -> str:
    """Why a file of this name cannot be written into a folder; empty if it can. Folders that are missing are made."""
    if folder.suffix in (".json", ".html") and not folder.is_dir():
        return f"it is the name of a file; name a folder, such as {folder.with_suffix('')}"
    return unwritable_folder(folder) or unwritable(folder / name)


def unwritable_folder(path: Path) -> str:
    """Why nothing can be written into a folder; empty if it can. Folders that are missing are made."""
    import tempfile

    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return ""
    except (OSError, ValueError) as error:
        return _reason(error)


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, FileExistsError | NotADirectoryError):
        return "a file is in the place of a folder"
    return (error.strerror if isinstance(error, OSError) else None) or "it is not a file name"
