"""What an audit comes to: a leak, nothing, or *incomplete* where something was not judged."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.traffic.audit import readers
from conformance.traffic.audit.auditing import audited
from conformance.traffic.audit.formats import Kind
from conformance.traffic.audit.sources import places
from tests.unit.audit_content import LEAK, PLAIN, TOKEN, har
from tests.unit.typed import Command, typed

PNG = b"\x89PNG\r\n\x1a\n" + bytes(92)
CUT = har(PLAIN, PLAIN)[:-150]
LOG = f"GET https://example.com{LEAK}\n"


@pytest.fixture
def audit(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Run the command in a folder with one clean archive: arguments to exit code, stdout and stderr."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "clean.har").write_text(har(PLAIN))
    monkeypatch.chdir(tmp_path)

    return typed("audit", capsys, monkeypatch)


def last(out: str) -> str:
    return out.splitlines()[-1]


# ------------------------------------------------------------- what was not judged


@pytest.mark.parametrize(
    ("name", "content", "says", "ends"),
    [
        ("a.png", PNG, "not judged: logs/a.png: png, in no format", "1 file not judged as a whole, 100 bytes of them"),
        ("a.bin", bytes(range(256)), "logs/a.bin: binary", "1 file not judged as a whole, 256 bytes of them"),
        ("a.har", CUT.encode(), "damaged: logs/a.har", "1 file not judged as a whole"),
        ("a.gz", b"\x1f\x8b\x08\x00damage that no tool unpacks", "damaged: logs/a.gz", "1 file not judged as a whole"),
    ],
)
def test_what_was_not_judged_makes_an_audit_incomplete(
    audit: Command, name: str, content: bytes, says: str, ends: str
) -> None:
    """In a folder and by name; files and bytes are counted in the last line."""
    Path("logs", name).write_bytes(content)
    for given in ("logs", f"logs/{name}"):
        code, out, _ = audit(given)
        assert code == 7
        assert says in out
        assert f"incomplete: {ends}" in last(out)


def test_what_cannot_be_read_costs_the_others_nothing(audit: Command) -> None:
    Path("logs", "a-loop").symlink_to("a-loop")
    Path("elsewhere").mkdir()
    Path("logs", "a-link").symlink_to(Path("elsewhere").absolute(), target_is_directory=True)
    Path("logs", "a-link-to-nothing").symlink_to("nothing")
    Path("logs", "leak.log").write_text(LOG)
    code, out, _ = audit("logs")
    assert code == 1
    assert "damaged: logs/a-loop: cannot be read" in out
    assert "damaged: logs/a-link: is a link to a folder; name the folder" in out
    assert "nothing" not in out
    assert "1 place leaks (1 time); 0 warnings; 2 damaged; incomplete: 2 files" in last(out)


def test_a_link_to_a_folder_that_is_read_anyway_leaves_nothing_out(audit: Command) -> None:
    Path("logs", "2026-11").mkdir()
    Path("logs", "2026-11", "leak.log").write_text(LOG)
    Path("logs", "current").symlink_to("2026-11", target_is_directory=True)
    Path("logs", "2026-11", "up").symlink_to("..", target_is_directory=True)
    code, out, _ = audit("logs")
    assert code == 1
    assert last(out).endswith("1 place leaks (1 time); 0 warnings")


def test_a_link_to_a_folder_that_is_left_out_is_named(audit: Command) -> None:
    Path("logs", "node_modules", "a").mkdir(parents=True)
    Path("logs", "current").symlink_to("node_modules/a", target_is_directory=True)
    Path("logs", "a.log").write_text("nothing\n")
    code, out, _ = audit("logs")
    assert code == 7
    assert "damaged: logs/current: is a link to a folder" in out


def test_a_file_that_is_gone_when_its_turn_comes_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(LOG)
    (tmp_path / "b.log").write_text(LOG)
    found = places([str(tmp_path)])
    (tmp_path / "a.log").unlink()
    result = audited(found)
    assert [Path(one.name).name for one in result.read] == ["b.log"]
    assert str(result.damage[0]).endswith("a.log: cannot be read: no such file or folder")
    assert result.unjudged_bytes == len(LOG)


def test_a_folder_that_is_left_out_is_named_and_counted(audit: Command) -> None:
    Path("logs", ".git").mkdir()
    Path("logs", ".git", "config").write_text(LOG)
    code, out, _ = audit("logs")
    assert code == 7
    assert "not judged: logs/.git: folder" in out
    assert f"1 file not judged as a whole, {len(LOG)} bytes of them" in last(out)
    assert audit("logs", "--skip-unknown=.git")[0] == 0
    assert audit("logs/.git")[0] == 1


def test_the_way_out_of_what_is_unknown_is_told(audit: Command) -> None:
    Path("logs", "a.png").write_bytes(PNG)
    _, out, _ = audit("logs")
    (way,) = re.findall(r"--skip-unknown=\S+", out)
    assert audit("logs", way)[0] == 0


@pytest.mark.parametrize("named", ["png", "PNG", "jpg,png", "*.png", "a.png", "logs/*"])
def test_what_is_unknown_may_be_skipped_by_name(audit: Command, named: str) -> None:
    """By the kind of its content, by the end of its name, by its name, or by a pattern."""
    Path("logs", "a.png").write_bytes(PNG)
    code, out, _ = audit("logs", f"--skip-unknown={named}")
    assert code == 0
    assert "skipped as you ask: logs/a.png" in out
    assert "incomplete" not in out


def test_only_what_is_unknown_may_be_skipped_and_only_what_is_named(audit: Command) -> None:
    Path("logs", "a.har").write_text(CUT)
    Path("logs", "b.png").write_bytes(PNG)
    code, out, err = audit("logs", "--skip-unknown=har", "--skip-unknown=*.gif")
    assert code == 7
    assert "2 files" in last(out)
    assert "--skip-unknown=har skips nothing here" in err
    assert "--skip-unknown=*.gif skips nothing here" in err


def test_nothing_to_judge_is_no_clean_result(audit: Command) -> None:
    Path("logs", "clean.har").write_text("")
    code, out, _ = audit("logs")
    assert (code, last(out)) == (7, "0 places leak (0 times); 0 warnings; incomplete: there was nothing to judge")
    Path("logs", "some.log").write_text("a line\n")
    assert audit("logs")[0] == 0


# ------------------------------------------------------------- mistakes of ours


@pytest.fixture
def broken_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader of W3C logs that finds something, and fails then; its message holds what it read."""

    def fail(source: object, detector: object) -> Iterator[object]:
        yield from readers.READERS[Kind.LOG](source, detector)  # type: ignore[arg-type]
        raise RuntimeError(TOKEN)

    monkeypatch.setattr("conformance.traffic.audit.judging.READERS", {**readers.READERS, Kind.W3C: fail})


