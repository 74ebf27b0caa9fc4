"""--resume: targets of a fleet that have a verdict already are left alone, and their verdicts count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.judging.resuming import finished
from conformance.judging.verdict import ExitCode, RunVerdict, exit_code
from conformance.plugin.options import chosen
from conformance.plugin.statement_keeping import seed_of

if TYPE_CHECKING:
    from conformance.judging.run import Run


def keep_finished(run: Run, config: pytest.Config) -> None:
    """Have a run leave alone what is finished in the folder of --resume. Raises pytest.UsageError."""
    option = chosen(config)
    if option.resume is None:
        return
    if option.statement is not None:
        raise pytest.UsageError(f"--resume={option.resume} adds its statement to that folder; leave out --statement")
    if not run.wanted_of():
        raise pytest.UsageError("--resume repeats what is missing of a fleet; name it, such as --target=targets/")
    if option.variant:
        raise pytest.UsageError("--resume is about targets with a file; leave out --variant")
    run.keep(finished(Path(option.resume), run, seed_of(config), date.today()))


def kept(run: Run) -> Iterator[str]:
    """What is left alone, in lines: those with a bad verdict by name."""
    counts = Counter(one.verdict for one in run.kept.values())
    if counts:
        said = " and ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
        yield f"left alone, because they have a verdict: {said}"
    for name, one in run.kept.items():
        if one.verdict is not RunVerdict.CONFORMANT:
            yield f"{name}: {one.verdict}, says {one.file}"


def exit_code_with_kept(run: Run, verdicts: list[RunVerdict]) -> ExitCode:
    """The exit code for the verdicts of a run, for files that can't be used, and for what was left alone."""
    incomplete = (RunVerdict.INCOMPLETE for _ in run.broken)
    return exit_code([*verdicts, *incomplete, *(one.verdict for one in run.kept.values())])
