"""`seasonproof cleanup`: it undoes what it can, names what it cannot, and calls nothing but the target."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.commands.cleanup import clean
from conformance.config.target import load_target
from conformance.documents import UsageProblem
from conformance.http.client import Client, close_connections
from conformance.judging.journal import Journal, default_directory
from conformance.judging.journal_files import open_entries
from conformance.judging.matchers import CaseRecord
from conformance.rules.outcome import Inconclusive
from conformance.suites.change_triggers.driver import BusinessSystemDriver
from tests.record_store import POLL, RecordStore, serving

type Cleanup = Callable[..., tuple[bool, list[str]]]


@pytest.fixture(autouse=True)
def _own_journals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def store() -> Iterator[RecordStore]:
    with serving(RecordStore()) as store:
        yield store
    close_connections()


@pytest.fixture
def cleanup() -> Cleanup:
    """Whether something is left, and what was said. Nothing is waited for."""

    def run(*targets: str, dry_run: bool = False, done: tuple[str, ...] = (), waits: list[float] | None = None) -> Any:
        said: list[str] = []
        sleep = (waits if waits is not None else []).append
        return clean(targets, dry_run=dry_run, done=done, say=said.append, sleep=sleep), said

    return run


def system_of(path: Path) -> BusinessSystemDriver:
    """A business system in a run that is about to be killed."""
    target = load_target(str(path))
    assert target.business_system is not None
    journal = Journal.open(default_directory(), "run1")
    client = Client(target, requirement="ACT-01")
    return BusinessSystemDriver(target.business_system, client, CaseRecord(), journal, {}, has_clock=False)


# --------------------------------------------------------------------- business systems

FORMS: dict[str, tuple[dict[str, Any], str]] = {
    "DELETE": ({"path": "/a/{id}"}, "DELETE {url}/a/1"),
    "POST with the id in its body": (
        {"method": "POST", "path": "/delete", "body": {"id": "{id}"}},
        'POST {url}/delete with Content-Type: application/json, {{"id":"1"}}',
    ),
    "a version in the query": (
        {"path": "/a/{id}", "query": {"rev": "{version}"}},
        "DELETE {url}/a/1?rev={{version}} ({{version}} is what the record shows at $.version)",
    ),
    "a version in a header": (
        {"path": "/a/{id}", "headers": {"If-Match": '"{version}"'}},
        'DELETE {url}/a/1 with If-Match: "{{version}}" ({{version}} is what the record shows at $.version)',
    ),
}


def wants_its_version(method: str, path: str, headers: dict[str, str], body: Any) -> int:
    """Deletions say which version they delete."""
    known = headers.get("if-match") == '"7"' or headers["query"] == "rev=7"
    return 0 if known or method != "DELETE" else 428


@pytest.mark.parametrize("form", FORMS)
def test_a_record_is_deleted_by_whatever_call_the_target_file_gives(
    tmp_path: Path, store: RecordStore, cleanup: Cleanup, form: str
) -> None:
    deletion, by_hand = FORMS[form]
    store.refuses = wants_its_version if "version" in form else store.refuses
    system = system_of(store.target(tmp_path, delete=deletion))
    system.created()
    assert list(store.records) == ["1"]
    call = by_hand.format(url=store.url)
    assert cleanup(dry_run=True) == (False, [f"erp: the record 1: would call {call}"])
    assert list(store.records) == ["1"]
    assert cleanup() == (False, ["erp: the record 1: undone"])
    assert store.records == {}
    assert cleanup() == (False, ["nothing is left of earlier runs"])


@pytest.mark.parametrize("status", [428, 412])
def test_a_system_that_wants_a_condition_gets_the_etag(
    tmp_path: Path, store: RecordStore, cleanup: Cleanup, status: int
) -> None:
    """OData services say so with 428 Precondition Required (RFC 6585), and Roundup with 412."""
    store.refuses = lambda *asked: status if wants_its_version(*asked) else 0
    system_of(store.target(tmp_path, lock="etag")).created()
    assert cleanup() == (False, ["erp: the record 1: undone"])
    assert store.records == {}


@pytest.mark.parametrize("form", FORMS)
def test_what_cannot_be_deleted_is_named_with_its_id_and_the_call_each_time(
    tmp_path: Path, store: RecordStore, cleanup: Cleanup, form: str
) -> None:
    deletion, by_hand = FORMS[form]
    system_of(store.target(tmp_path, delete=deletion)).created()
    [entry] = open_entries(default_directory())
    store.refuses = lambda method, path, headers, body: 403 if method == "DELETE" or path == "/delete" else 0
    line = f"erp: the record 1: not undone, its deletion is answered 403; by hand: {by_hand.format(url=store.url)}"
    for _ in range(2):
        assert cleanup() == (True, [f"{line}; entry {entry.id}"])
    assert cleanup(done=(entry.id,)) == (False, ["erp: the record 1: done by hand"])
    assert list(default_directory().iterdir()) == []


def test_a_record_that_nothing_deletes_is_left_to_people(tmp_path: Path, store: RecordStore, cleanup: Cleanup) -> None:
    """By its id, until they say that they did it: all of a run at once, if they like."""
    system = system_of(store.target(tmp_path, delete=None))
    system.created(), system.created()
    is_left, said = cleanup()
    assert is_left
    by_hand = "to be undone by hand: the target file does not say how records are deleted (business_system.delete)"
    assert [line.partition(";")[0] for line in said] == [f"erp: the record {number}: {by_hand}" for number in (1, 2)]
    assert cleanup(done=("run1",))[0] is False
    assert cleanup() == (False, ["nothing is left of earlier runs"])


def test_who_says_that_nothing_was_done_is_told_so(cleanup: Cleanup) -> None:
    with pytest.raises(UsageProblem, match="hold no entry and no run with the id 12345"):
        cleanup(done=("12345",))


@pytest.mark.parametrize("answers", [True, False], ids=["the answer came", "it was lost"])
def test_a_record_whose_creation_was_not_answered_is_found_by_its_label(
    tmp_path: Path, store: RecordStore, cleanup: Cleanup, answers: bool
) -> None:
    """Its id is not known. And nobody else's record is touched."""
    store.records["99"] = {"id": "99", "name": "somebody else's"}
    store.loses = not answers
    system = system_of(store.target(tmp_path, poll=POLL))
    if answers:
        system.created()
    else:
        with pytest.raises(Inconclusive, match="no whole answer came"):
            system.created()
    assert len(store.records) == 2
    waits: list[float] = []
    is_left, said = cleanup(waits=waits)
    assert (is_left, said[-1].rpartition(": ")[2], len(waits)) == (False, "undone", 0 if answers else 1)
    assert list(store.records) == ["99"]


