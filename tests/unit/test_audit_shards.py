"""Shards, journals and their merge: one audit, whatever was killed, whoever judged which part, and in which order."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.unit.audit_content import LEAK, OPAQUE, PLAIN, TOKEN, entry, har
from tests.unit.typed import Command, typed

URL = f"https://example.com{LEAK}"
JOURNAL = ("--journal=j", "--salt-file=salt")


@pytest.fixture
def audit(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Run the command in a folder with logs, captures, noise and a salt: arguments to exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    Path("salt").write_bytes(bytes(range(32)))
    Path("logs", "old").mkdir(parents=True)
    for number in range(9):
        folder = Path("logs", "old") if number % 2 else Path("logs")
        lines = [f"GET {URL.replace('/query', f'/q{number}')}", "nothing", f"GET https://h{number}.example.com{LEAK}"]
        (folder / f"a{number}.log").write_text("\n".join(["a log", *lines, ""]))
    Path("logs", "b.har").write_text(har(entry(URL), PLAIN)[:-20])
    Path("logs", "c.png").write_bytes(b"\x89PNG" + bytes(99))

    return typed("audit", capsys, monkeypatch)


def pieces(journal: str) -> list[str]:
    told = [json.loads(line) for line in Path(journal).read_text().splitlines()]
    return [one["piece"]["name"] for one in told if one.get("piece")]


@pytest.mark.parametrize("of", [1, 2, 7])
@pytest.mark.parametrize("form", ["json", "text", "sarif"])
def test_the_shards_add_up_to_one_audit(audit: Command, of: int, form: str) -> None:
    whole = audit("logs", f"--format={form}")
    for number in range(of, 0, -1):
        audit("logs", f"--shard={number}/{of}", f"--journal=j{number}", "--salt-file=salt", f"-j{1 + (number == 2)}")
    names = [name for number in range(1, of + 1) for name in pieces(f"j{number}")]
    assert len(names) == len(set(names)) == 11
    code, out, err = audit("--merge", *(f"j{number}" for number in range(of, 0, -1)), f"--format={form}")
    assert (code, out, err) == whole
    assert TOKEN not in "".join(Path(f"j{number}").read_text() for number in range(1, of + 1))


def test_what_is_accepted_and_skipped_is_said_when_the_shards_are_merged(audit: Command) -> None:
    audit("logs", *JOURNAL)
    Path("allow.yaml").write_text(
        "allow:\n  - rule: L1\n    reason: the partner moves in spring\n    until: 2999-01-01\n", "utf-8"
    )
    code, out, _ = audit("--merge", "j", "--allow=allow.yaml", "--skip-unknown=png", "--format=json")
    told = json.loads(out)
    assert (code, told["skipped"], {one["accepted"] is None for one in told["findings"]}) == (
        7,
        ["logs/c.png"],
        {False},
    )


def test_nothing_is_judged_twice_and_what_changed_is_judged_again(audit: Command) -> None:
    whole = audit("logs", *JOURNAL)
    before = Path("j").read_text()
    assert audit("logs", *JOURNAL) == whole
    assert Path("j").read_text().splitlines()[:-1] == before.splitlines()
    Path("logs", "a0.log").write_text(f"a log\nGET {URL.replace('/query', '/changed')}\n")
    Path("logs", "new.log").write_text(f"a log\nGET {URL.replace('/query', '/new')}\n")
    _, out, _ = audit("logs", *JOURNAL, "--format=json")
    assert pieces("j")[-2:] == ["logs/a0.log", "logs/new.log"]
    assert json.loads(out)["findings"] == json.loads(audit("logs", "--format=json")[1])["findings"]


def test_what_could_not_be_read_is_tried_again(audit: Command, tmp_path: Path) -> None:
    Path("logs", "loop").symlink_to("loop")
    code, out, _ = audit("logs", *JOURNAL)
    assert (code, "logs/loop: cannot be read" in out) == (1, True)
    assert "logs/loop: cannot be read" in audit("--merge", "j")[1]
    Path("logs", "loop").unlink()
    Path("logs", "loop").write_text(f"a log\nGET {URL.replace('/query', '/mended')}\n")
    code, out, _ = audit("logs", *JOURNAL)
    assert "/mended" in out
    assert "logs/loop: cannot be read" not in out


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_audit_that_is_killed_goes_on_where_it_was(audit: Command, tmp_path: Path, jobs: str) -> None:
    """Again and again, whatever it was doing; the last line may be cut off."""
    for number in range(100):
        Path("logs", f"m{number:03}.log").write_text(f"a log\nGET {URL.replace('/query', f'/m{number}')}\n" * 40)
    shown = entry("https://example.com/", headers={"X-API-Key": OPAQUE})
    Path("logs", "shown.har").write_text(har(shown, PLAIN))  # so that all is read a second time
    Path("logs", "m050.log").write_text(f"a log\nGET /a?x={OPAQUE}\n")
    whole = audit("logs", "--format=json")
    command = [sys.executable, "-m", "conformance.commands", "audit", "logs", *JOURNAL, f"-j{jobs}"]
    for least in (1, 40, 150, 190):
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while running.poll() is None and (not Path("j").exists() or Path("j").read_bytes().count(b"\n") < least):
            time.sleep(0.005)
        running.send_signal(signal.SIGKILL)
        running.wait()
        with Path("j").open("r+b") as file:
            file.truncate(max(1, Path("j").stat().st_size - 7))
    assert audit("logs", *JOURNAL, "--format=json") == whole
    assert "L5" in whole[1]
    names = Counter(pieces("j"))
    assert (len(names), set(names.values())) == (112, {1, 2})
    assert OPAQUE not in Path("j").read_text()


def test_files_are_chosen_by_time_and_size(audit: Command) -> None:
    os.utime(Path("logs", "a0.log"), (1_700_000_000, 1_700_000_000))  # 2023-11-14T22:13:20Z
    Path("logs", "large.log").write_text("a log\n" * 2_000)
    chosen = (
        ("--before=2023-11-15", 1),
        ("--before=2023-11-14T22:30", 1),
        ("--before=2023-11-15T00:10+02:00", 0),  # 22:10 UTC
        ("--min-size=10kB", 1),
        ("--max-size=50", 0),
    )
    for option, count in chosen:
        told = json.loads(audit("logs", option, "--format=json")[1])
        kept = [one["file"] for one in told["read"] + told["unknown"]]
        assert (len(kept), told["left_out"]) == (count, 12 - count)
    assert "left out by time or size: 12 files" in audit("logs", "--since=2999-01-01")[1]
    assert audit("logs", "--since=2999-01-01")[0] == 7


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["logs", "--journal=j"], "--journal goes with --salt-file"),
        (["logs", "--salt-file=none", "--journal=j"], "none: no such file"),
        (["logs", "--salt-file=short", "--journal=j"], "short: a salt has 16 random bytes at least"),
        (["logs", "--shard=3/2"], "--shard=3/2: must be a part"),
        (["logs", "--min-size=much"], "--min-size=much: must be a number of bytes"),
        (["-", *JOURNAL], "can neither be judged in parts nor be resumed"),
        (["--merge", "logs/c.png"], "logs/c.png: is not a journal of an audit"),
        (["--merge", "none"], "none: no such file"),
        (["--merge", "empty"], "empty: is empty"),
        (["--merge", "one", "--shard=1/2"], "--merge reads journals"),
        (["--merge", "one", "one"], "is of shard 1/2, as is one"),
        (["--merge", "one", "other"], "other: has another salt than one"),
        (["--merge", "one", "third"], "of different numbers of shards: 2, 3"),
        (["logs", "--journal=one", "--salt-file=salt"], "one: is the journal of another audit"),
        (["logs", "--journal=logs/c.png", "--salt-file=salt"], "logs/c.png: is not a journal of an audit"),
        (["logs", "--journal=none/j", "--salt-file=salt"], "none/j: cannot be written"),
    ],
)
def test_what_cannot_be_done_is_one_message(audit: Command, arguments: list[str], says: str) -> None:
    Path("short").write_bytes(b"short")
    Path("empty").write_bytes(b"")
    Path("pepper").write_bytes(b"another salt of many bytes")
    audit("logs", "--shard=1/2", "--journal=one", "--salt-file=salt")
    audit("logs", "--shard=2/2", "--journal=other", "--salt-file=pepper")
    audit("logs", "--shard=2/3", "--journal=third", "--salt-file=salt")
    noise = Path("logs", "c.png").read_bytes()
    code, out, err = audit(*arguments)
    assert (code, out) == (2, "")
    assert says in err
    assert "Traceback" not in err
    assert Path("logs", "c.png").read_bytes() == noise


@pytest.mark.parametrize("rows", ["AAAA", "/////wAAAAAAAAAAAAAAAAAAAAAAAAAA"], ids=["cut off", "of no kind"])
def test_a_journal_with_findings_that_are_none_is_damaged(audit: Command, rows: str) -> None:
    audit("logs", "--journal=one", "--salt-file=salt")
    written = Path("one").read_text("utf-8")
    Path("one").write_text(re.sub('"rows":"[^"]+"', f'"rows":"{rows}"', written), "utf-8")
    assert Path("one").read_text("utf-8") != written
    assert audit("--merge", "one") == (2, "", "one: is not a journal of an audit, or is damaged\n")


def test_a_shard_that_is_missing_or_has_not_ended_makes_the_merge_incomplete(audit: Command) -> None:
    for file in Path("logs").rglob("*"):
        if file.is_file():
            file.write_text("a log\n")
    for number in (1, 2, 3):
        audit("logs", f"--shard={number}/3", f"--journal=j{number}", "--salt-file=salt")
    assert audit("--merge", "j1", "j2", "j3")[0] == 0
    code, out, _ = audit("--merge", "j1", "j3")
    assert (code, "damaged: shard 2: has no journal here" in out) == (7, True)
    lines = Path("j2").read_text().splitlines(keepends=True)
    Path("j2").write_text("".join(lines[:-1]))
    code, out, _ = audit("--merge", "j1", "j2", "j3")
    assert (code, "damaged: j2: the audit that writes this journal has not ended" in out) == (7, True)


def test_two_audits_do_not_write_one_journal(audit: Command) -> None:
    fcntl = pytest.importorskip("fcntl")
    with Path("j").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        code, _, err = audit("logs", *JOURNAL)
    assert (code, "j: another audit writes this journal now" in err) == (2, True)
