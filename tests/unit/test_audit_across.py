"""A credential that one file shows is found in the URLs of every other, in any order and any parts."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.commands.audit_choice import Choice
from conformance.rules.url_tokens import Detector, Marks, key_of
from conformance.traffic.audit import auditing, learned_credentials
from conformance.traffic.audit import pieces as cutting
from conformance.traffic.audit.auditing import Audit, audited
from conformance.traffic.audit.sources import places
from tests.unit.audit_content import LEAK, OPAQUE, PLAIN, entry, har
from tests.unit.typed import Command, typed

SALT = bytes(range(32))
OTHER, WORDS, LONG = (
    "r8Xo3Ld0As5Un9Wc6Zy2Mq7Ie4Ht1GkR",
    "alpha-bravo-charlie-delta-echo",
    "t0.Yp4Me1Bt6Vo_0Xd7az3Nr8" * 4,
)
SECRETS = (OPAQUE, OTHER, WORDS, LONG)
UNKNOWN = "unknown9Wc6Zy2Mq7Ie4Ht1GkR"
LINE = '10.0.0.1 - - [24/Nov/2026:09:00:00 +0000] "GET {} HTTP/1.1" 200 12 "{}" "curl/8.14.1"'


def shows(secret: str, how: str = "bearer") -> dict[str, object]:
    """An exchange that shows what is a credential."""
    url = "https://api.example.com/me"
    match how:
        case "bearer":
            return entry(url, headers={"Authorization": f"Bearer {secret}"})
        case "cookie":
            return entry(url, headers={"Cookie": f"theme=dark; session={secret}"})
        case "sets":
            return entry(url, answered={"Set-Cookie": f"auth_sid={secret}; HttpOnly"})
        case _:
            return entry(url, body=json.dumps({"access_token": secret}))


def uses(secret: str, how: str = "query") -> str:
    """A target with the credential under a name that says nothing."""
    quoted = f"%{ord(secret[0]):02X}{secret[1:]}"
    return {
        "query": f"/a?x={secret}&page=2",
        "path": f"/files/{secret}/a.pdf",
        "quoted": f"/a?x={quoted}",
        "nested": f"/go?next=%2Fb%3Fz%3D{secret}",
        "text": f"/a?d={b64encode(f'name=a&z={secret}&b=c'.encode()).decode().rstrip('=')}",
        "beside": f"/a?x=1!{secret},2",
        "halves": f"/a?u={secret[:15]}&v={secret[15:]}",
    }[how]


def log(*targets: str) -> str:
    return "\n".join([LINE.format("/a?page=2", "-"), *(LINE.format(one, "-") for one in targets), ""])


@pytest.fixture
def audit(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Run the command in a folder with a salt: arguments to exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    Path("salt").write_bytes(SALT)
    Path("in").mkdir()
    return typed("audit", capsys, monkeypatch)


def files() -> None:
    """Credentials that come before they are shown and after it, in captures and in logs, among what leaks anyway."""
    first, second, third, long = SECRETS
    written = {
        "a.log": log(uses(first), LEAK, uses(third, "path"), uses(UNKNOWN)),
        "b.har": har(entry(f"https://example.com{uses(second)}"), shows(first, "body"), shows(long, "cookie")),
        "c.log": log(uses(second, "nested"), uses(long), uses(first, "quoted")) * 40,
        "d.har": har(shows(second), entry(f"https://example.com{uses(first, 'halves')}"), shows(third, "sets")),
        "e.jsonl": json.dumps({"path": uses(second), "method": "GET"}) + "\n" + json.dumps({"path": "/b?c=d"}) + "\n",
        "f.csv": f"EVENT_TYPE,URI\nAPI,{uses(first)}\n",
        "g.har": har(PLAIN),
        "h.png": "\x89PNG" + "\x00" * 99,
    }
    for name, content in written.items():
        Path("in", name).write_text(content, "latin-1")


# ------------------------------------------------------------- one audit


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
@pytest.mark.parametrize("how", ["bearer", "cookie", "sets", "body"])
def test_a_capture_shows_what_is_a_credential_in_a_log(tmp_path: Path, names: tuple[str, str], how: str) -> None:
    """Whichever of the two comes first."""
    capture, access = (tmp_path / name for name in names)
    capture.write_text(har(shows(OPAQUE, how)))
    access.write_text(log(uses(OPAQUE), uses(OPAQUE, "path")))
    found = audited(places([str(tmp_path)])).found.values()
    assert [(one.finding.rule, one.first.line, one.count) for one in found] == [("L5", 2, 1), ("L5", 3, 1)]
    assert {(Path(one.first.file).name, one.finding.parameter) for one in found} == {(names[1], "x"), (names[1], "")}


@pytest.mark.parametrize("form", ["json", "text", "sarif"])
def test_the_findings_are_the_same_for_any_number_of_processes_and_shards(
    audit: Command, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """Byte for byte: processes, shards, and shards that look for what the others show before they are joined."""
    monkeypatch.setattr(cutting, "PIECE", 2_000)
    files()
    whole = audit("in", f"--format={form}")
    assert whole[0] == 1
    assert "L5" in whole[1]
    assert audit("in", f"--format={form}", "-j2") == whole
    for of in (1, 2, 7):
        Path(f"{of}").mkdir()
        shard = [("in", f"--shard={n}/{of}", f"--journal={of}/{n}", "--salt-file=salt") for n in range(1, of + 1)]
        for number, arguments in enumerate(shard):
            audit(*arguments, f"-j{1 + number % 2}")
        journals = [f"{of}/{number}" for number in range(of, 0, -1)]
        joined = ("--merge", *journals, f"--format={form}")
        assert audit(*joined, "--salt-file=salt", f"-j{1 + of % 2}") == whole
        for arguments in shard:
            audit(*arguments, f"--learned={of}")
        assert audit(*joined) == whole
        told = "".join(Path(one).read_text() for one in journals) + whole[1]
        assert not [secret for secret in SECRETS if secret[2:14] in told]


class Item(NamedTuple):
    """An exchange of a capture or a line of a log, and the file that it is in."""

    secret: str
    how: str
    is_log: bool
    file: int

    @property
    def is_use(self) -> bool:
        return self.how in ("query", "path", "quoted", "nested", "text", "beside", "halves")


_SECRET, _FILE = st.sampled_from(SECRETS), st.integers(0, 3)
_SHOWN = st.builds(Item, _SECRET, st.sampled_from(["bearer", "body"]), st.just(False), _FILE)
_USED = st.builds(
    Item, _SECRET, st.sampled_from(["query", "path", "quoted", "nested", "text", "beside"]), st.booleans(), _FILE
)
_HALVED = st.builds(Item, _SECRET, st.just("halves"), st.just(False), _FILE)


def written(folder: Path, items: list[Item], *, apart: bool) -> list[str]:
    """The same exchanges and lines, in one capture and one log or apart."""
    captures: dict[str, list[object]] = {}
    logs: dict[str, list[str]] = {}
    for one in items:
        name = f"{one.file if apart else 0}"
        if one.is_log:
            logs.setdefault(f"{name}.log", []).append(uses(one.secret, one.how))
        else:
            asked = entry(f"https://example.com{uses(one.secret, one.how)}") if one.is_use else None
            captures.setdefault(f"{name}.har", []).append(asked or shows(one.secret, one.how))
    folder.mkdir()
    for name, entries in captures.items():
        (folder / name).write_text(har(*entries))
    for name, targets in logs.items():
        (folder / name).write_text(log(*targets))
    return [str(folder)]


def counted(audit: Audit) -> tuple[Counter[tuple[str, ...]], set[tuple[str, ...]]]:
    """How often each place has a finding, whatever its file, and which credentials are there."""
    seen: Counter[tuple[str, ...]] = Counter()
    fingerprints = set()
    for found in audit.found.values():
        one = found.finding
        place = one.rule, one.host, one.path_template, one.place, one.parameter
        seen[place] += found.count
        fingerprints |= {(*place, credential) for credential in found.credentials}
    return seen, fingerprints


def in_shards(folder: str, of: int) -> Audit:
    """What the shards of a folder add up to."""
    with TemporaryDirectory() as made:
        salt, journals = Path(made, "salt"), [Path(made, str(number)) for number in range(1, of + 1)]
        salt.write_bytes(SALT)
        for number, journal in enumerate(journals, 1):
            chosen = Choice(shard=f"{number}/{of}", journal=journal, salt_file=salt)
            chosen.judge(lambda: places([folder]), Audit(), None, 1)
            assert not [one for one in SECRETS if one[2:14] in journal.read_text()]
        return Choice(merge=True, salt_file=salt).merged([str(one) for one in journals], Audit(), None, 1)


@given(st.lists(_SHOWN | _USED | _HALVED, min_size=1, max_size=12), st.sampled_from([1, 2, 3, 7]))
def test_exchanges_tell_the_same_however_they_are_divided(items: list[Item], shards: int) -> None:
    """One capture and one log, or several of each, or shards of these; and what is shown nowhere is not found."""
    shown = {one.secret for one in items if not one.is_use}
    with TemporaryDirectory() as made:
        together = audited(places(written(Path(made, "one"), items, apart=False)), None, Audit(salt=SALT))
        [apart] = written(Path(made, "several"), items, apart=True)
        expected = counted(together)
        assert expected[0].total() == sum(one.is_use and one.secret in shown for one in items)
        assert counted(audited(places([apart]), None, Audit(salt=SALT))) == expected
        joined = in_shards(apart, shards)
        assert counted(joined) == expected
        assert joined.is_complete


# ------------------------------------------------------------- what cannot be read again


def test_what_can_be_read_only_once_makes_the_audit_incomplete(tmp_path: Path) -> None:
    """A pipe holds nothing the second time; what was found in it the first time stays."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("no named pipes here")
    pipe = tmp_path / "b"
    os.mkfifo(pipe)
    (tmp_path / "a.har").write_text(har(shows(OPAQUE)))
    if not os.fork():
        pipe.write_text(log(uses(OPAQUE), LEAK))
        os._exit(0)
    result = audited(places([str(tmp_path / "a.har"), str(pipe)]))
    os.wait()
    assert [one.finding.rule for one in result.found.values()] == ["L1"]
    says = "was not searched for the credentials that other files show: it can be read only once; save it as a file"
    assert [str(one) for one in result.damage] == [f"{pipe}: {says}"]
    assert [one.units for one in result.read] == [1, 3]


