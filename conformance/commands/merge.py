"""`seasonproof merge`: all statements of a fleet as one, with its page, Markdown by owner and a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from conformance.config.fleet import Chosen, load_fleet
from conformance.documents import UsageProblem
from conformance.judging.statement_file import FLEET
from conformance.judging.verdict import ExitCode, exit_code
from conformance.reporting.fleet.markdown import markdown
from conformance.reporting.fleet.merging import merge as merged
from conformance.reporting.fleet.page import write_page
from conformance.reporting.fleet.parquet import arrow, write_parquet
from conformance.reporting.fleet.statement import write_statement
from conformance.reporting.outputs import unwritable_folder

_SHOWN = 20  # targets without a verdict that the screen names


def merge(paths: Sequence[Path], out: Path, targets: str | None, parquet: bool, say: Callable[[str], None]) -> ExitCode:
    """Join the statements of a fleet, and write what there is to read of it.

    Args:
        paths: statements, and folders of statements.
        out: the folder for the files; it is made if it is missing.
        targets: the folder or the pattern of the target files, to find those without a statement; None for not.
        parquet: whether to write the table too.
        say: shows a line.

    Returns:
        The exit code for the verdict of the fleet.

    Raises:
        UsageProblem: nothing can be read, a file cannot be written, or an extra is missing.
    """
    if parquet:
        arrow()
    if reason := unwritable_folder(out):
        raise UsageProblem([f"--out={out} cannot be written: {reason}"])
    declared = load_fleet([targets], Chosen(), needs_secrets=False) if targets is not None else None
    fleet = merged(paths, declared)
    try:
        write_statement(out / FLEET, fleet)
        write_page(out / "fleet.html", fleet)
        (out / "fleet.md").write_text(markdown(fleet), "utf-8")
        if parquet:
            write_parquet(out / "fleet.parquet", fleet)
    except OSError as error:
        raise UsageProblem([f"{error.filename or out}: cannot be written: {error.strerror or error}"]) from None
    for line in fleet.problems[:_SHOWN]:
        say(f"no verdict: {line}")
    if len(fleet.problems) > _SHOWN:
        say(f"no verdict: and {len(fleet.problems) - _SHOWN} more, which the page has")
    say(fleet.headline)
    say(f"page: {out / 'fleet.html'}")
    return exit_code([fleet.verdict])
