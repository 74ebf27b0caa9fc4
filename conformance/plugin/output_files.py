"""The files that options of pytest name, seen before anything is judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.http.exchange import write_har
from conformance.plugin.options import chosen
from conformance.reporting.outputs import unwritable, unwritable_folder

if TYPE_CHECKING:
    from conformance.http.exchange import Evidence
    from conformance.judging.run import Run
    from conformance.plugin.statement_keeping import StatementKeeper
    from conformance.reporting.allure import AllureWriter


def unwritable_outputs(config: pytest.Config) -> Iterator[str]:
    """What the run would not be able to write in the end."""
    if hasattr(config, "workerinput"):
        return
    option, har = config.option, chosen(config).har
    if har and (reason := unwritable(Path(har))):
        yield f"--har={har} cannot be written: {reason}"
    for name, file in (("--junitxml", option.xmlpath), ("--log-file", option.log_file)):  # pytest makes their folders
        if file and (reason := unwritable_folder(Path(file).parent) or unwritable(Path(file))):
            yield f"{name}={file} cannot be written: {reason}"
    folder = getattr(option, "allure_report_dir", None)
    if folder and (reason := unwritable_folder(Path(folder))):
        yield f"--alluredir={folder} cannot be written: {reason}"


def write_at_the_end(
    har: str | None, exchanges: Iterable[Evidence], allure: AllureWriter | None, stating: StatementKeeper
) -> Iterator[str]:
    """Write the files that need the whole run; what could not be written, though it could when the run began."""
    writes = {}
    if har:
        writes[f"--har={har}"] = partial(write_har, Path(har), exchanges)
    if allure is not None and stating.has_verdict:
        writes["--alluredir"] = partial(allure.finish, stating.whole)
    for name, write in writes.items():
        try:
            write()
        except OSError as error:
            yield f"{name} cannot be written: {error.strerror}"


def allure_writer(config: pytest.Config, run: Run) -> AllureWriter | None:
    """What writes the results for Allure; None where nobody asks for them."""
    directory = getattr(config.option, "allure_report_dir", None)
    if not directory:
        return None
    from conformance.reporting.allure import AllureWriter

    environment = {
        "suite": run.suite,
        "profile": f"{run.profile.name} ({run.profile.digest[:12]})",
        "targets": ", ".join(run.target_names),
        "depth": run.options.depth,
        "seed": str(config.getoption("hypothesis_seed", None) or "derandomized"),
        "run": run.identifier,
    }
    return AllureWriter(Path(directory), run.profile, environment=environment, strict=run.options.strict)
