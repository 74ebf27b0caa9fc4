"""The statement of a command that is not a run of suites: where somebody asks for it, with its page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from conformance.documents import UsageProblem
from conformance.judging.statement_file import NAME, write
from conformance.reporting.outputs import unwritable_in_folder
from conformance.reporting.page import PAGE, write_page

if TYPE_CHECKING:
    from conformance.judging.statement import Statement


def check_folder(folder: Path) -> None:
    """Refuse, before anything is judged, a folder that no statement can be written to.

    Raises:
        UsageProblem: it is one.
    """
    if reason := unwritable_in_folder(folder, NAME):
        raise UsageProblem([f"--statement={folder} cannot be written: {reason}"])


def write_statement(folder: Path, statement: Statement) -> None:
    """Write a statement and its page.

    Raises:
        UsageProblem: they cannot be written.
    """
    try:
        write(folder / NAME, statement)
        write_page(folder / PAGE, statement)
    except OSError as error:
        raise UsageProblem([f"--statement={folder} cannot be written: {error.strerror}"]) from None
