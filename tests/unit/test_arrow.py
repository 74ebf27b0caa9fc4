"""Findings in columns: the same for any batches, with what the engine says of each line, and without credentials."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.traffic.arrow import COLUMNS, NOT_JUDGED, findings
from conformance.traffic.audit.readers.lines import MAX_LINE
from tests.corpus import corpus
from tests.unit.audit_content import LEAK, TOKEN, audit

pa = pytest.importorskip("pyarrow")

SALT = b"sixteen bytes or more"
LINES = [f'10.0.0.1 - - [x] "GET {case.text} HTTP/1.1" 200 1' for case in corpus() if ": " not in case.text][:400]


def rows(lines: list[Any], size: int = 1_000, kind: Any = None) -> list[dict[str, Any]]:
    table = pa.table({"value": pa.array(lines, kind), "number": range(len(lines)), "other": [0] * len(lines)})
    batches = findings(table.to_batches(max_chunksize=size), column="value", salt=SALT, keep=["number"])
    return pa.Table.from_batches(batches).to_pylist()


def test_the_batches_do_not_matter() -> None:
    whole = rows(LINES)
    assert len(whole) > 100
    assert rows(LINES, 1) == rows(LINES, 7) == whole
    assert [row["number"] for row in whole] == sorted(row["number"] for row in whole)
    assert list(whole[0]) == ["number", *COLUMNS]


def test_a_column_has_the_findings_of_a_log() -> None:
    result = audit("a log\n" + "\n".join(LINES) + "\n")
    counted = sum(one.count for one in result.found.values())
    places = {one.place for one in result.found.values()}
    told = rows(["a log", *LINES])
    assert len(told) == counted
    assert {(row["rule"], row["host"], row["path_template"], row["parameter"]) for row in told} == places


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.binary(), pa.string_view()])
def test_texts_and_bytes_and_nulls_are_lines(kind: Any) -> None:
    lines: list[Any] = [None, "", f"GET https://example.com{LEAK}", "two\nlines"]
    if kind == pa.binary():
        lines = [line if line is None else line.encode() for line in lines]
    [row] = rows(lines, kind=kind)
    assert (row["number"], row["rule"], row["place"]) == (2, "L1", "query")
    assert TOKEN not in str(row)


def test_the_salt_decides_the_fingerprint() -> None:
    [one] = rows([LEAK])
    table = pa.table({"url": [LEAK]})
    [[other]] = [batch.to_pylist() for batch in findings(table.to_batches(), column="url", salt=b"another")]
    assert one["fingerprint"] != other["fingerprint"]
    assert {name: one[name] for name in COLUMNS if name != "fingerprint"} == {
        name: other[name] for name in COLUMNS if name != "fingerprint"
    }


def test_a_line_that_is_judged_in_pieces_is_named() -> None:
    [row] = rows(["plain", "x" * (MAX_LINE + 1_000)])
    assert (row["number"], row["level"], row["rule"]) == (1, NOT_JUDGED, "")
    assert "judged in pieces" in row["masked"]


def test_no_rows_give_a_batch_without_rows() -> None:
    [batch] = list(findings([pa.RecordBatch.from_pydict({"url": pa.array([], pa.string())})], column="url", salt=SALT))
    assert (batch.num_rows, batch.schema.names) == (0, list(COLUMNS))


def test_nothing_is_joined_from_row_to_row() -> None:
    """They come in any order, and from any files."""
    lines = ["TOKEN=q7Wn2Kc9Zr4Tm8Vb5Yx1Lp6Hd3Gs0FjQ", 'curl "$URL?access_token=$TOKEN"']
    assert audit("\n".join(lines)).found
    assert rows(lines) == []
