"""An audit in several processes: the same findings, counts and order, whatever is cut where, and whoever is killed."""

from __future__ import annotations

import gzip
import os
import pickle
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.commands.app import main
from conformance.reporting.findings import FORMATS
from conformance.rules.url_tokens import Finding, Level
from conformance.traffic.audit import pieces as cutting
from conformance.traffic.audit.auditing import Audit, audited
from conformance.traffic.audit.findings import Damage, LocatedFinding, LocatedFindings, Position
from conformance.traffic.audit.formats import Kind
from conformance.traffic.audit.judging import Key, Part, judged_piece
from conformance.traffic.audit.pieces import Piece, pieces
from conformance.traffic.audit.readers import lines
from conformance.traffic.audit.skipping import Skipping
from conformance.traffic.audit.sources import places
from conformance.traffic.audit.workers import Lost, in_order
from tests.corpus import corpus
from tests.unit.audit_content import LEAK, PLAIN, TOKEN, entry, har
from tests.unit.killed import Task, tried

LEAKS = [case.text for case in corpus() if case.label[0] in "LW" and ": " not in case.text]


def log(seed: int, count: int = 400) -> bytes:
    """Lines of any length, some of them empty and some leaking."""
    chance = random.Random(seed)
    made = [
        chance.choice(
            (
                b"",
                b"x" * chance.randrange(200),
                b'10.0.0.1 - - [x] "GET %b HTTP/1.1" 200 1' % chance.choice(LEAKS).encode(),
                b'{"path": "%b", "method": "GET"}' % LEAK.encode(),
            )
        )
        for _ in range(count)
    ]
    return chance.choice((b"\n", b"\r\n")).join([b"a log", *made]) + chance.choice((b"", b"\n"))


def shown(audit: Audit) -> str:
    """Everything that any format shows, and the fingerprints."""
    credentials = [sorted(one.credentials) for one in audit.found.values()]
    read = [(one.name, one.kind, one.units, one.size) for one in audit.read]
    return "\n".join([*(write(audit) for write in FORMATS.values()), str(credentials), str(read)])


# ------------------------------------------------------------- parts of a text


@pytest.mark.parametrize("seed", range(6))
def test_the_parts_of_a_text_add_up_to_the_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Wherever it is cut: in a line, at its end, and in lines that are longer than a part or than is held at once."""
    path = tmp_path / "a.log"
    content = log(seed)
    path.write_bytes(content + b"/a?access_token=%b " % TOKEN.encode() * 200 + b"\n" + content)
    monkeypatch.setattr(lines, "MAX_LINE", 1 << 12)
    whole = audited(places([str(path)]))
    assert len(whole.found) > 20
    for size in (1, 2) if seed == 0 else (100 + seed, 3_000, 1 << 14):
        added = Audit()
        starts = range(0, path.stat().st_size if size > 2 else 700, size)
        kind = whole.read[0].kind
        for start in starts:
            stop = None if start == starts[-1] else start + size
            part = judged_piece(Piece(places([str(path)])[0], kind, start, stop), Key())
            added.extend(part, continues=start > 0)
        assert shown(added) == shown(whole)


def test_what_a_part_cannot_say_is_not_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A capture, what is packed, a table, a text that begins with a hole, and a small text."""
    monkeypatch.setattr(cutting, "PIECE", 1_000)
    (tmp_path / "a.har").write_text(har(*[PLAIN] * 9))
    (tmp_path / "b.gz").write_bytes(gzip.compress(random.Random(1).randbytes(4_000)))
    (tmp_path / "c.csv").write_bytes(b"EVENT_TYPE,URI\n" + b"API,/a\n" * 900)
    (tmp_path / "d.log").write_bytes(bytes(2_000) + log(1))
    (tmp_path / "e.log").write_bytes(b"short\n")
    (tmp_path / "f.log").write_bytes(log(2))
    cut = {Path(one.place.name).name: one.kind for one in pieces(places([str(tmp_path)])) if not one.is_whole}
    assert cut == {"f.log": Kind.LOG}


