"""HTTP archives: whatever JSON one can be, the audit finds in it what a plain JSON parser finds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.traffic.audit.auditing import audited
from conformance.traffic.audit.formats import Kind
from conformance.traffic.audit.readers import har_entries
from conformance.traffic.audit.readers.json_objects import Cutter
from conformance.traffic.audit.sources import places
from tests.examples import examples
from tests.unit.audit_content import LEAK, LEAKING, OPAQUE, PLAIN, TOKEN, audit, entry, har, seen

PLAIN_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 10**20) | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["comment", "startedDateTime", "time", "cache", "_x", "pages", "name", "status", 'a"b', "é", ""]
)


def members(draw: st.DrawFn, **known: Any) -> dict[str, Any]:
    """An object with these members, with others among them, in any order."""
    extra = draw(st.dictionaries(NAMES, PLAIN_JSON, max_size=3))
    both = list({**extra, **known}.items())
    return dict(draw(st.permutations(both)))


def listed(draw: st.DrawFn) -> Any:
    pair = st.fixed_dictionaries({"name": st.just("Accept") | PLAIN_JSON, "value": PLAIN_JSON})
    return draw(st.lists(pair, max_size=2) | PLAIN_JSON)


@st.composite
def archives(draw: st.DrawFn) -> str:
    """The text of a HAR: members in any order, of any type, with others among them; written in any way."""
    entries: list[Any] = []
    for number in range(draw(st.integers(0, 4))):
        if draw(st.integers(0, 5)) == 0:
            without_url = members(draw, url=draw(st.none() | st.integers()), headers=listed(draw))
            nothing = [members(draw, request=draw(PLAIN_JSON)), members(draw, request=without_url)]
            entries.append(draw(st.sampled_from(nothing) | PLAIN_JSON))
            continue
        url = f"https://h{number}.example{draw(st.sampled_from(['/a?b=c', LEAK, '/' + LEAK.partition('?')[2]]))}"
        request = members(draw, url=url, headers=listed(draw), queryString=listed(draw), method=draw(PLAIN_JSON))
        content = members(draw, mimeType=draw(PLAIN_JSON), text=draw(PLAIN_JSON))
        answers = [None, members(draw, headers=listed(draw), redirectURL=draw(PLAIN_JSON), content=content)]
        entries.append(members(draw, request=request, response=draw(st.sampled_from(answers) | PLAIN_JSON)))
    nested = draw(st.booleans()) and {"_x": [{"time": 1}, {"log": {"entries": [{"request": PLAIN["request"]}]}}]}
    entries = [{**one, **(nested or {})} if isinstance(one, dict) else one for one in entries]
    log = members(draw, version="1.2", creator={"name": "x"}, entries=entries)
    text = json.dumps(
        members(draw, log=log),
        indent=draw(st.sampled_from([None, None, 1, "\t"])),
        ensure_ascii=draw(st.booleans()),
        separators=draw(st.sampled_from([None, (",", ":"), (" , ", " :\t")])),
    )
    return text.replace("/", draw(st.sampled_from(["/", r"\/", r"\u002f"])))  # it stands in texts alone


def objects_in(text: str) -> list[dict[str, Any]]:
    """The entries, by a plain JSON parser: whatever else stands among them is none."""
    return [one for one in json.loads(text)["log"]["entries"] if isinstance(one, dict)]


def leaking(text: str) -> list[tuple[str, int]]:
    """The hosts and numbers of the entries whose URL holds the token, by a plain JSON parser."""
    urls: list[tuple[str, int]] = []
    for number, one in enumerate(objects_in(text), 1):
        request = one.get("request")
        url = request.get("url") if isinstance(request, dict) else None
        if isinstance(url, str) and TOKEN in url:
            urls.append((url.split("/")[2], number))
    return urls


@examples(60)
@given(archives(), st.sampled_from([40, 333, 5000, 4 << 20]))
def test_what_a_plain_json_parser_finds_the_audit_finds(text: str, block: int) -> None:
    """In any JSON that a HAR can be, and wherever the blocks that are read end."""
    with mock.patch.object(har_entries, "BLOCK", block):
        result = audit(text)
    found = [(one.finding.host, one.first.entry) for one in result.found.values()]
    assert sorted(set(found)) == sorted(leaking(text))
    assert (result.damage, result.broken, result.is_complete) == ([], [], bool(objects_in(text)))
    assert result.read[0].kind is Kind.HAR
    assert result.read[0].units == len(objects_in(text))


@given(st.binary(max_size=60) | st.text('{}[]",:\\ \n"ab', max_size=60).map(str.encode), st.integers(1, 20))
def test_parts_are_the_whole_text_wherever_it_is_cut(text: bytes, step: int) -> None:
    for largest in (5, 1000):
        cutter = Cutter(largest, ("log", "entries"))
        parts = [part for at in range(0, len(text), step) for part in cutter.feed(text[at : at + step])]
        parts += cutter.close()
        assert b"".join(part.text for part in parts) == text
        assert all(part.line == 1 + text[: text.find(part.text)].count(b"\n") for part in parts[:1])


def test_a_har_is_judged_by_its_urls_and_not_by_its_headers() -> None:
    quiet = entry("https://example.com/a", headers={"Authorization": f"Bearer {TOKEN}", "Cookie": f"sid={OPAQUE}"})
    to = entry("https://example.com/b", answered={"Location": f"https://example.com{LEAK}"})
    result = audit(har(quiet, PLAIN, LEAKING, to))
    assert seen(result) == [("L1", "query", 0, 3), ("L4", "header:Location", 0, 4)]
    assert result.read[0].units == 4


def many(*, spoiled: tuple[str, str]) -> str:
    """Nine entries, of which the last leaks and the second is spoiled."""
    entries = [entry(f"https://h{number}.example/") for number in range(8)]
    return har(*entries, LEAKING).replace(*spoiled)


@pytest.mark.parametrize(
    ("spoiled", "damaged"),
    [
        (('"https://h1.example/"', '"https://h1.example/'), 1),
        (('"https://h1.example/"', '"https://h1.example/",'), 1),
        (('"url": "https://h1.example/"', '"url": "https://h1.example/"}, {'), 1),
        (('"https://h1.example/", "headers": []', '"https://h1.example/", "headers": ['), 1),
        (('"https://h1.example/", "headers": []', '"https://h1.example/", "headers": {'), 1),
        (('"url": "https://h1.example/"', '"url": nothing'), 1),
    ],
)
def test_a_damaged_entry_costs_nothing_but_itself(spoiled: tuple[str, str], damaged: int) -> None:
    """A quotation mark or a bracket that is missing hides none of the entries that follow."""
    result = audit(many(spoiled=spoiled))
    assert seen(result) == [("L1", "query", 0, 9)]
    assert [damage.at.entry for damage in result.damage] == [2] * damaged
    assert result.damage[0].size > 280
    assert result.read[0].units == 9


def test_a_url_in_a_damaged_entry_is_judged_as_in_a_text() -> None:
    result = audit(har(PLAIN, LEAKING).replace('"status": 200', '"status": 2OO'))
    assert [one[0] for one in seen(result)] == ["L1"]
    assert [damage.at.entry for damage in result.damage] == [1, 2]


@pytest.mark.parametrize("cut", [1, 3, 20, 200, 400])
def test_a_har_that_is_cut_off_is_judged_as_far_as_it_goes(cut: int) -> None:
    result = audit(har(LEAKING, PLAIN, PLAIN)[:-cut])
    assert seen(result) == [("L1", "query", 0, 1)]
    assert "ends before its entries do" in str(result.damage[-1])


@pytest.mark.parametrize("content", ['{"log":', '{"log": nonsense}', "{"])
def test_a_har_that_ends_before_it_says_that_it_is_one_is_known_by_its_name(tmp_path: Path, content: str) -> None:
    (tmp_path / "session.har").write_text(content)
    result = audited(places([str(tmp_path / "session.har")]))
    assert [read.kind for read in result.read] == [Kind.HAR]
    assert not result.is_complete


def test_a_capture_of_nothing_is_nothing_to_judge() -> None:
    assert not audit(har()).is_complete
    assert audit(har(PLAIN)).is_complete


def test_members_that_are_missing_are_no_damage() -> None:
    """Tools leave out what they do not know."""
    result = audit(har({"startedDateTime": "x", "request": {"url": f"https://example.com{LEAK}"}}))
    assert (len(seen(result)), result.damage) == (1, [])


PAGES = [{"startedDateTime": "x", "id": f"page_{number}", "title": "https://example.com/a?b=c"} for number in range(9)]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"log": {"pages": PAGES * 200, "entries": [PLAIN, LEAKING]}}),
        json.dumps({"log": {"version": "1.2", "entries": [PLAIN, LEAKING], "pages": PAGES, "comment": ""}}),
        json.dumps({"log": {"creator": {"entries": [1, None, {"a": 1}]}, "version": "1", "entries": [PLAIN, LEAKING]}}),
        json.dumps({"log": {"version": "1", "entries": [PLAIN, LEAKING]}}).replace('"entries"', r'"\u0065ntries"'),
        "\ufeff" + har(PLAIN, LEAKING),
        har(PLAIN, LEAKING) + "\n" + har(PLAIN),
        har(PLAIN, LEAKING).replace(LEAK, LEAK.replace("=", r"\u003d").replace("/", r"\/")),
    ],
    ids=["many pages first", "pages last", "other entries", "escaped name", "BOM", "two archives", "escapes"],
)
def test_the_entries_are_found_wherever_they_are(text: str) -> None:
    result = audit(text)
    assert seen(result) == [("L1", "query", 0, 2)]
    assert result.damage == []


def test_the_second_of_two_archives_in_one_file_is_judged() -> None:
    assert [one[:2] for one in seen(audit(har(PLAIN) + har(LEAKING)))] == [("L1", "query")]


def test_an_entry_that_is_too_large_is_judged_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(har_entries, "MAX_ENTRY", 2000)
    monkeypatch.setattr(har_entries, "BLOCK", 1000)
    large = entry(f"https://large.example{LEAK}", body="x" * 9000)
    result = audit(har(PLAIN, large, entry("https://a.example/", body='"' * 4000), LEAKING))
    assert [(one.finding.host, one.finding.rule) for one in result.found.values()] == [
        ("large.example", "L1"),
        ("example.com", "L1"),
    ]
    assert seen(result)[1][3] == 4


def test_bytes_that_are_no_utf_8_are_no_damage() -> None:
    answer = entry("https://example.com/token", body='{"access_token": "?"}')
    result = audit(har(answer, LEAKING).encode().replace(b"?\\", b"\xff\\"))
    assert (seen(result), result.damage) == ([("L1", "query", 0, 2)], [])


@pytest.mark.parametrize("value", ["1", "1.5", "null", "true", "[]", "{}", '"\\ud800"', "NaN", "1e999", "-0"])
@pytest.mark.parametrize("member", ["method", "status", "redirectURL", "headers", "queryString", "content", "response"])
def test_only_the_url_is_needed(member: str, value: str) -> None:
    """Whatever else an entry says."""
    text = har(LEAKING)
    at = text.index(f'"{member}"')
    colon = text.index(":", at)
    _, end = json.JSONDecoder().raw_decode(text, colon + 2)
    result = audit(f"{text[: colon + 2]}{value}{text[end:]}")
    assert (seen(result), result.damage, result.broken) == ([("L1", "query", 0, 1)], [], [])


@pytest.mark.parametrize("request_", [{"URL": f"https://example.com{LEAK}"}, {"uri": LEAK, "method": "GET"}, [LEAK]])
def test_an_entry_without_the_member_url_is_judged_as_any_json_is(request_: object) -> None:
    """Before, among and after entries that have it; nothing of it is called damaged."""
    for name in ("request", "Request"):
        result = audit(har(PLAIN, {name: request_}, PLAIN))
        assert [one[:2] for one in seen(result)] == [("L1", "query")]
        assert (result.damage, result.read[0].units) == ([], 3)


def test_a_token_in_the_table_of_a_query_alone_is_found() -> None:
    for name, value, rule in (("access_token", TOKEN, "L1"), ("client_secret", OPAQUE + "+/=", "L2")):
        table = [{"name": "a", "value": "b c"}, {"name": name, "value": value}]
        for url in ("https://example.com/x", "https://example.com/x?a=b%20c"):
            one = entry(url)
            one["request"]["queryString"] = table  # type: ignore[index]
            assert [found[:2] for found in seen(audit(har(one)))] == [(rule, "query")]


def test_a_credential_is_recognised_in_urls_after_and_before_it_was_seen() -> None:
    late, shown = (
        entry(f"https://example.com/a?x={OPAQUE}"),
        entry("https://example.com/", headers={"X-API-Key": OPAQUE}),
    )
    assert seen(audit(har(shown, late))) == [("L5", "query", 0, 2)]
    assert seen(audit(har(late, shown, PLAIN))) == [("L5", "query", 0, 1)]
    far = entry("https://example.com/", body="x" * (5 << 20))  # the entry is not at hand any more
    assert seen(audit(har(late, far, shown))) == [("L5", "query", 0, 1)]
    assert seen(audit(har(late, PLAIN))) == []


def test_a_token_response_teaches_what_to_look_for() -> None:
    answer = entry("https://example.com/token", body=json.dumps({"access_token": OPAQUE}))
    assert seen(audit(har(answer, entry(f"https://example.com/a?x={OPAQUE}")))) == [("L5", "query", 0, 2)]
