"""Polls of a business system that ignores what it is asked: a run ends them soon, and says why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.config.target import load_target
from conformance.http.client import Client, close_connections
from conformance.judging.journal import Journal, default_directory
from conformance.judging.matchers import CaseRecord
from conformance.rules.outcome import Inconclusive
from conformance.suites.change_triggers.driver import BusinessSystemDriver
from tests.record_store import RecordStore, serving

EARLY, LATE = "2026-02-03T10:00:00Z", "2026-02-03T11:00:00Z"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordStore]:
    """A store that answers each poll with all that it has."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with serving(RecordStore({"1": {"id": "1", "changed": EARLY}})) as store:
        yield store
    close_connections()


def system_of(folder: Path, store: RecordStore, **paging: str) -> BusinessSystemDriver:
    poll = {"path": "/a", "query": {"since": "{since}"}, "items": "$.items[*]", "paging": paging}
    target = load_target(str(store.target(folder, poll=poll, modified="$.changed")))
    assert target.business_system is not None
    client, journal = Client(target, requirement="POL-03"), Journal.open(default_directory(), "run1")
    return BusinessSystemDriver(target.business_system, client, CaseRecord(), journal, {}, has_clock=False)


@pytest.fixture
def system(tmp_path: Path, store: RecordStore) -> BusinessSystemDriver:
    return system_of(tmp_path, store, offset_parameter="skip")


def test_pages_that_stay_the_same_end_the_poll(system: BusinessSystemDriver, store: RecordStore) -> None:
    with pytest.raises(Inconclusive, match="pages 1 to 3 of a poll are alike") as caught:
        system.polled(EARLY)
    assert caught.value.advice == "business_system.poll.paging, as the system's documentation has it"
    assert [line.partition("skip=")[2] for line in store.asked] == ["", "1", "2"]


@pytest.mark.parametrize(
    ("time", "waits"), [(EARLY, [1.05]), ("2026-02-03T10:00:00.123Z", []), (1_770_000_000_123, [])]
)
def test_the_next_second_is_waited_for_where_times_are_whole_seconds(
    system: BusinessSystemDriver, store: RecordStore, monkeypatch: pytest.MonkeyPatch, time: object, waits: list[float]
) -> None:
    """Otherwise a record that changes between two pages keeps its place, and counted pages seem to lose nothing."""
    waited: list[float] = []
    monkeypatch.setattr("conformance.suites.change_triggers.feeds.time.sleep", waited.append)
    store.records["1"]["changed"] = time
    system.items_in(system.ask(EARLY))
    system.later()
    assert waited == waits


def test_a_poll_of_counted_pages_ends_with_the_total_of_its_answers(tmp_path: Path, store: RecordStore) -> None:
    store.records["1"]["all"] = 1
    system = system_of(tmp_path, store, offset_parameter="skip", total="$.items[0].all")
    assert [item.id for item in system.polled(EARLY)] == ["1"]
    assert len(store.asked) == 1


def test_what_is_listed_from_before_a_mark_is_told_from_what_somebody_else_writes(system: BusinessSystemDriver) -> None:
    assert [item.id for item in system.listed_from_before(system.ask(LATE), LATE)] == ["1"]
    with pytest.raises(Inconclusive, match="somebody else writes records"):
        system.listed_from_before(system.ask(EARLY), EARLY)


def test_an_address_of_the_next_page_that_is_none_is_not_asked(tmp_path: Path, store: RecordStore) -> None:
    store.records["1"]["next"] = "/a?changed=2026-02-03 10:00:00"
    system = system_of(tmp_path, store, next_url="$.items[0].next")
    with pytest.raises(Inconclusive, match="the address of the next page has ' ' in it, which no URI has"):
        system.polled(EARLY)
    assert len(store.asked) == 1
