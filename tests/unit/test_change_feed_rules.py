"""Marks, times, order and values: the rules by which polled changes are judged."""

from __future__ import annotations

import sys
from decimal import Decimal

import pytest

from conformance.documents import exact_json, json_path
from conformance.rules.change_feed import (
    Item,
    has_no_offset,
    in_zone,
    latest,
    missing_ids,
    moment,
    moved,
    order_differs,
)
from conformance.rules.record_values import differs


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1970-01-01T00:00:01Z", 1_000_000_000),
        ("1970-01-01T02:00:00.000000001+02:00", 1),
        ("1970-01-01T00:00:00.5", 500_000_000),
        ("1970-01-01T00:00:00.000+0000", 0),
        ("1969-12-31T23:59:59.9Z", -100_000_000),
        ("12.5", 12_500_000_000),
        ("Thu, 01 Jan 1970 00:00:02 GMT", 2_000_000_000),
    ],
)
def test_a_moment_keeps_every_digit(text: str, nanoseconds: int) -> None:
    found = moment(text)
    assert found is not None
    assert found.nanoseconds == nanoseconds


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-02-30T00:00:00Z", "2026-01-01", "9" * 40, "٣", "2026-01-01T00:00Zx"]
)
def test_what_is_no_time_is_no_moment(text: str) -> None:
    assert moment(text) is None


def test_the_latest_time_is_found_across_offsets() -> None:
    items = [Item("1", "2026-01-01T01:00:00+02:00"), Item("2", "2026-01-01T00:00:00Z"), Item("3"), Item("4", "soon")]
    assert latest(items) == "2026-01-01T00:00:00Z"
    assert latest([Item("3")]) is None


def test_a_zone_changes_the_writing_and_not_the_instant() -> None:
    assert in_zone("2026-01-01T00:00:00.120Z", 2) == "2026-01-01T02:00:00.120+02:00"
    assert in_zone("2026-01-01T00:00:00Z", -11) == "2025-12-31T13:00:00-11:00"
    assert in_zone("17", 2) is None


@pytest.mark.parametrize(
    ("text", "later"),
    [
        ("2025-12-31T23:59:59.120+02:00", "2026-01-01T00:00:00.120+02:00"),
        ("2026-01-01 00:00", "2026-01-01 00:00:01"),
        ("1767225600", "1767225601"),
        ("1767225600000", "1767225601000"),
        ("1767225600000000", "1767225601000000"),
        ("a cursor", None),
        ("Thu, 31 Dec 2026 23:59:59 GMT", "Fri, 01 Jan 2027 00:00:00 GMT"),
    ],
)
def test_a_time_is_moved_in_its_own_format(text: str, later: str | None) -> None:
    assert moved(text, seconds=1) == later


def test_a_time_without_an_offset_is_a_flaw() -> None:
    assert has_no_offset(Item("1", "2026-01-01T00:00:00Z")) is None
    assert "no offset" in (has_no_offset(Item("1", "2026-01-01T00:00:00")) or "")
    assert has_no_offset(Item("1", "1767225600000")) is None
    assert "not a date-time" in (has_no_offset(Item("1")) or "")


def test_an_order_is_compared_over_what_both_polls_list() -> None:
    one, two, three = (Item(name, "t", version) for name, version in (("1", "a"), ("2", "b"), ("3", "c")))
    assert order_differs([one, two], [one, three, two]) is None
    assert order_differs([one, two], [two, one]) == "the same poll has another record at place 1 of 2"
    assert missing_ids([one], ["1", "2"]) == ["2"]


@pytest.mark.parametrize(
    ("kind", "sent", "found"),
    [
        ("string", "e\u0301", "\u00e9"),
        ("integer", 2**53 + 1, 2**53 + 1),
        ("integer", 7, "7"),
        ("decimal", Decimal("1.50"), Decimal("1.5")),
        ("boolean", False, False),
        ("time", "12:00:00", "12:00:00.000Z"),
        ("email", "Ada@example.com", "ada@example.com"),
        ("phone", "+1 202 555 0100", "+12025550100"),
        ("url", "https://example.com", "https://example.com/"),
        ("multi_enumeration", ["a", "b"], ["b", "a"]),
        ("currency", {"amount": Decimal("1.00"), "code": "EUR"}, {"amount": 1, "code": "EUR", "symbol": "x"}),
        ("datetime", "2026-01-01T01:00:00.000+01:00", "2026-01-01T00:00:00Z"),
        ("datetime", "no time", "no time"),
        ("string", None, None),
    ],
)
def test_values_of_one_meaning_are_the_same(kind: str, sent: object, found: object) -> None:
    assert differs(kind, sent, found) is None


@pytest.mark.parametrize(
    ("kind", "sent", "found"),
    [
        ("string", "", None),
        ("string", None, ""),
        ("text", "a\r\nb", "a\nb"),
        ("integer", 2**53 + 1, 2**53),
        ("integer", 1, True),
        ("decimal", Decimal("0.1"), Decimal("0.1000000000000000055")),
        ("decimal", Decimal(1), {"a": 1}),
        ("boolean", True, "true"),
        ("boolean", True, 1),
        ("date", "2026-01-01", "2025-12-31"),
        ("date", "2026-01-01", "2026-01-01T00:00:00Z"),
        ("time", "12:34:56", "12:34:00"),
        ("phone", "+1 202 555 0100", "202 555 0100"),
        ("multi_enumeration", ["a", "b"], ["a"]),
        ("currency", {"amount": Decimal("1.00"), "code": "EUR"}, {"amount": Decimal("1.00"), "code": "USD"}),
        ("datetime", "2026-01-01T00:00:00.001Z", "2026-01-01T00:00:00Z"),
        ("datetime", "2026-01-01T00:00:00Z", None),
    ],
)
def test_values_of_two_meanings_differ(kind: str, sent: object, found: object) -> None:
    assert "came back as" in (differs(kind, sent, found) or "")


def test_a_difference_is_told_in_the_words_of_json() -> None:
    assert differs("boolean", True, False) == "true came back as false"
    assert differs("integer", 1, None) == "1 came back as null"
    assert differs("boolean", True, "true") == "true came back as 'true'"


def test_json_keeps_every_digit() -> None:
    text = '{"a":[0.10,9223372036854775808,true,null,"\u00e9"]}'
    assert exact_json.write(exact_json.read(text.encode())) == text
    for broken in (b"", b"{", b"NaN", b"\xff", b"[" * 100_000):
        with pytest.raises(ValueError, match="not JSON"):
            exact_json.read(broken)


@pytest.mark.parametrize("path", ["$", "$.items[*]", "$.page.items", "$._next"])
def test_a_plain_path_is_valid_without_the_library_and_to_it(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as absent:
        absent.setitem(sys.modules, "jsonpath_rfc9535", None)
        assert json_path.is_valid(path)
    assert json_path.compiled(path)


def test_a_path_finds_values_and_nothing_else() -> None:
    data = {"items": [{"id": 1}, {"id": None}], "@odata.nextLink": "x"}
    assert json_path.all_at("$.items[*].id", data) == [1, None]
    assert json_path.members_at("$.items[*].id", data) == [1, None]
    assert json_path.members_at("$.items", data) == data["items"]
    assert json_path.members_at("$.none", data) == []
    assert json_path.first_at("$['@odata.nextLink']", data) == "x"
    assert json_path.first_at("$.none", data) is None
    assert json_path.first_at(None, data) is None
    assert json_path.all_at("$..*", "text") == []
    assert json_path.is_valid("$.a[?@.b > 1]")
    assert not json_path.is_valid("__import__('os')")
