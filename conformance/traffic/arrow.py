"""Findings in tables of Arrow, for engines that hold logs in columns: `mapInArrow` of Spark, Ray Data, or any other.

A row is a line of a log, or a URL. What is found in it depends on the row and on the salt alone, whatever batches the
engine makes. Nothing that is returned holds a credential. It needs pyarrow, which the extra `fleet` brings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from conformance.rules.url_tokens import Detector
from conformance.traffic.audit.findings import LocatedFinding
from conformance.traffic.audit.readers.texts import text
from conformance.traffic.audit.sources import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa

    from conformance.traffic.audit.findings import Seen

COLUMNS: Final = (
    *("level", "rule", "requirement", "host", "path_template", "place", "parameter", "masked"),
    *("fingerprint", "cwe", "remedy"),
)
"""The columns of a finding, all of them texts; what they hold is said at `Finding`."""

NOT_JUDGED: Final = "not judged as a whole"
"""The level of a row that is no finding: why its line was not judged as a whole is in `masked`."""


def findings(
    batches: Iterable[pa.RecordBatch], *, column: str, salt: bytes, keep: Sequence[str] = ()
) -> Iterator[pa.RecordBatch]:
    """The findings in batches, a row for each, in the order of the rows.

    Args:
        batches: with a column of lines.
        column: its name; texts or bytes, and nulls.
        salt: the key of the fingerprints: the same for the same credential wherever it is used.
        keep: columns that say where a line is from, such as its file and its number; they come first.

    Yields:
        For each batch one, which may be empty: the kept columns, then `COLUMNS`.
    """
    import pyarrow as pa

    detector = Detector(salt=salt, correlate=False)
    for batch in batches:
        lines = [_line(value) for value in batch.column(column).to_pylist()]
        seen = list(text(Source(column, _Lines(lines), is_part=True), detector))
        rows = pa.array([one.at.line - 1 for one in seen], pa.int64())
        told = [_told(one) for one in seen]
        made = [pa.array([row[number] for row in told], pa.string()) for number in range(len(COLUMNS))]
        kept = [batch.column(name).take(rows) for name in keep]
        yield pa.RecordBatch.from_arrays([*kept, *made], names=[*keep, *COLUMNS])


def _line(value: Any) -> bytes:
    """A value as one line: a line break in it is a blank."""
    line = value if isinstance(value, bytes) else b"" if value is None else str(value).encode("utf-8", "replace")
    return line.replace(b"\n", b" ")


def _told(seen: Seen) -> list[str]:
    if isinstance(seen, LocatedFinding):
        return [str(getattr(seen.finding, name)) for name in COLUMNS]
    return [NOT_JUDGED if name == "level" else seen.reason if name == "masked" else "" for name in COLUMNS]


class _Lines:
    """Lines as a stream, as far as a source needs one."""

    def __init__(self, lines: list[bytes]) -> None:
        self._text = memoryview(b"".join(line + b"\n" for line in lines))

    def read1(self, size: int = -1, /) -> bytes:
        found = self._text if size < 0 else self._text[:size]
        self._text = self._text[len(found) :]
        return bytes(found)
