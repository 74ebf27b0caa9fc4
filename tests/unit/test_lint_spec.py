"""`seasonproof lint-spec`: what it prints for people, for programs and for code hosts, and how it ends."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.openapi_lint import RULES
from tests.unit.openapi_mutations import GOOD_2, GOOD_3, MUTATIONS, mutated
from tests.unit.typed import typed

type LintSpec = Callable[..., tuple[int, str, str]]

LEVELS = {rule.id: rule.level for rule in RULES}
GUIDE = Path(__file__).resolve().parents[2] / "docs" / "lint-spec.md"
BROKEN = {
    level: [(d, m) for rule, d, m in MUTATIONS if LEVELS[rule] == level] for level in ("error", "warning", "note")
}


@pytest.fixture
def lint_spec(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> LintSpec:
    """Run the command in a folder with some documents: arguments to exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for name, data in {
        "good.json": GOOD_3,
        "good-2.json": GOOD_2,
        "error.json": mutated(*BROKEN["error"][0]),
        "warning.json": mutated(*BROKEN["warning"][-1]),
        "note.json": mutated(*BROKEN["note"][0]),
    }.items():
        (tmp_path / name).write_text(json.dumps(data, indent=2), "utf-8")

    return typed("lint-spec", capsys, monkeypatch)


# ------------------------------------------------------------------ how it ends


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["good.json"], 0),
        (["good-2.json", "note.json", "--strict"], 0),
        (["warning.json"], 0),
        (["warning.json", "--strict"], 1),
        (["error.json"], 1),
        (["good.json", "error.json"], 1),
        (["good.json", "nowhere.json"], 2),
        (["error.json", "nowhere.json"], 2),
        (["good.json", "--format=xml"], 2),
        ([], 2),
    ],
)
@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_the_exit_code_says_whether_all_documents_register(
    lint_spec: LintSpec, arguments: list[str], status: int, form: str
) -> None:
    """0: they do; 1: one does not; 2: something cannot be read."""
    assert lint_spec(f"--format={form}", *arguments)[0] == status


def test_what_cannot_be_read_is_said_beside_what_can(lint_spec: LintSpec, tmp_path: Path) -> None:
    """All of it, on stderr."""
    (tmp_path / "empty.yaml").write_text("", "utf-8")
    status, out, err = lint_spec("empty.yaml", "good.json", "nowhere.json")
    assert status == 2
    assert err.splitlines() == ["empty.yaml: the document is empty", "nowhere.json: no such file"]
    assert out.startswith("good.json: registers")


@pytest.mark.parametrize(
    ("mapped", "said"),
    [
        ("application/xml", "--map application/xml: write TYPE=TYPE, such as"),
        (
            "application/xml=text/html",
            "application/xml is mapped to 'text/html', which is not supported; supported: app",
        ),
    ],
)
def test_a_wrong_mapping_is_one_line(lint_spec: LintSpec, mapped: str, said: str) -> None:
    status, out, err = lint_spec("good.json", f"--map={mapped}")
    assert (status, out, len(err.splitlines())) == (2, "", 1)
    assert err.startswith(said)


def test_a_mapped_media_type_registers(lint_spec: LintSpec, tmp_path: Path) -> None:
    text = json.dumps(GOOD_3).replace('"application/json"', '"application/vnd.example+json"')
    (tmp_path / "vendor.json").write_text(text, "utf-8")
    status, out, _ = lint_spec("vendor.json")
    assert (status, out.partition(" (")[0]) == (
        0,
        "vendor.json: registers with External Services after you map application/vnd.example+json",
    )
    assert lint_spec("vendor.json", "--strict")[0] == 1
    assert lint_spec("vendor.json", "--map=application/vnd.example+json=application/json", "--strict")[0] == 0


