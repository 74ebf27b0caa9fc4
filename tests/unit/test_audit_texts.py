"""Texts: whatever is not binary has URLs in its lines, whatever it looks like."""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Callable
from unittest import mock
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from conformance.traffic.audit.formats import Kind, kind_of
from conformance.traffic.audit.readers import commands, json_texts, lines, observed, urls
from conformance.traffic.audit.readers.columns import urls_of_columns
from tests.examples import examples
from tests.traced import cpu_seconds
from tests.unit.audit_content import LEAK, LINES, TOKEN, audit, seen

BEGINNINGS = (
    b"", b"{", b"[", b"<", b"{}\n", b'{"a": 1}\n', b'{"a": 1} ', b'{"a": {\n', b"[1, 2]\n", b'[{"a": "b"}]\n',
    b"<html>\n",
    b"[Fri Nov 20 10:00:01 2026] [error] ", b"<34>1 2026-11-20T10:00:01Z gw - - ", b"GET https://a.example/ HTTP/1.1\n",
    b"### a\nGET https://a.example/\nAccept: */*\n\n", b"#Fields: date cs-uri-stem cs-uri-query\n2026 /a -\n",
    b'"EVENT_TYPE","URI"\n"API","/a"\n', b"time,url\n1,/a\n", b"openapi: 3.1.0\n",
    b"type: collection.insomnia.rest/5.0\n",
    b'{"openapi": "3.1.0", "paths": {', b'{"log": {"version": "1.2", "entries": [', b'{"log": {"version": "1.2"}}\n',
    b'{"info": {}, "item": [', b"\xef\xbb\xbf", b"\xef\xbb\xbf{", b"\x1b[31m", b"a: \"b\n", b"\\", b"'", b"12:3:",
    b"%PDX",
    LINES["combined"].encode() + b"\n", LINES["squid"].encode() + b"\n",
)  # fmt: skip
FILLER = st.binary(max_size=40) | st.text("{}[]\",:\\ \n<>&;='/-ab\t", max_size=40).map(str.encode)
LONG = (
    b"job finished, 0 errors\n" * 3000, b"[x] <y> {z}\n" * 6000, b'{"a": [1, "b"]}\n' * 5000, b"a,b;c\t\n" * 9000,
    b'{"time": 1} done\n' * 4500, b"<p>a</p>\n" * 8000, b"x" * 70_000, b"- \r\n" * 17_000,
)  # fmt: skip
SPELLINGS = (
    lambda url: url,
    lambda url: json.dumps(url),
    lambda url: json.dumps(json.dumps({"url": url})),
    lambda url: json.dumps(url).replace("/", r"\/").replace("&", r"\u0026").replace("=", r"\u003d"),
    lambda url: html.escape(html.escape(url)),
    lambda url: "".join(f"&#{ord(one)};" if one in "&=!?:/" else one for one in url),
    lambda url: "".join(f"&#x{ord(one):x};" if one in "&=!_" else one for one in url),
    lambda url: re.sub(r"[?=&!]", r"\\\g<0>", url),
    lambda url: "".join(f"\\u{ord(one):04x}" for one in url),
    lambda url: url.replace("!", "%21").replace("access", "%61ccess"),
    lambda url: "https://b.example/go?to=" + quote(url, safe=""),
)
URLS = (
    f"https://leak.example{LEAK}&a=b", f"https://leak.example/x?a=b&access_token={TOKEN}",
    f"/x?a=b&access_token={TOKEN}",
    f"leak.example/x?access_token={TOKEN}", f"myapp://callback#access_token={TOKEN}&state=1",
)  # fmt: skip


def test_every_beginning_is_no_leak_by_itself() -> None:
    assert [one for one in BEGINNINGS if audit(one + b" /a?b=c\n").found] == []


