"""The audit as a command: what it prints, what it accepts, how it ends, and that it shows no credential."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from conformance.commands import audit_choice as command
from conformance.reporting.findings import FORMATS
from conformance.traffic.audit.auditing import audited
from conformance.traffic.audit.baselines import apply_allowlist
from conformance.traffic.audit.sources import places
from tests.corpus import Labelled, corpus
from tests.unit.typed import Command

TOKEN = "00D5g0000012abc!AQ8AQJm" + "aB3x9._Z" * 12
OPAQUE = "q7Wn2Kc9Zr4Tm8Vb5Yx1Lp6Hd3Gs0FjQ"
LEAK = f"https://example.com/services/data/v65.0/query?access_token={TOKEN}&q=x"
CASES = corpus()


def listed(headers: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def entry(
    url: str = "https://example.com/", asked: Sequence[tuple[str, str]] = (), **more: object
) -> dict[str, object]:
    return {
        "startedDateTime": "2026-11-24T09:00:00.000Z",
        "request": {"method": "GET", "url": url, "headers": listed(asked), "cookies": [], "queryString": []},
        "response": {"status": 200, "headers": [], "cookies": [], "content": {}, "redirectURL": "", **more},
    }


def har(*entries: object) -> str:
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": entries}})


def of_case(case: Labelled) -> list[dict[str, object]]:
    """The entries of a capture in which a case of the corpus happens."""
    entries = []
    for line in case.seen:
        name, _, value = line.partition(": ")
        if name == "body":
            entries.append(entry(content={"mimeType": "application/json", "text": value}))
        elif name == "Set-Cookie":
            entries.append(entry(headers=listed([(name, value)])))
        else:
            entries.append(entry(asked=[(name, value)]))
    name, colon, value = case.text.partition(": ")
    if not colon:
        entries.append(entry(case.text))
    elif name in {"Location", "Link", "Refresh", "Content-Location"}:
        entries.append(entry(headers=listed([(name, value)])))
    elif name != "CONNECT":
        entries.append(entry(asked=[(name, value)]))
    return entries


def leaking(tmp_path: Path) -> str:
    (tmp_path / "a.har").write_text(har(entry(LEAK), entry(), entry(LEAK)))
    return "a.har"


# ------------------------------------------------------------- how it ends


@pytest.mark.parametrize(
    ("url", "options", "code"),
    [
        ("https://example.com/a", [], 0),
        (LEAK, [], 1),
        ("https://example.com/cb?code=4%2F0AbUR2VMeHq9wXyZ12345678&state=abc", [], 0),
        ("https://example.com/cb?code=4%2F0AbUR2VMeHq9wXyZ12345678&state=abc", ["--strict"], 1),
    ],
    ids=["clean", "leak", "warning", "strict"],
)
def test_the_exit_code_tells_the_result(
    audit: Command, tmp_path: Path, url: str, options: list[str], code: int
) -> None:
    (tmp_path / "a.har").write_text(har(entry(url)))
    assert audit("a.har", *options)[0] == code


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["none.har"], "none.har: no such file or folder"),
        (["a.har", "--format", "jsno"], "did you mean json"),
        (["a.har", "--baseline", "none.yaml"], "none.yaml"),
        (["a.har", "--allow", "bad.yaml"], "bad.yaml:3: allow[0].until: is missing"),
        (["a.har", "--redact", "a.har"], "is the HAR itself"),
        (["noise", "--redact", "b.har"], "is not a HAR file"),
        (["a.har", "--out", "none/x"], "none/x: cannot be written"),
        (["a.har", "--out", "."], ".: cannot be written"),
        (["a.har", "--write-baseline", "none/x"], "none/x: cannot be written"),
        (["a.har", "--redact", "none/x.har"], "none/x.har: cannot be written"),
        (["a.har", "--redact", "/proc/x.har"], "/proc/x.har: cannot be written"),
        (["-", "-"], "read once"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_message(
    audit: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], says: str
) -> None:
    def judge(*_: object, **__: object) -> None:
        raise AssertionError("it is known before anything is judged")

    monkeypatch.setattr(command, "audited", judge)
    leaking(tmp_path)
    (tmp_path / "noise").write_bytes(bytes(range(256)))
    (tmp_path / "bad.yaml").write_text("# places\nallow:\n  - rule: L1\n    reason: it is a long one\n")
    code, out, err = audit(*arguments)
    assert (code, out) == (2, "")
    assert says in err
    assert "Traceback" not in err
    assert {path.name for path in tmp_path.iterdir()} == {"a.har", "noise", "bad.yaml"}


def test_standard_input_is_read(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "conformance.commands",
        "audit",
        "-",
        "--format=jsonl",
    ]
    done = subprocess.run(command, input=har(entry(LEAK)).encode(), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (1, b"")
    assert json.loads(done.stdout)["first"] == {"file": "<stdin>", "entry": 1}


def test_other_commands_do_not_load_the_audit() -> None:
    script = "import sys, conformance.commands.app; print({'msgspec', 're2'} & {m.split('.')[0] for m in sys.modules})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout == "set()\n", done.stderr


def test_the_audit_of_a_log_loads_only_what_reads_a_log(tmp_path: Path) -> None:
    """Neither YAML, nor what archives, journals, other processes, other kinds of content or an allowlist take."""
    (tmp_path / "access.log").write_text(f'10.0.0.1 - - [02/Nov/2026:10:00:00 +0000] "GET {LEAK} HTTP/1.1" 200 1\n')
    script = (
        "import sys, conformance.commands.app as app\n"
        "sys.argv = ['seasonproof', 'audit', '.']\n"
        "try: app.main()\n"
        "finally: print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path)
    loaded = set(done.stderr.split())
    assert "conformance.traffic.audit.readers.texts" in loaded
    assert not loaded & {
        "pydantic",
        "typer",
        "yaml",
        "zipfile",
        "tarfile",
        "multiprocessing",
        "email",
        "conformance.traffic.audit.archives",
        "conformance.traffic.audit.decompressing",
        "conformance.traffic.audit.journals",
        "conformance.traffic.audit.baselines",
        "conformance.traffic.audit.readers.har",
        "conformance.traffic.audit.readers.documents",
        "conformance.rules.url_tokens.stdlib_prefilter",
    }


# ------------------------------------------------------------- what it prints


@pytest.mark.parametrize("format_", FORMATS)
def test_no_format_shows_a_credential_of_the_corpus(tmp_path: Path, format_: str) -> None:
    """In an archive and in a log, beside every finding that there is."""
    leaks = [case for case in CASES if case.label[0] in "LW"]
    (tmp_path / "a.har").write_text(har(*(one for case in leaks for one in of_case(case))))
    lines = [f'10.0.0.1 - - [x] "GET {case.text} HTTP/1.1" 200 1' for case in leaks if ": " not in case.text]
    (tmp_path / "a.log").write_text("\n".join(lines))
    result = audited(places([str(tmp_path / "a.har"), str(tmp_path / "a.log")]))
    shown = FORMATS[format_](result)
    assert len(result.found) > 100
    assert [
        (case.name, secret)
        for case in leaks
        for secret in case.secrets
        if len(secret) >= 16 and (secret in shown or secret[8:24] in shown)
    ] == []


@pytest.mark.parametrize("format_", FORMATS)
def test_two_audits_print_the_same(tmp_path: Path, format_: str) -> None:
    (tmp_path / "a.har").write_text(har(*(one for case in CASES for one in of_case(case))))
    first, second = (FORMATS[format_](audited(places([str(tmp_path / "a.har")]))) for _ in range(2))
    assert first == second


def test_the_text_names_place_rule_count_first_position_and_remedy(audit: Command, tmp_path: Path) -> None:
    _, out, _ = audit(leaking(tmp_path))
    assert out.splitlines() == [
        "LEAK L1  A value in the format of a credential is in a URL",
        "  example.com/services/data/v65.0/query  query parameter access_token",
        f"  00D5g…({len(TOKEN)} characters); 2 times; first at a.har entry 1",
        "  Send the session id in the Authorization header as Bearer.",
        "",
        "read a.har: HAR, 3 entries",
        "1 place leaks (2 times); 0 warnings",
    ]


def test_sarif_names_file_and_line(audit: Command, tmp_path: Path) -> None:
    (tmp_path / "a b.log").write_text(
        f'10.0.0.1 - - [x] "GET /a HTTP/1.1" 200 1\n1 - - [x] "GET {LEAK} HTTP/1.1" 200 1\n'
    )
    assert audit("a b.log", "--format=sarif", "--out=out.sarif")[:2] == (1, "")
    [run] = json.loads((tmp_path / "out.sarif").read_text())["runs"]
    [result] = run["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "a%20b.log"}, "region": {"startLine": 2}}
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "L1"


def test_names_that_steer_a_terminal_or_a_table_are_made_harmless(tmp_path: Path) -> None:
    odd = f"https://example.com/%1b%5b31m|<b>/?a%1b%5baccess_token%5d={OPAQUE}"
    (tmp_path / "a.har").write_text(har(entry(odd)))
    result = audited(places([str(tmp_path / "a.har")]))
    assert any("\x1b" in one.finding.parameter for one in result.found.values())
    assert "\x1b" not in FORMATS["text"](result)
    assert "<b>" not in FORMATS["markdown"](result)


@pytest.mark.parametrize("form", ["text", "json", "jsonl", "sarif", "markdown"])
def test_half_of_a_surrogate_pair_is_written_in_every_format(audit: Command, tmp_path: Path, form: str) -> None:
    query = r'[{"key": "\ud800_token", "value": "{{t}}"}]'
    request = f'{{"method": "GET", "url": {{"raw": "https://example.com/", "query": {query}}}}}'
    info = '{"schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"}'
    (tmp_path / "a.json").write_text(f'{{"info": {info}, "item": [{{"request": {request}}}]}}')
    assert audit("a.json", f"--format={form}", "--out=out")[0] == 1
    assert "ud800" in (tmp_path / "out").read_text("utf-8")


# ------------------------------------------------------------- what is accepted


def test_a_baseline_accepts_the_same_places_and_no_others(audit: Command, tmp_path: Path) -> None:
    """Whatever the credentials are."""
    assert audit(leaking(tmp_path), "--write-baseline=base.yaml")[0] == 1
    assert TOKEN[:24] not in (tmp_path / "base.yaml").read_text()
    other = LEAK.replace("aB3x9", "Zz7k2")
    (tmp_path / "a.har").write_text(har(entry(other)))
    code, out, _ = audit("a.har", "--baseline=base.yaml")
    assert (code, "1 accepted" in out) == (0, True)
    (tmp_path / "a.har").write_text(har(entry(other), entry(other.replace("/query", "/search"))))
    assert audit("a.har", "--baseline=base.yaml")[0] == 1


ALLOW = """allow:
  - rule: L1
    host: "*.example.com"
    path_template: /services/*
    reason: the partner moves in spring
    until: {until}
"""


def test_an_allowlist_accepts_until_its_last_day(tmp_path: Path) -> None:
    (tmp_path / "a.har").write_text(har(entry(LEAK.replace("example.com", "a.example.com"))))
    (tmp_path / "allow.yaml").write_text(ALLOW.format(until="2027-03-31"))
    for today, accepted, says in ((date(2027, 3, 31), True, []), (date(2027, 4, 1), False, ["ended on 2027-03-31"])):
        result = audited(places([str(tmp_path / "a.har")]))
        said = apply_allowlist(str(tmp_path / "allow.yaml"), result.found.values(), today)
        assert [one.accepted is not None for one in result.found.values()] == [accepted]
        assert len(said) == len(says)
        assert all(part in line for part, line in zip(says, said, strict=True))


def test_an_entry_that_accepts_nothing_is_named(audit: Command, tmp_path: Path) -> None:
    (tmp_path / "allow.yaml").write_text(ALLOW.format(until="2999-03-31"))
    code, _, err = audit(leaking(tmp_path), "--allow=allow.yaml")
    assert (code, "accepts nothing here" in err) == (1, True)


# ------------------------------------------------------------- the copy


def test_the_copy_of_an_archive_holds_no_credential_of_the_corpus(audit: Command, tmp_path: Path) -> None:
    """Neither of its URLs nor of the headers, cookies and bodies that its captures show."""
    leaks = [case for case in CASES if case.label[0] == "L" and case.label not in {"L7", "L8"}]
    (tmp_path / "a.har").write_text(har(*(one for case in leaks for one in of_case(case))))
    code, _, err = audit("a.har", "--redact=b.har", "--format=json")
    assert code == 1
    copy = (tmp_path / "b.har").read_text()
    assert [
        (case.name, secret) for case in leaks for secret in case.secrets if len(secret) >= 20 and secret in copy
    ] == []
    assert audit("b.har")[0] == 0
    written = len(json.loads(copy)["log"]["entries"])
    assert written > 0.9 * sum(len(of_case(case)) for case in leaks), err


def test_headers_cookies_and_bodies_are_cleaned_and_the_rest_stays(audit: Command, tmp_path: Path) -> None:
    secrets = [f"{OPAQUE}{number}" for number in range(9)]
    bearer, cookie, key, answer, form, soap, echoed, member, held = secrets
    one = entry(
        "https://example.com/a?page=2",
        asked=[("Authorization", f"Bearer {bearer}"), ("Cookie", f"sid={cookie}; theme=dark"), ("X-API-Key", key)],
        content={"mimeType": "application/json", "text": json.dumps({"access_token": answer, "name": "kept"})},
        headers=listed([("Set-Cookie", f"x={held}; HttpOnly; Path=/"), ("X-Echo", f"was {bearer} before")]),
    )
    two = entry(
        "https://example.com/b",
        content={"mimeType": "text/xml", "text": f"<sessionId>{soap}</sessionId><a>kept too</a>{answer}"},
    )
    two["request"]["postData"] = {  # type: ignore[index]
        "mimeType": "application/x-www-form-urlencoded",
        "text": f"client_secret={form}&grant_type=kept_grant",
        "params": [{"name": "password", "value": echoed}],
    }
    two["request"]["cookies"] = [{"name": "any", "value": member}]  # type: ignore[index]
    (tmp_path / "a.har").write_text(har(one, two))
    assert audit("a.har", "--redact=b.har")[0] == 0
    copy = (tmp_path / "b.har").read_text()
    assert [secret for secret in secrets if secret in copy] == []
    for kept in ("page=2", "kept", "kept too", "kept_grant", "HttpOnly", "Bearer REDACTED", "theme", "example.com/b"):
        assert kept in copy
    assert (tmp_path / "b.har").stat().st_mode & 0o077 == 0


def test_bodies_that_are_no_text_and_entries_that_are_damaged_are_left_out(audit: Command, tmp_path: Path) -> None:
    packed = {"mimeType": "application/octet-stream", "encoding": "base64", "text": "/////w=="}
    broken = har(entry(content=packed), entry("https://example.com/gone"), entry())
    (tmp_path / "a.har").write_text(broken.replace('"https://example.com/gone"', f'"{OPAQUE}'))
    _, _, err = audit("a.har", "--redact=b.har")
    copy = (tmp_path / "b.har").read_text()
    assert OPAQUE not in copy
    assert "/////w==" not in copy
    assert "left out" in err
    assert json.loads(copy)["log"]["entries"]