@pytest.mark.parametrize(
    ("role", "reason"),
    [
        ({}, "it cannot be looked for: the target file names no poll for changes"),
        ({"poll": POLL | {"path": "/none"}}, "it cannot be looked for: page 1 of a poll is answered 404"),
        ({"poll": POLL, "record": "$.fields"}, "it cannot be looked for: polls do not show the name of each record"),
        ({"poll": POLL | {"delay_seconds": 900}}, "a poll may not show it yet"),
    ],
)
def test_a_lost_record_that_cannot_be_looked_for_is_named_each_time(
    tmp_path: Path, store: RecordStore, cleanup: Cleanup, role: dict[str, object], reason: str
) -> None:
    store.loses = True
    system = system_of(store.target(tmp_path, **role))
    with pytest.raises(Inconclusive):
        system.created()
    system.close()
    [record] = store.records.values()
    for _ in range(2):
        is_left, [line] = cleanup()
        assert is_left
        assert line.startswith(f"erp: perhaps a record whose name is {record['name']}: not undone, {reason}")
        assert re.search(r"; by hand: look for it and delete it with DELETE http://[\w.:]+/a/\{id\}, for", line)


def test_what_was_refused_leaves_nothing_behind(tmp_path: Path, store: RecordStore, cleanup: Cleanup) -> None:
    """Not even where a refused system refuses to talk about it."""
    store.refuses = lambda method, path, headers, body: 403
    for create in ({"path": "/a"}, {"method": "PUT", "path": "/a/{id}"}):
        system = system_of(store.target(tmp_path, create=create))
        system.create(system.plain_record())
        system.close()
        assert open_entries(default_directory()) == []


def test_another_system_under_the_name_of_the_target_is_not_touched(
    tmp_path: Path, store: RecordStore, cleanup: Cleanup
) -> None:
    system_of(store.target(tmp_path)).created()
    with serving(RecordStore({"1": {"id": "1", "name": "somebody else's"}})) as other:
        other.target(tmp_path)
        is_left, [line] = cleanup()
        assert is_left
        assert "not undone, the target file now means another system" in line
        assert (list(other.records), other.asked) == (["1"], [])