def test_the_standard_input_is_a_document(lint_spec: LintSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(json.dumps(GOOD_2).encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    status, out, _ = lint_spec("-")
    assert (status, out.splitlines()[0]) == (
        0,
        "<stdin>: registers with External Services (OpenAPI 2.0: nothing found)",
    )


# ------------------------------------------------------------------ for people


def test_the_guide_shows_what_is_printed(lint_spec: LintSpec, tmp_path: Path) -> None:
    """What is wrong, where, and how to fix it; and after the mending nothing."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    [before, after] = [text for language, text in blocks if language == "yml"]
    [said, mended] = [text for language, text in blocks if language == "text"]
    for document, status, printed in ((before, 0, said), (after, 0, mended)):
        (tmp_path / "files.yaml").write_text(document, "utf-8")
        assert lint_spec("files.yaml") == (status, printed, "")


def test_the_guide_lists_all_rules() -> None:
    rows = re.findall(
        r"^\| `([a-z-]+)` \| (\w+) \| (\w+) \| (.*) \| \[.*\]\((.*)\) \|$", GUIDE.read_text("utf-8"), re.MULTILINE
    )
    assert rows == [(rule.id, rule.level, rule.basis, rule.sentence, rule.source.url) for rule in RULES]


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_terminal(
    lint_spec: LintSpec, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, width: int
) -> None:
    """But addresses and pointers are: they can be copied."""
    monkeypatch.setenv("COLUMNS", str(width))
    for number, (_, document, mutation) in enumerate(MUTATIONS):
        data = mutated(document, mutation)
        if len(data["paths"] if isinstance(data.get("paths"), dict) else ()) < 100:
            (tmp_path / f"{number}.json").write_text(json.dumps(data, indent=number % 3 or None), "utf-8")
    _, out, _ = lint_spec(
        *(f"{number}.json" for number in range(len(MUTATIONS)) if (tmp_path / f"{number}.json").exists())
    )
    wide = [line for line in out.splitlines() if len(line) > width and not re.search("https://|^    #/", line)]
    assert [
        line for line in wide if not re.match(r"\d+\.json: ", line)
    ] == []  # the verdicts at the end are one line each


def test_several_documents_end_with_their_verdicts(lint_spec: LintSpec) -> None:
    _, out, _ = lint_spec("good.json", "error.json", "warning.json", "--strict")
    assert [re.sub(r" \(.*", "", line) for line in out.splitlines()[-3:]] == [
        "good.json: registers with External Services",
        "error.json: does not register with External Services",
        "warning.json: registers with External Services, but not strictly",
    ]


def test_many_places_and_many_operations_are_counted(lint_spec: LintSpec, tmp_path: Path) -> None:
    answers = {"200": {"description": "found", "content": {"text/html": {}, "application/json": {}}}}
    paths: dict[str, Any] = {f"/{n}": {"get": {"operationId": f"get{n}", "responses": answers}} for n in range(150)}
    (tmp_path / "many.json").write_text(json.dumps(GOOD_3 | {"paths": GOOD_3["paths"] | paths}), "utf-8")
    _, out, _ = lint_spec("many.json")
    assert out.splitlines()[0].endswith("(OpenAPI 3.0: 150 warnings)")
    assert "and 145 more places like these; --format=json lists them" in out
    assert "binary upload action\n  and 151 ordinary actions\n" in out


def test_what_a_document_says_cannot_steer_the_terminal(lint_spec: LintSpec, tmp_path: Path) -> None:
    """Neither with escape sequences nor with line breaks."""
    data = mutated(GOOD_3, lambda d: d["paths"].update({"/\x1b[2J\n\x07": d["paths"].pop("/accounts")}))
    data["paths"]["/\x1b[2J\n\x07"]["head"] = {"operationId": "\x1b]0;x\x07", "responses": {}}
    (tmp_path / "evil.json").write_text(json.dumps(data, ensure_ascii=False), "utf-8")
    for form in ("text", "json", "sarif"):
        _, out, _ = lint_spec("evil.json", f"--format={form}")
        assert set("\x1b\x07") & set(out) == set()
        assert "/�[2J��" in out


# ------------------------------------------------------------------ for programs


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85", "\r", "\r\n"])
def test_the_excerpt_is_the_line_that_yaml_counts(lint_spec: LintSpec, tmp_path: Path, mark: str) -> None:
    """YAML ends a line at marks that nobody types; the message and its excerpt mean the same line."""
    text = f"openapi: 3.0.3{mark}info: {{title: a, version: '1'}}{mark}paths: {{/a: {{get: {{summary: s}}}}}}"
    (tmp_path / "marks.yaml").write_bytes(text.encode())
    _, out, _ = lint_spec("marks.yaml")
    assert re.search(r"marks.yaml:3:\d+: .*responses is missing", out), out
    assert "      3 | paths: {/a: {get: {summary: s}}}" in out


def test_json_holds_everything(lint_spec: LintSpec) -> None:
    _, out, _ = lint_spec("error.json", "good.json", "--format=json")
    error, good = json.loads(out)["documents"]
    assert (error["registers"], good["registers"], good["openapi"], good["findings"]) == (False, True, "3.0", [])
    [finding] = error["findings"]
    assert finding["rule"] == "openapi-version"
    assert finding["source"]["url"].startswith("https://developer.salesforce.com/")
    assert [one["becomes"] for one in good["operations"]] == [
        "binary download action",
        "binary upload action",
        "ordinary action",
    ]


def test_sarif_has_the_structure_that_its_specification_asks_for(lint_spec: LintSpec, tmp_path: Path) -> None:
    """SARIF 2.1.0, sections 3.13 to 3.52: what is required is there, and what refers to something finds it."""
    absolute = tmp_path / "sp ace" / "note.json"
    absolute.parent.mkdir()
    absolute.write_bytes((tmp_path / "note.json").read_bytes())
    _, out, _ = lint_spec("error.json", "warning.json", "good.json", str(absolute), "--format=sarif")
    log = json.loads(out)
    assert set(log) == {"$schema", "version", "runs"}
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    [run] = log["runs"]
    assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
    driver = run["tool"]["driver"]
    assert driver["name"]
    assert [rule["id"] for rule in driver["rules"]] == [rule.id for rule in RULES]
    for rule in driver["rules"]:
        assert rule["defaultConfiguration"]["level"] in ("none", "note", "warning", "error")
        assert rule["shortDescription"]["text"]
        assert rule["help"]["text"]
        assert rule["helpUri"].startswith("https://")
    assert [result["level"] for result in run["results"]] == ["error", "warning", "note"]
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        [location] = result["locations"]
        assert location["physicalLocation"]["region"]["startLine"] >= 1
        assert location["physicalLocation"]["region"]["startColumn"] >= 1
        assert location["logicalLocations"][0]["fullyQualifiedName"].startswith("#/")
    uris = [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]]
    assert uris[0] == "error.json"
    assert uris[2].startswith("file:///")
    assert uris[2].endswith("/sp%20ace/note.json")
    prints = [result["partialFingerprints"]["ruleAndPlace/v1"] for result in run["results"]]
    assert len(set(prints)) == len(prints)
    assert run["properties"]["registers"] == {
        "error.json": False,
        "warning.json": True,
        "good.json": True,
        str(absolute): True,
    }


def test_nothing_but_this_command_waits_for_the_validator() -> None:
    """It is imported where a document is judged."""
    asked = "import sys, conformance.commands.app, conformance.openapi_lint; sys.exit('jsonschema_rs' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


# ------------------------------------------------------------------ what somebody accepts

ENTRY = {"reason": "agreed with the owner of the gateway", "until": "2999-12-31"}


def allowed(tmp_path: Path, **entry: str) -> str:
    (tmp_path / "allow.yaml").write_text(yaml.safe_dump({"allow": [{**ENTRY, **entry}]}), "utf-8")
    return "--allow=allow.yaml"


def broken_rule(lint_spec: LintSpec) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(lint_spec("--format=json", "error.json")[1])["documents"][0]["findings"][0]
    return found


def test_an_accepted_finding_counts_no_more_and_is_shown(lint_spec: LintSpec, tmp_path: Path) -> None:
    finding = broken_rule(lint_spec)
    option = allowed(tmp_path, rule=finding["rule"], pointer=f"#{finding['pointer']}", document="error.*")
    status, said, warned = lint_spec("error.json", option)
    assert (status, warned) == (0, "")
    assert said.startswith("error.json: registers with External Services")
    assert f"accepted  {finding['rule']}" in said
    assert "agreed with the owner" in said
    written = json.loads(lint_spec("--format=json", "error.json", option)[1])["documents"][0]
    assert (written["registers"], written["findings"][0]["accepted"]) == (True, f"{ENTRY['reason']} (until 2999-12-31)")
    sarif = json.loads(lint_spec("--format=sarif", "error.json", option)[1])
    assert sarif["runs"][0]["results"][0]["suppressions"][0]["kind"] == "external"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"until": "2020-01-31"}, "ended on 2020-01-31 and accepts nothing any more"),
        ({"document": "other.json"}, "accepts nothing here"),
        ({"pointer": "/paths/nowhere"}, "accepts nothing here"),
    ],
)
def test_an_entry_that_has_ended_or_that_nothing_needs_accepts_nothing(
    lint_spec: LintSpec, tmp_path: Path, entry: dict[str, str], said: str
) -> None:
    option = allowed(tmp_path, **{"rule": broken_rule(lint_spec)["rule"], **entry})
    status, _, warned = lint_spec("error.json", option)
    assert status == 1
    assert said in warned


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"rule": "media-typ"}, "allow.yaml:3: allow[0].rule: there is no rule media-typ; did you mean media-type?"),
        ({"rule": "media-type", "reason": "short"}, "reason"),
        ({"rule": "media-type", "until": "soon"}, "until"),
        ({"rule": "media-type", "unknown": "field"}, "unknown"),
    ],
)
def test_a_wrong_entry_is_refused(lint_spec: LintSpec, tmp_path: Path, entry: dict[str, str], said: str) -> None:
    status, out, warned = lint_spec("error.json", allowed(tmp_path, **entry))
    assert (status, out) == (2, "")
    assert said in warned


def test_a_document_of_any_size_does_not_register(lint_spec: LintSpec, tmp_path: Path) -> None:
    """Exit code 1, and not 2, though no more than its beginning is read."""
    (tmp_path / "huge.json").write_bytes(b'{"openapi": "3.0.3", "x": "' + b"\xc3\xa9" * 20_100_000)
    status, said, warned = lint_spec("huge.json")
    assert (status, warned) == (1, "")
    assert "more than 20,0" in said