@pytest.mark.usefixtures("broken_reader")
def test_a_crash_in_one_reader_is_a_harness_error_of_its_file(audit: Command) -> None:
    """What it found until then stays, and the rest is judged."""
    broken = f"#Fields: cs-uri\n{LOG}"
    Path("logs", "a.log").write_text("#Fields: cs-uri\n/a\n")
    code, out, err = audit("logs")
    assert (code, err) == (7, "")
    assert "harness error: logs/a.log: RuntimeError in test_audit_result.py:" in out
    assert "please report it" in out
    assert "read logs/clean.har: HAR, 1 entry" in out
    assert "incomplete: 1 file not judged as a whole, 19 bytes of them" in last(out)
    Path("logs", "a.log").write_text(broken)
    code, out, _ = audit("logs")
    assert (code, "harness error" in out) == (1, True)
    assert TOKEN[20:40] not in out


def test_a_mistake_outside_of_the_files_ends_with_3_and_shows_nothing(
    audit: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(TOKEN)

    monkeypatch.setattr("conformance.commands.audit_choice.audited", fail)
    code, out, err = audit("logs")
    assert (code, out) == (3, "")
    assert "RuntimeError" in err
    assert TOKEN[20:40] not in err


# ------------------------------------------------------------- how it is said


@pytest.mark.parametrize("format_", ["json", "jsonl", "sarif", "markdown"])
def test_every_format_tells_that_an_audit_is_incomplete(audit: Command, format_: str) -> None:
    """For programs in a member of its own, and for people in the last line on standard error."""
    code, out, err = audit("logs", f"--format={format_}")
    assert (code, err) == (0, "")
    assert format_ != "json" or json.loads(out)["complete"] is True
    assert format_ != "sarif" or json.loads(out)["runs"][0]["invocations"][0]["executionSuccessful"] is True
    Path("logs", "a.png").write_bytes(PNG)
    code, out, err = audit("logs", f"--format={format_}")
    assert code == 7
    assert "incomplete: 1 file not judged as a whole, 100 bytes of them" in last(err)
    if format_ == "json":
        assert json.loads(out)["complete"] is False
        assert json.loads(out)["not_judged"] == {"files": 1, "bytes": 100}
    if format_ == "sarif":
        [run] = json.loads(out)["runs"][0]["invocations"]
        assert run["executionSuccessful"] is False
        assert "logs/a.png" in run["toolExecutionNotifications"][0]["message"]["text"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_findings_are_not_lost_when_the_report_cannot_be_written(audit: Command) -> None:
    Path("logs", "leak.log").write_text(LOG)
    code, out, err = audit("logs", "--out=/dev/full")
    assert code == 2
    assert "/dev/full: cannot be written: No space left on device" in err
    assert out.startswith("LEAK L1")
