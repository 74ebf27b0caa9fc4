"""A fleet as a table in Parquet, for DuckDB, Polars and other tools: a row for each requirement on each target."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.documents import UsageProblem

if TYPE_CHECKING:
    from conformance.reporting.fleet.merging import Fleet
    from conformance.reporting.fleet.runs import TargetRun

EXTRA = "a Parquet file needs PyArrow, which is an extra: pip install 'seasonproof[fleet]'"
_AT_ONCE = 100  # runs that are turned into a piece of the file together

COLUMNS = {
    "target": "the name of the target",
    "owner": "its owner; empty where its file names none",
    "labels": "its labels, as a map",
    "verdict": "what the target came to: ready, a part passed, not conformant or incomplete",
    "requirement": "the id, such as SAB-01",
    "title": "the requirement, in a sentence",
    "family": "its family",
    "role": "the role that it is about",
    "level": "must, should or may",
    "basis": "documented, observed or inferred",
    "outcome": "what it came to, such as passed or failed",
    "why": "why it is not a plain pass; empty for a plain pass",
    "waived_until": "the last day of its waiver; null without one",
    "latest": "whether this run is the one that counts",
    "started": "when the run began",
    "run": "the run",
    "suite": "the version of the suite",
    "profile": "the profile",
    "file": "the statement",
}
"""The columns, and what is in each."""


def arrow() -> Any:
    """PyArrow.

    Raises:
        UsageProblem: it is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet
    except ModuleNotFoundError:
        raise UsageProblem([EXTRA]) from None
    return pa


def write_parquet(path: Path, fleet: Fleet) -> None:
    """Write the runs that count and those before them.

    Raises:
        OSError: it cannot be written.
        UsageProblem: PyArrow is not installed.
    """
    pa = arrow()
    words = pa.dictionary(pa.int32(), pa.string())
    kinds = {
        "labels": pa.map_(pa.string(), pa.string()),
        "why": pa.string(),
        "waived_until": pa.date32(),
        "latest": pa.bool_(),
        "started": pa.timestamp("us", tz="UTC"),
    }
    schema = pa.schema([pa.field(name, kinds.get(name, words)) for name in COLUMNS])
    runs = list(_runs(fleet))
    with pa.parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for at in range(0, max(1, len(runs)), _AT_ONCE):
            writer.write_table(pa.table(_columns(runs[at : at + _AT_ONCE], pa), schema=schema))


# ------------------------------------------------------------------ details


def _runs(fleet: Fleet) -> Iterator[tuple[TargetRun, bool]]:
    yield from ((run, True) for run in fleet.targets)
    yield from ((run, False) for those in fleet.earlier.values() for run in those)


def _columns(runs: list[tuple[TargetRun, bool]], pa: Any) -> dict[str, Any]:
    rows = [(run, is_latest, one) for run, is_latest in runs for one in run.judged]
    return {
        "target": [run.target.name for run, _, _ in rows],
        "owner": [run.target.owner for run, _, _ in rows],
        "labels": [list(run.target.labels.items()) for run, _, _ in rows],
        "verdict": [run.shown for run, _, _ in rows],
        "requirement": [one.requirement.id for _, _, one in rows],
        "title": [one.requirement.title for _, _, one in rows],
        "family": [one.requirement.family for _, _, one in rows],
        "role": [one.requirement.role for _, _, one in rows],
        "level": [one.requirement.level for _, _, one in rows],
        "basis": [one.requirement.basis for _, _, one in rows],
        "outcome": [str(one.outcome) for _, _, one in rows],
        "why": [one.why for _, _, one in rows],
        "waived_until": pa.array([one.waived_until or None for _, _, one in rows], pa.string()).cast(pa.date32()),
        "latest": [is_latest for _, is_latest, _ in rows],
        "started": [run.header.started for run, _, _ in rows],
        "run": [run.header.run for run, _, _ in rows],
        "suite": [run.header.suite for run, _, _ in rows],
        "profile": [run.header.profile.name for run, _, _ in rows],
        "file": [str(run.file) for run, _, _ in rows],
    }
