"""What an audit accepts beside places: values of a baseline, and the triage of other scanners."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.reporting.findings import FORMATS
from conformance.traffic.audit import acceptance
from tests.unit.typed import Command

OLD = "00D5g000001abcd!AQEAQ" + "aB3x9kQ7mZ2pL5vN8MadeUp" * 4
NEW = "00D5g000001abcd!AQEAQ" + "zY8w1jR4nX6oK3uM7MadeUp" * 4
OTHER = "00D5g000001abcd!AQEAQ" + "qW2e4rT6yU8iO0pA1MadeUp" * 4


def log(*tokens: str, name: str = "logs/a.log", path: str = "/services/data") -> None:
    """A log with a token in each line."""
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text(
        "".join(f'10.0.0.1 - - [x] "GET {path}?access_token={one} HTTP/1.1" 200 1\n' for one in tokens)
    )


# ------------------------------------------------------------- values


def test_a_new_credential_at_an_old_place_is_new_where_the_baseline_knows_values(audit: Command) -> None:
    log(OLD, OLD)
    assert audit("logs", "--write-baseline=base.yaml", "--baseline-values")[0] == 1
    assert audit("logs", "--baseline=base.yaml")[0] == 0
    log(OLD, NEW, OLD)
    code, out, _ = audit("logs", "--baseline=base.yaml")
    assert code == 1
    assert "once; first at logs/a.log:2" in out
    assert "1 place leaks (1 time); 0 warnings; 1 accepted" in out


def test_an_old_credential_at_a_new_place_is_new(audit: Command) -> None:
    log(OLD)
    audit("logs", "--write-baseline=base.yaml", "--baseline-values")
    log(OLD, path="/services/other")
    assert audit("logs", "--baseline=base.yaml")[0] == 1


def test_a_baseline_holds_no_credential_and_no_digest_that_others_could_know(audit: Command) -> None:
    log(OLD, NEW)
    salts = set()
    for name in ("a.yaml", "b.yaml"):
        audit("logs", f"--write-baseline={name}", "--baseline-values")
        text = Path(name).read_text()
        file = yaml.safe_load(text)
        salts.add(file["salt"])
        [entry] = file["accepted"]
        assert len(entry["values"].split()) == 2
        assert not [secret for secret in (OLD, NEW) if secret[15:30] in text]
        digests = [hashlib.new(kind, OLD.encode()).hexdigest() for kind in ("sha256", "sha1", "md5", "blake2b")]
        assert not [digest for digest in digests if digest[:16] in text]
    assert len(salts) == 2, "the salt is random, so that two baselines cannot be compared"


def test_a_baseline_that_is_written_anew_keeps_its_salt(audit: Command) -> None:
    log(OLD)
    audit("logs", "--write-baseline=base.yaml", "--baseline-values")
    first = yaml.safe_load(Path("base.yaml").read_text())
    audit("logs", "--baseline=base.yaml", "--write-baseline=base.yaml", "--baseline-values")
    assert yaml.safe_load(Path("base.yaml").read_text()) == first


def test_a_baseline_of_places_alone_takes_any_value(audit: Command) -> None:
    """As it did before there were values."""
    log(OLD)
    audit("logs", "--write-baseline=base.yaml")
    assert set(yaml.safe_load(Path("base.yaml").read_text())) == {"accepted"}
    log(NEW)
    assert audit("logs", "--baseline=base.yaml")[0] == 0


def test_values_beyond_what_a_baseline_knows_are_new_and_said(audit: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acceptance, "MAX_VALUES", 1)
    log(OLD, NEW)
    _, _, err = audit("logs", "--write-baseline=base.yaml", "--baseline-values")
    assert "1 place with more than 1 values; those beyond count as new" in err
    assert audit("logs", "--baseline=base.yaml")[0] == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("accepted: [{rule: L1, values: 0123456789abcdef}]", "salt: is missing"),
        ("salt: abc\naccepted: []", "base.yaml:1: salt"),
        ("salt: 00000000000000000000000000000000\naccepted: [{values: nope}]", "values"),
        ("", "the file is empty"),
    ],
)
def test_a_baseline_that_means_nothing_is_refused(audit: Command, text: str, says: str) -> None:
    log(OLD)
    Path("base.yaml").write_text(text)
    code, out, err = audit("logs", "--baseline=base.yaml")
    assert (code, out) == (2, "")
    assert says in err


def test_values_go_with_a_file_that_is_written(audit: Command) -> None:
    log(OLD)
    code, _, err = audit("logs", "--baseline-values")
    assert (code, err) == (2, "--baseline-values goes with --write-baseline, which names the file\n")


# ------------------------------------------------------------- the triage of others


def sarif(*results: dict[str, Any]) -> str:
    return json.dumps({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": list(results)}]})


def result(line: int, uri: str = "logs/a.log", **more: Any) -> dict[str, Any]:
    place = {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": line}}}
    return {"ruleId": "jwt", "message": {"text": "x"}, "locations": [place], **more}


def digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


GITLEAKS = {"RuleID": "jwt", "StartLine": 2, "File": "logs/a.log", "Secret": "REDACTED", "Commit": "", "Entropy": 4.5}
BETTERLEAKS = {"ruleID": "jwt", "secret": "00D...", "location": {"startLine": 2}, "attributes": {"path": "logs/a.log"}}
SUPPRESSED = {"suppressions": [{"kind": "external"}]}

ACCEPTS = {
    "a line": "# why\nlogs/a.log:jwt:2\n",
    "a line of a commit": "c0ffee1234567890c0ffee1234567890c0ffee12:logs/a.log:generic-api-key:2",
    "a path of Windows": "logs\\a.log:jwt:2",
    "a digest": f"{digest(NEW)}\n",
    "a digest in capitals": digest(NEW).upper(),
    "a report with masked values": json.dumps([GITLEAKS]),
    "a report with values": json.dumps([GITLEAKS | {"StartLine": 7, "Secret": NEW}]),
    "a report with an encoded value": json.dumps([GITLEAKS | {"StartLine": 7, "Secret": NEW.replace("!", "%21")}]),
    "a report of betterleaks 2": json.dumps([BETTERLEAKS]),
    "the same in lines": f"{json.dumps(BETTERLEAKS)}\n{json.dumps(BETTERLEAKS)}\n",
    "its values": json.dumps([BETTERLEAKS | {"secret": NEW, "location": {"startLine": 7}}]),
    "a suppression": sarif(result(2, **SUPPRESSED)),
    "an accepted suppression": sarif(result(2, suppressions=[{"kind": "external", "status": "accepted"}])),
    "what was there before": sarif(result(2, baselineState="unchanged")),
    "a mark of the encoding": "\ufeff" + sarif(result(2, **SUPPRESSED)),
}

ACCEPTS_NOT = {
    "another line": "logs/a.log:jwt:7",
    "another file": "a.log:jwt:2",
    "another digest": digest("something else"),
    "another value in another line": json.dumps([GITLEAKS | {"StartLine": 7, "Secret": "abc"}]),
    "the value in another file": json.dumps([GITLEAKS | {"File": "logs/b.log", "Secret": NEW}]),
    "no suppression": sarif(result(2)),
    "a suppression that was rejected": sarif(result(2, suppressions=[{"kind": "external", "status": "rejected"}])),
    "one that is under review": sarif(result(2, suppressions=[{"kind": "external", "status": "underReview"}])),
    "what is new": sarif(result(2, baselineState="new")),
    "an empty list": "[]",
    "no results": json.dumps({"runs": [{"results": None}, {}]}),
    "an empty file": "",
    "comments": "# nothing\n",
}


@pytest.mark.parametrize("text", ACCEPTS.values(), ids=ACCEPTS)
def test_triage_of_another_scanner_accepts_what_it_names_and_nothing_else(audit: Command, text: str) -> None:
    log(OLD, NEW, OTHER)
    Path("triage").write_text(text)
    code, out, _ = audit("logs", "--import=triage")
    assert code == 1
    assert "1 place leaks (2 times); 0 warnings; 1 accepted" in out
    assert "accepted: L1" in out
    assert out.count("as triage says") == 1


@pytest.mark.parametrize("text", ACCEPTS_NOT.values(), ids=ACCEPTS_NOT)
def test_what_triage_does_not_accept_leaks(audit: Command, text: str) -> None:
    log(OLD, NEW)
    Path("triage").write_text(text)
    code, out, _ = audit("logs", "--import=triage")
    assert (code, "1 place leaks (2 times); 0 warnings" in out, "accepted" in out) == (1, True, False)


def test_triage_becomes_a_baseline_that_knows_values(audit: Command) -> None:
    """Lines move, and values stay."""
    log(OLD, NEW)
    Path(".gitleaksignore").write_text("logs/a.log:jwt:1\n")
    code, _, err = audit("logs", "--import=.gitleaksignore", "--write-baseline=base.yaml")
    assert (code, err) == (1, "base.yaml: 1 place written\n")
    log(OTHER, OTHER, OLD)
    _, out, _ = audit("logs", "--baseline=base.yaml")
    assert "1 place leaks (2 times); 0 warnings; 1 accepted" in out
    log(OLD)
    assert audit("logs", "--baseline=base.yaml")[0] == 0


def test_what_an_allowlist_accepts_for_a_time_does_not_become_a_baseline(audit: Command) -> None:
    log(OLD)
    Path("triage").write_text("logs/a.log:jwt:7")
    allow = "allow: [{reason: the partner moves in spring, until: 2999-01-01}]"
    Path("allow.yaml").write_text(allow)
    assert audit("logs", "--import=triage", "--allow=allow.yaml", "--write-baseline=base.yaml")[0] == 0
    assert yaml.safe_load(Path("base.yaml").read_text())["accepted"] == []


def test_triage_beside_the_files_is_relative_to_its_own_folder(audit: Command) -> None:
    log(OLD, name="project/a.log")
    Path("project/.gitleaksignore").write_text("a.log:jwt:1")
    assert audit("project/a.log", "--import=project/.gitleaksignore")[0] == 0


def test_entries_that_accept_nothing_are_counted_and_lines_that_mean_nothing_are_named(audit: Command) -> None:
    log(OLD)
    Path("triage").write_text("logs/a.log:jwt:1\nsrc/a.py:jwt:4\ntests/\n")
    code, _, err = audit("logs", "--import=triage")
    assert code == 0
    assert err.splitlines() == [
        "triage:3: is left out: it is not file:rule:line, with or without a commit before it",
        "triage: 1 of 2 entries accept nothing that was found in a URL here",
    ]


NOTHING = {
    "text": ("tests/\n*.pem\n", "is neither a list of fingerprints"),
    "broken": ("[{", "is neither a report of gitleaks or betterleaks nor a SARIF log: Input data was truncated"),
    "of another kind": ('[{"File": 7}]', "Expected `str`, got `int` - at `$[0].File`"),
    "a list of texts": ('["a"]', "Expected `object`, got `str`"),
    "a log of something else": ('{"runs": 7}', "Expected `array`, got `int`"),
    "deep": ("[" * 100_000, "is neither a report"),
    "an address that is none": (sarif(result(1, uri="http://[", **SUPPRESSED)), "is neither a report"),
    "bytes": (b"{\xff\xfe", "is neither a report"),
}


@pytest.mark.parametrize(("content", "says"), NOTHING.values(), ids=NOTHING)
def test_a_file_that_is_no_triage_is_refused_in_one_message(audit: Command, content: str | bytes, says: str) -> None:
    log(OLD)
    Path("triage").write_bytes(content if isinstance(content, bytes) else content.encode())
    code, out, err = audit("logs", "--import=triage")
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert says in err


@pytest.mark.parametrize("name", ["none", "logs"])
def test_a_file_that_cannot_be_read_is_refused(audit: Command, name: str) -> None:
    log(OLD)
    code, out, err = audit("logs", f"--import={name}")
    assert (code, out, len(err.splitlines())) == (2, "", 1)


@pytest.mark.parametrize("form", FORMATS)
def test_no_output_holds_a_value_of_the_triage(audit: Command, form: str) -> None:
    log(OLD, NEW)
    leaks: Sequence[dict[str, Any]] = [GITLEAKS | {"Secret": NEW}, GITLEAKS | {"Secret": OTHER, "StartLine": 9}]
    Path("report.json").write_text(json.dumps(leaks))
    _, out, err = audit(
        "logs", "--import=report.json", "--write-baseline=base.yaml", f"--format={form}", "--statement=out"
    )
    written = [path.read_text() for path in (Path("base.yaml"), *Path("out").iterdir())]
    for text in (out, err, *written):
        assert not [secret for secret in (OLD, NEW, OTHER) if secret in text or secret[20:40] in text]