def test_what_goes_away_meanwhile_keeps_its_findings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.har").write_text(har(shows(OPAQUE)))
    (tmp_path / "b.log").write_text(log(uses(OPAQUE), LEAK))
    found = places([str(tmp_path)])

    def again(*arguments: object) -> Audit:
        (tmp_path / "b.log").unlink()
        return original(*arguments)  # type: ignore[arg-type]

    original = auditing._again
    monkeypatch.setattr(auditing, "_again", again)
    result = audited(found)
    assert [one.finding.rule for one in result.found.values()] == ["L1"]
    assert "b.log: cannot be read" in str(result.damage[0])


def test_a_capture_that_changes_meanwhile_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.har").write_text(har(shows(OPAQUE)))
    (tmp_path / "b.har").write_text(har(PLAIN))
    found = places([str(tmp_path)])

    def again(*arguments: object) -> Audit:
        (tmp_path / "b.har").write_text(har(shows(SECRETS[1])))
        return original(*arguments)  # type: ignore[arg-type]

    original = auditing._again
    monkeypatch.setattr(auditing, "_again", again)
    assert "b.har: changed while it was judged" in str(audited(found).damage[0])


def test_a_capture_that_shows_all_in_time_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also beside what is in no format that is read; one that shows something too late is read twice."""
    (tmp_path / "a.har").write_text(har(shows(OPAQUE), entry(f"https://example.com{uses(OPAQUE)}")))
    (tmp_path / "b.png").write_bytes(b"\x89PNG" + bytes(99))
    twice = []
    original = auditing._again
    monkeypatch.setattr(auditing, "_again", lambda *given: twice.append(given) or original(*given))
    first = [(one.finding.rule, one.first.entry) for one in audited(places([str(tmp_path)])).found.values()]
    assert (first, twice) == ([("L5", 2)], [])
    many = [entry(f"https://example.com/{number}") for number in range(3_000)]
    (tmp_path / "a.har").write_text(har(entry(f"https://example.com{uses(OPAQUE)}"), *many, shows(OPAQUE)))
    late = [(one.finding.rule, one.first.entry) for one in audited(places([str(tmp_path)])).found.values()]
    assert (late, len(twice)) == ([("L5", 1)], 1)


def test_more_credentials_than_are_looked_for_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learned_credentials, "MOST_MARKS", 2)
    (tmp_path / "a.har").write_text(har(*(shows(one) for one in SECRETS)))
    (tmp_path / "b.log").write_text(log(*(uses(one) for one in SECRETS)))
    result = audited(places([str(tmp_path)]))
    assert [one.count for one in result.found.values()] == [2]
    assert "a.har: shows credentials beyond the first 2 of the audit" in str(result.damage[0])
    assert not result.is_complete


# ------------------------------------------------------------- shards


def shards(audit: Command, of: int = 2) -> list[str]:
    for number in range(1, of + 1):
        audit("in", f"--shard={number}/{of}", f"--journal={number}.jsonl", "--salt-file=salt")
    return [f"{number}.jsonl" for number in range(1, of + 1)]


def test_a_shard_says_what_is_left_for_the_merge(audit: Command) -> None:
    files()
    told = [audit("in", f"--shard={n}/2", f"--journal={n}", "--salt-file=salt")[2] for n in (1, 2)]
    assert any("credentials that captures show, to be looked for in other shards by --merge" in one for one in told)
    assert "to be looked for" not in audit("in")[2]


def test_a_merge_without_the_salt_or_the_files_is_incomplete(audit: Command) -> None:
    Path("in", "a.har").write_text(har(shows(OPAQUE)))
    Path("in", "b.log").write_text(log(uses(OPAQUE)))
    journals = shards(audit)
    code, out, _ = audit("--merge", *journals)
    assert (code, "give --merge their key, with --salt-file" in out) == (7, True)
    Path("in", "b.log").write_text(log(uses(OPAQUE)) * 2)
    code, out, _ = audit("--merge", *journals, "--salt-file=salt")
    assert (code, "in/b.log: was not searched" in out, "--learned" in out) == (7, True, True)
    Path("other").write_bytes(SALT[::-1])
    code, _, err = audit("--merge", *journals, "--salt-file=other")
    assert (code, "other: is another salt than that of the journals" in err) == (2, True)


def test_journals_of_others_go_with_a_journal(audit: Command) -> None:
    files()
    code, _, err = audit("in", "--learned=x")
    assert (code, "--learned names the journals of other shards" in err) == (2, True)
    code, _, err = audit("in", "--journal=j", "--salt-file=salt", "--learned=none")
    assert (code, "none: no such file" in err) == (2, True)


# ------------------------------------------------------------- recognising


_PARTS = (*SECRETS, UNKNOWN, "x", "/a?b=", " ", "\n", "%71", "%2D", "%3D", ".")


@given(st.lists(st.sampled_from(_PARTS)), st.booleans())
def test_the_lines_that_hold_a_credential_are_those_that_hold_it_one_by_one(parts: list[str], is_cut: bool) -> None:
    detector = Detector(salt=SALT, keeps=True)
    for secret in SECRETS:
        detector.remember(secret.encode(), "token")
    marks = Marks(b"".join(detector.marks), key_of(SALT))
    text = "".join(parts).encode()
    start = text.find(b"\n") + 1 if is_cut else 0
    expected = [line for line in text[start:].split(b"\n") if marks.holds(line)]
    found = list(marks.lines(text, start, len(text)))
    assert [line for _, line in found] == expected
    assert all(text[place : place + len(line)] == line for place, line in found)


def test_a_sentence_or_an_address_in_a_cookie_is_no_credential(tmp_path: Path) -> None:
    cookie = "session_note=please-remember-to-log-out; auth_redirect=https%3A%2F%2Fwww.example.com%2Fhome"
    (tmp_path / "a.har").write_text(har(entry("https://www.example.com/", headers={"Cookie": cookie})))
    (tmp_path / "b.log").write_text(log("/please-remember-to-log-out?next=https://www.example.com/home"))
    assert audited(places([str(tmp_path)])).found == {}