def test_a_large_text_is_cut_into_pieces_that_become_smaller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large ones cost less, and small ones at the end let no process wait for another."""
    monkeypatch.setattr(cutting, "PIECE", 100)
    (tmp_path / "a.log").write_bytes(b"short\n" * 2_000)
    cut = list(pieces(places([str(tmp_path)])))
    assert [one.start for one in cut[1:]] == [one.stop for one in cut[:-1]]
    assert (cut[0].start, cut[-1].stop) == (0, None)
    sizes = [one.size for one in cut]
    assert sum(sizes) == 12_000
    assert sizes == sorted(sizes, reverse=True)
    assert (sizes[0], sizes[-1]) == (700, 100)


def test_the_places_of_a_text_are_counted_alike_beyond_the_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.log").write_bytes(
        b"a log\n"
        + b"".join(b"GET https://h%d.example.com%b\n" % (number % 97, LEAK.encode()) for number in range(600))
    )
    monkeypatch.setattr("conformance.traffic.audit.auditing.MAX_PLACES", 50)
    monkeypatch.setattr(cutting, "PIECE", 5_000)
    found = places([str(tmp_path)])
    whole, added = audited(found, None, Audit(told_apart=1)), Audit(told_apart=1)
    for piece in pieces(found):
        added.extend(judged_piece(piece, Key()), continues=piece.start > 0)
    assert sum(whole.beyond.values()) > 100
    assert shown(added) == shown(whole)


# ------------------------------------------------------------- processes


def test_two_processes_find_what_one_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "PIECE", 20_000)
    for number in range(5):
        (tmp_path / f"a{number}.log").write_bytes(log(number))
    (tmp_path / "b.har").write_text(har(entry(f"https://example.com{LEAK}"), PLAIN)[:-20])
    (tmp_path / "c.png").write_bytes(b"\x89PNG" + bytes(99))
    (tmp_path / "d.bin").write_bytes(bytes(range(256)))
    (tmp_path / "node_modules").mkdir()
    one, two = (audited(places([str(tmp_path)]), None, Audit(skip=Skipping(["png"])), jobs=jobs) for jobs in (1, 2))
    assert any(not piece.is_whole for piece in pieces(places([str(tmp_path)])))
    assert [len(one.skipped), len(one.unknown), one.damaged] == [1, 2, 1]
    assert shown(two) == shown(one)


def test_standard_input_is_judged_among_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(log(3))
    command = [sys.executable, "-m", "conformance.commands", "audit", "a", "-", "b", "--format=json"]
    done = [
        subprocess.run([*command, f"-j{jobs}"], input=log(4), capture_output=True, check=False, cwd=tmp_path)
        for jobs in (1, 2)
    ]
    assert [one.returncode for one in done] == [1, 1]
    assert b"<stdin>" in done[0].stdout
    assert done[0].stdout == done[1].stdout


def test_a_number_of_processes_that_is_none_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["seasonproof", "audit", ".", "-j", "-1"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "--jobs" in capsys.readouterr().err


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_killed_process_loses_nothing_and_doubles_nothing(tmp_path: Path, jobs: int) -> None:
    """The second one is so far behind the first that it is never under way with it, and then lost by itself."""
    tasks = [Task(number) for number in range(40)]
    tasks[7] = Task(7, tmp_path / "seven", times=1)
    tasks[35] = Task(35, tmp_path / "thirty-five", times=1)
    assert list(in_order(tried, tasks, jobs)) == [(task, task.number) for task in tasks]


def test_what_kills_each_process_is_named_and_costs_the_others_nothing(tmp_path: Path) -> None:
    tasks = [Task(number, size=1) for number in range(9)]
    tasks[4] = Task(4, tmp_path / "four", times=99, size=1)
    results = dict(in_order(tried, tasks, 2))
    assert isinstance(results.pop(tasks[4]), Lost)
    assert list(results.values()) == [0, 1, 2, 3, 5, 6, 7, 8]


def test_a_file_that_kills_its_process_is_a_harness_error(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(log(1))

    def killed(do: object, work: list[Piece], jobs: int) -> list[tuple[Piece, Lost]]:
        return [(one, Lost()) for one in work]

    result = audited(places([str(tmp_path)]), jobs=2, engine=killed)
    assert "was killed" in str(result.broken[0])
    assert not result.is_complete


def test_more_than_is_kept_of_a_piece_is_judged_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a file, and of a part of one, whose lines have those of the other parts before them."""
    monkeypatch.setattr(cutting, "PIECE", 5_000)
    (tmp_path / "a.log").write_bytes(log(1, 80))
    (tmp_path / "b.log").write_bytes(log(2))
    monkeypatch.setattr("conformance.traffic.audit.judging.MAX_KEPT", 9 << 10)
    full = list[Piece]()

    def serial(do: Callable[[Piece], Part], work: list[Piece], jobs: int) -> Iterator[tuple[Piece, Part]]:
        for one in work:
            part = do(one)
            full.extend([one] if part.is_full else [])
            yield one, part

    found = places([str(tmp_path)])
    assert shown(audited(found, jobs=2, engine=serial)) == shown(audited(found))
    assert {bool(one.start) for one in full} == {True, False}
    assert any(one.is_whole for one in full)