def test_an_open_transaction_is_committed(tmp_path: Path, store: RecordStore, cleanup: Cleanup) -> None:
    commit = {"method": "POST", "path": "/delete", "body": {"id": "{transaction}"}}
    transactions = {"begin": {"path": "/a"}, "commit": commit, "header": "X-Transaction"}
    system = system_of(store.target(tmp_path, transactions=transactions))
    system.ledger.transaction("1")
    call = f'POST {store.url}/delete with Content-Type: application/json, {{"id":"1"}}'
    assert cleanup(dry_run=True) == (False, [f"erp: the open transaction 1: would call {call}"])
    assert cleanup() == (False, ["erp: the open transaction 1: undone"])
    assert store.asked == ["POST /delete"]


# ------------------------------------------------------------------ journals of any origin


def write_journal(folder: Path, *lines: dict[str, Any]) -> Path:
    default_directory().mkdir(parents=True, mode=0o700)
    file = default_directory() / "x.jsonl"
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    file.chmod(0o600)
    return file


def line_of(folder: Path, url: str, **changes: object) -> dict[str, Any]:
    undo = {"method": "DELETE", "url": url, "role": "business_system"}
    found: dict[str, Any] = {"id": "1", "run": "r", "target": "erp", "target_file": str(folder / "erp.yaml")}
    found |= {"requirement": "ACT-01", "what": "a record", "undo": undo, "ends": "", "state": "created"}
    return found | changes


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9/erp/a/1",
        "{origin}/a/1",
        "{origin}/erp/../a/1",
        "{origin}/erp/%2e%2e/a/1",
        "{origin}/erp/%252e%252e/a/1",
        "{origin}/erp/..%2Fa/1",
        "{origin}/erp/..\\a/1",
        "{origin}/erplus/a/1",
        "{origin}@127.0.0.1:9/erp/a/1",
        "file:///etc/passwd",
        "",
    ],
)
def test_no_address_is_called_that_is_not_below_the_targets_own(
    tmp_path: Path, store: RecordStore, cleanup: Cleanup, address: str
) -> None:
    """Its credentials would go there."""
    store.target(tmp_path, base_url=f"{store.url}/erp", access={"bearer": "made-up-token-of-the-clean-up"})
    write_journal(tmp_path, line_of(tmp_path, address.replace("{origin}", store.url)))
    is_left, [line] = cleanup()
    assert is_left
    assert f"its address is not below {store.url}/erp" in line
    assert store.asked == []


def test_a_call_of_an_earlier_version_is_made_below_the_targets_own(
    tmp_path: Path, store: RecordStore, cleanup: Cleanup
) -> None:
    store.records["1"] = {"id": "1"}
    store.target(tmp_path)
    write_journal(tmp_path, line_of(tmp_path, f"{store.url}/a/1"))
    assert cleanup() == (False, ["erp: a record: undone"])
    assert (store.records, store.asked) == ({}, ["DELETE /a/1"])


@pytest.mark.parametrize("role", ["single_access", "name", "limits", "no_such_role"])
def test_a_role_that_the_target_does_not_play_is_not_called(
    tmp_path: Path, store: RecordStore, cleanup: Cleanup, role: str
) -> None:
    store.target(tmp_path)
    line = line_of(tmp_path, f"{store.url}/a/1")
    write_journal(tmp_path, line | {"undo": line["undo"] | {"role": role}})
    is_left, [said] = cleanup()
    assert is_left
    assert f"the target file does not declare {role}" in said
    assert store.asked == []


@pytest.mark.parametrize("kind", ["record", "lost record", "transaction", "clock", "file", "staged_credentials"])
def test_a_kind_of_entry_brings_no_other_address(
    tmp_path: Path, store: RecordStore, cleanup: Cleanup, kind: str
) -> None:
    store.target(tmp_path)
    write_journal(tmp_path, line_of(tmp_path, "http://127.0.0.1:9/a/1", kind=kind, key="1"))
    is_left, [line] = cleanup()
    assert is_left
    assert "not undone" in line
    assert store.asked == []


def test_a_damaged_journal_is_not_taken_for_nothing(tmp_path: Path, cleanup: Cleanup) -> None:
    file = write_journal(tmp_path)
    file.write_text('{"id": "torn')
    told = "cannot be read, so what it names may be left; look at the target, then delete the file"
    for _ in range(2):
        assert cleanup() == (True, [f"{file}, line 1: {told}"])
    assert file.exists()