@examples(100)
@given(
    st.sampled_from(BEGINNINGS), st.lists(FILLER, max_size=3), st.sampled_from(URLS), st.sampled_from(SPELLINGS),
    st.sampled_from([b" ", b"\n", b'"', b"'", b"<a href='", b"\t", b"\r\n", b"(", b"url="]), FILLER,
    st.sampled_from([64, 256 << 10]), st.none() | st.sampled_from(LONG),
)  # fmt: skip
def test_what_a_plain_scan_of_decoded_lines_finds_the_audit_finds(
    begin: bytes, fill: list[bytes], url: str, spell: Callable[[str], str], before: bytes, after: bytes, block: int,
    long: bytes | None,
) -> None:  # fmt: skip
    """In any bytes that are not binary: the URL is found wherever it stands, and however it is written.

    Also where it is the first one, behind more bytes than are looked at to tell what kind of file this is.
    """
    if long is not None:
        block = 256 << 10
        fill = [*fill, long]
    content = begin + b"\n".join(fill) + before + spell(url).encode() + b" \n" + after
    assume(kind_of(content) is not None and not content.startswith((b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff")))
    with mock.patch.object(lines, "BLOCK", block), mock.patch.object(json_texts, "BLOCK", block):
        result = audit(content)
    assert result.broken == []
    assert {one.finding.rule for one in result.found.values()} & {"L1", "L7", "L8"}


WORD = re.compile(rb"(?:[^\s\"'<>`|^]|(?<==)<[A-Za-z* _-]{1,20}>)+")
PARTS = ("a", "=", "<", ">", "<ab c>", "/", "?", "%2f", "%3a", ":", "https://e.com/a", "&", "|", "\\", ";", " ")


@examples(1_000)
@given(st.lists(st.sampled_from(PARTS), max_size=14).map(lambda parts: "".join(parts).encode()))
def test_urls_are_those_of_all_words(text: bytes) -> None:
    """Words that hold none are passed over, and none is cut."""
    found = urls.urls_in(text)
    with mock.patch.object(urls, "_WORD", WORD):
        assert found == urls.urls_in(text)


@given(
    st.lists(st.sampled_from(["a", " ", "\\", "\n", "\\\n", " ^\r\n"]), max_size=30).map("".join), st.integers(0, 30)
)
def test_the_lines_of_a_short_command_are_those_around_each_of_its_lines(text: str, place: int) -> None:
    whole = text.encode()
    start = whole.rfind(b"\n", 0, place) + 1
    end = whole.find(b"\n", start) + 1 or len(whole)
    begin, last = commands.begin_of_command(whole, start), commands.end_of_command(whole, end)
    assert commands.lines_of_command(whole, start) == (begin, last)


def test_words_without_urls_are_passed_over_at_once() -> None:
    """A mask ends where another word could begin."""
    for part in (b"=<a>", b"a=<b c>", b"<a>", b"=<a", b"a", b"/", b"/a=<b>"):
        assert len(urls.urls_in(part * 100_000)) <= 1


@given(st.text(" \t/ab=&0", max_size=8), st.sampled_from(" \t"), st.sampled_from(["/a", "a", "/"]))
def test_what_is_in_columns_is_found_behind_any_column(noise: str, mark: str, stem: str) -> None:
    line = mark.join(("", "GET", "cdn.example.com", stem, "200", "-", "agent", f"a=b{noise}")).encode()
    found = list(urls_of_columns(line))
    query = f"a=b{noise}".split()[0].encode()
    assert found == ([stem.encode() + b"?" + query] if stem.startswith("/") else [])


def test_a_page_of_tags_and_empty_lines_is_told_apart_at_once() -> None:
    """Each of its lines could begin an .http file. Tried in every way, forty of them would take years."""
    for line in (b"<p>a</p>\n\n", b"# a\n\n \n", b"\n", b"  \n\t\n", b"@a\r\n\r\n", b"//\n\n"):
        assert kind_of(line * 9000 + b"end") is Kind.LOG
        assert kind_of(line * 90 + b"GET https://a.example/ HTTP/1.1\n") is Kind.HTTP


def test_comments_before_a_text_are_told_apart_at_once() -> None:
    """As in a style sheet. Each might go on to the end of a later one; tried in every way, thirty would take years."""
    for comment in (b"/* a */\n", b"/**/ ", b"// a\n", b"\n \n", b"/* a */ // b\n"):
        assert kind_of(comment * 400 + b"p { color: red; }\n") is Kind.LOG
        assert kind_of(comment * 40 + b"({ go: 1 })\n") is Kind.METADATA


def test_a_long_word_behind_a_bracket_is_looked_at_once() -> None:
    """Looked at again from each of its letters, a million of them would take a quarter of an hour."""
    word = b"A" * 1_000_000
    assert audit(b'{"time": ' + word).found == {}
    assert seen(audit(b'{"time": ' + word + b"\nGET " + LEAK.encode() + b" \n"))[0][0] == "L1"


def test_of_an_object_over_many_lines_only_those_that_may_hold_something_are_searched_for_urls() -> None:
    """Most lines of a large model or schema hold none, and one word of it is enough to look at it."""
    plain = "".join(f'  "d{one}": "see https://example.com/{one}?page={one} for more",\n' for one in range(2000))
    text = f'{{\n{plain}  "x": "https://a.example{LEAK}",\n{plain}  "end": 1\n}}'
    with mock.patch.object(observed, "urls_in", wraps=observed.urls_in) as search:
        result = audit(text)
    assert [(one.finding.rule, one.first.line) for one in result.found.values()] == [("L1", 2002)]
    assert max(len(call.args[0]) for call in search.call_args_list) < 500


def test_commands_in_a_text_of_json_are_read() -> None:
    """What describes an API shows how it is called."""
    guide = f"Try:\n\n```\ncurl -G https://a.example/x -d access_token={TOKEN}\n```\n"
    assert [one[:2] for one in seen(audit(json.dumps({"a": 1, "description": guide}, indent=1)))] == [("L1", "query")]
    assert seen(audit(json.dumps({"description": guide.replace(" -G", "")}))) == []


def test_a_mark_behind_a_placeholder_makes_no_value_of_it() -> None:
    assert seen(audit("see /x?access_token={token}: a\npaths:\n  /x?access_token={token}:\n    a: b\n")) == []


@pytest.mark.parametrize("part", ["a, ", 'a, "b c" ; ', "a\t b", "one | two ", "scenarios:\n"])
def test_what_may_be_a_table_or_a_plan_up_to_its_very_end_takes_no_time(part: str) -> None:
    began = time.process_time()
    assert kind_of(f"{part * 20_000}: {{\n".encode()[-60_000:].lstrip()) is Kind.LOG
    assert time.process_time() - began < cpu_seconds(2)