def test_findings_are_kept_in_some_bytes_each(tmp_path: Path) -> None:
    """So that a log that leaks in every line fits, and its processes send little."""
    path = tmp_path / "a.log"
    chance = random.Random(1)
    tokens = (f"{chance.randrange(16**40):040x}" for _ in range(2_000))
    path.write_text("".join(f"GET https://example.com/a?access_token={one} HTTP/1.1\n" for one in tokens))
    part = judged_piece(Piece(places([str(path)])[0]), Key())
    assert part.count > 2_000
    assert len({one.finding.fingerprint for one in found_in(part)}) == 2_000
    assert len(pickle.dumps(part)) < 30 * part.count


def found_in(part: Part) -> list[LocatedFinding]:
    return [one for event in part.events if isinstance(event, LocatedFindings) for one in event.below(0)]


@given(st.data())
def test_findings_are_kept_as_they_are(data: st.DataObject) -> None:
    """Also between other events, in whatever order, and when they are sent."""
    text = st.text(max_size=3)
    at = st.builds(Position, text, st.integers(0, 1 << 40), st.integers(0, 1 << 31), text, text)
    fingerprints = st.binary(min_size=8, max_size=8).map(bytes.hex)
    members = dict.fromkeys(Finding._fields, text)
    finding = st.builds(Finding, **members | {"fingerprint": fingerprints, "level": st.sampled_from(Level)})
    events = data.draw(st.lists(st.builds(LocatedFinding, at, finding) | st.builds(Damage, at, text)))
    part = Part()
    for event in events:
        part.add(event)
    sent = pickle.loads(pickle.dumps(part))
    assert sent == part
    assert part.count == len(events)
    kept = [[*event.below(0)] if isinstance(event, LocatedFindings) else [event] for event in sent.events]
    assert [one for some in kept for one in some] == events


def test_what_is_accepted_is_so_in_several_processes_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the line of the whole file, and by the value."""
    monkeypatch.setattr(cutting, "PIECE", 5_000)
    (tmp_path / "a.log").write_bytes(log(1))

    def accepts(seen: LocatedFinding) -> str | None:
        return "odd" if seen.at.line % 2 or seen.finding.fingerprint < "4" else None

    one, two = (audited(places([str(tmp_path)]), None, Audit(accept=accepts), jobs=jobs) for jobs in (1, 2))
    assert {found.accepted for found in one.found.values()} == {"odd", None}
    assert shown(two) == shown(one)


def test_processes_are_forks_unless_threads_run() -> None:
    """A fork has the threads of nobody else, and what they hold for ever; all others have to load everything anew."""
    pytest.importorskip("fcntl")
    script = (
        "import threading\n"
        "from conformance.traffic.audit.processes import method\n"
        "print(method())\n"
        "waits = threading.Event()\n"
        "threading.Thread(target=waits.wait).start()\n"
        "print(method())\n"
        "waits.set()\n"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True).stdout.split()
    assert told == [("fork" if sys.platform == "linux" else "forkserver"), "forkserver"]


def test_no_process_outlives_its_parent(tmp_path: Path) -> None:
    """Also when the parent is killed. The last end of the pipe that they all share closes when the last one ends."""
    script = (
        "import os, signal, sys\n"
        "from tests.unit.killed import Task, tried\n"
        "from conformance.traffic.audit.workers import in_order\n"
        "if __name__ == '__main__':\n"
        "    for _ in in_order(tried, map(Task, range(10**6)), 2):\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    (tmp_path / "script.py").write_text(script)
    repository = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(repository)}
    done = subprocess.run(
        [sys.executable, str(tmp_path / "script.py")], capture_output=True, check=False, env=environment, timeout=300
    )
    assert done.returncode == -signal.SIGKILL