def test_a_journal_that_others_can_write_is_named_and_costs_no_other(
    tmp_path: Path, store: RecordStore, cleanup: Cleanup
) -> None:
    store.records["1"] = {"id": "1"}
    store.target(tmp_path)
    file = write_journal(tmp_path, line_of(tmp_path, f"{store.url}/a/1"))
    open_to_all = file.with_name("y.jsonl")
    open_to_all.write_text(file.read_text())
    open_to_all.chmod(0o666)
    is_left, said = cleanup()
    assert (is_left, said[0]) == (True, "erp: a record: undone")
    assert said[1].startswith(f"{open_to_all}: other users can write to it (mode 666), so it is not trusted")
    default_directory().chmod(0o777)
    with pytest.raises(UsageProblem, match="other users can write to it"):
        cleanup()


def test_what_ends_by_itself_is_named_until_it_has(tmp_path: Path, cleanup: Cleanup) -> None:
    ends: dict[str, Any] = {"undo": None, "ends": "by the session timeout", "what": "a web session"}
    write_journal(
        tmp_path,
        line_of(tmp_path, "", id="1", **ends, until=4102444800.0),
        line_of(tmp_path, "", id="2", **ends, until=946684800.0),
    )
    named = "erp: a web session: ends by the session timeout, on 2100-01-01 00:00 UTC at the latest; entry 1"
    assert cleanup() == (True, [named, "erp: a web session: has ended by the session timeout"])
    assert cleanup() == (True, [named])


def test_nothing_in_a_journal_steers_a_terminal(tmp_path: Path, cleanup: Cleanup) -> None:
    write_journal(tmp_path, line_of(tmp_path, "", undo=None, what="a file called \x1b[2J\r", ends="by \x07hand"))
    _, [line] = cleanup()
    assert line.startswith("erp: a file called \\x1b[2J\\r: ends by \\x07hand")


@pytest.mark.parametrize("dry_run", [True, False])
def test_no_text_of_a_journal_makes_a_line_of_its_own(tmp_path: Path, cleanup: Cleanup, dry_run: bool) -> None:
    """Neither an id, nor a call, nor the name of the file."""
    forged = "1\nnothing is left of earlier runs\x1b[2J"
    undo = {"method": "DELETE", "url": f"https://erp.example.com/{forged}", "role": "business_system"}
    write_journal(tmp_path, line_of(tmp_path, "", id=forged, undo=undo, what=forged))
    (default_directory() / f"{forged}.jsonl").write_text("{")
    is_left, said = cleanup(dry_run=dry_run)
    assert is_left
    assert len(said) == 2
    assert all(line.isprintable() for line in said)


def test_a_call_that_cannot_be_sent_costs_no_other(tmp_path: Path, store: RecordStore, cleanup: Cleanup) -> None:
    """A lone surrogate is in no request."""
    store.target(tmp_path)
    undo = {"method": "POST", "url": f"{store.url}/a", "role": "business_system", "body": "\ud800"}
    sent = line_of(tmp_path, f"{store.url}/a/1", id="2")
    write_journal(tmp_path, line_of(tmp_path, "", undo=undo), sent)
    is_left, said = cleanup()
    assert is_left
    assert said[0].startswith("erp: a record: ")
    assert "x.jsonl, line 1: cannot be read, so what it names may be left" in said[1]


def test_a_target_that_is_dead_is_asked_once(tmp_path: Path, store: RecordStore, cleanup: Cleanup) -> None:
    store.target(tmp_path, base_url="http://127.0.0.1:9")
    write_journal(tmp_path, *(line_of(tmp_path, "http://127.0.0.1:9/a/1", id=f"{number}") for number in range(3)))
    is_left, said = cleanup()
    assert is_left
    assert "connection refused" in said[0]
    assert [line.partition(", ")[2].partition(";")[0] for line in said[1:]] == ["the target gives no answer"] * 2


def test_a_journal_without_its_target_file_names_the_call(tmp_path: Path, cleanup: Cleanup) -> None:
    write_journal(tmp_path, line_of(tmp_path, "https://erp.example.com/a/1"))
    is_left, [line] = cleanup()
    assert is_left
    assert line.startswith(f"erp: a record: not undone, {tmp_path / 'erp.yaml'}: no such file")
    assert line.endswith("by hand: DELETE https://erp.example.com/a/1; entry 1")
    assert os.listdir(default_directory()) == ["x.jsonl"]
