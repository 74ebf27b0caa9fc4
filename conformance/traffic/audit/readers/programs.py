"""What a program puts into a query by itself: tables of parameters, calls with a name and a value, variables.

Name and value are no URL where they stand. They count where the same text says both that they go into a query, and
what the value is: `requests.get(url, params={"key": "…"})`, `url.searchParams.set("key", "…")`, and a variable that a
URL names and that was set to a text before.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from conformance.rules.url_tokens.formats import tokens
from conformance.rules.url_tokens.names import Named, named
from conformance.traffic.audit.readers.program_tables import Tables
from conformance.traffic.audit.readers.program_variables import NAME, QUOTED, Variables

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST: Final = 256 << 10
"""The bytes of the largest program that is looked at as a whole."""

_MOST: Final = 500  # parameters and variables of one program that are looked up

_PAIR: Final = re.compile(
    rb"(?<![\w$.-])([\"']?)([A-Za-z_][\w.\[\]-]{1,60})\1\s{0,20}(?:=>|[:=])(?!=)\s{0,20}"
    rb"(?:" + QUOTED + rb"|\$?(" + NAME + rb")(?=\s*(?:[,)}\]]|\Z)))"
)
_TOLD: Final = rb"(?:" + QUOTED + rb"|(" + NAME + rb")(?=\s{0,20}[,)]))"
_NAMED: Final = rb"()[\"']([\w.\[\]-]{2,60})[\"']\s{0,20},\s{0,20}" + _TOLD
_IN_BRACKETS: Final = re.compile(rb"[({\[]\s{0,20}" + _NAMED + rb"\s{0,20}[)}\]]")
_BY_ARROW: Final = re.compile(rb"()\"([\w.-]{2,60})\"\s{0,20}->\s{0,20}" + _TOLD)
_CALLS: Final = {
    b"uery": re.compile(rb"uery_?(?:[pP]aram(?:eter)?|Item)[A-Za-z]{0,8}\(\s{0,20}" + _NAMED),
    b"earchParams.": re.compile(rb"earchParams\.(?:append|set)\(\s{0,20}" + _NAMED),
    b"query_pairs_mut": re.compile(
        rb"query_pairs_mut\(\)\s{0,20}(?:\.\w{1,20}\([^;()]{0,200}\)\s{0,20}){0,8}\.append_pair\(\s{0,20}" + _NAMED
    ),
    b".AddQueryString(": re.compile(rb"\.AddQueryString\([^;{}\n]{1,300}?,\s{0,20}" + _NAMED),
    b"URIBuilder(": re.compile(rb"URIBuilder\([^;]{0,500}?\.(?:add|set)Parameter\(\s{0,20}" + _NAMED),
    b"parameters.": re.compile(rb"\burl\s{0,20}(?:\.|\{\s{0,40})parameters\.(?:append|set)\(\s{0,20}" + _NAMED),
    b"HttpParams(": re.compile(
        rb"HttpParams\(\)\s{0,20}(?:\.\w{1,20}\([^;()]{0,200}\)\s{0,20}){0,8}\.(?:set|append)\(\s{0,20}" + _NAMED
    ),
    b"add_query_arg(": re.compile(rb"\badd_query_arg\(\s{0,20}" + _NAMED),
    b".query(": re.compile(rb"::get\([^;]{0,300}?\)\s{0,40}\.query\(\s{0,20}" + _NAMED),
    b"URLQueryItem(": re.compile(
        rb"URLQueryItem\(()name:\s{0,20}\"([\w.\[\]-]{2,60})\",\s{0,20}value:\s{0,20}" + _TOLD
    ),
    b" param ": re.compile(
        rb"(?m)^[ \t]*(?:Given|When|Then|And|But|\*)[ \t]+param[ \t]+()([\w.-]{2,60})[ \t]*=[ \t]*" + QUOTED + rb"()"
    ),
}
"""Calls that fill a query, and a part of their text without which there are none."""
_ASKS: Final = re.compile(rb"(?:[gG]et|[hH]as|[rR]emove)_?[qs]?\Z", re.IGNORECASE)
_MEMBER: Final = re.compile(
    rb"(?<![\w$.])(\w{1,60})(?:\.(?:Set|Add|set|append)\(\s{0,20}|\[)()[\"']([\w.-]{2,60})[\"'](?:,|\]\s{0,20}=)\s{0,20}"
    + QUOTED
)
"""Of a `url.Values` of Go, a `URLSearchParams`, or of what `ParseQueryString` gives in C#."""
_INTO_QUERY: Final = (
    rb"(?:RawQuery\s*=\s*|\?(?:%s)?\"\s*[+,]\s*)NAME\.Encode\(\)|\bQuery\s*=\s*NAME\.ToString\(\)"
    rb"|\?[\"'`]\s*\+\s*NAME\b|\?[#$]?\{NAME\b"
)
_SOON: Final = 4096  # how far behind what is put into a variable that becomes a query


class Joined(NamedTuple):
    """A URL that is put together, and where its value or the variable stands."""

    at: int
    url: bytes


class Program:
    """A text that may be a program.

    Args:
        text: the whole of it.
    """

    def __init__(self, text: bytes) -> None:
        self.text = text
        self._left = _MOST
        self._starts: list[int] = []
        self._variables = Variables(text, _MOST)
        self._tables = Tables(text)

    def told(self) -> Iterator[Joined]:
        """What the program says in one place: calls such as `url.searchParams.set("name", "value")`, and variables."""
        for one in self._variables.in_urls():
            yield Joined(one.at, _url(one.parameter, one.value, one.origin))
        for mark, pattern in _CALLS.items():
            for call in pattern.finditer(self.text) if mark in self.text else ():
                if not _ASKS.search(self.text, max(0, call.start() - 8), call.start()):
                    yield from self._pair(call, call.start())
        yield from self._of_owners()
        for pattern in (_IN_BRACKETS, _BY_ARROW):  # which the search for lines does not know
            for pair in pattern.finditer(self.text):
                if self._is_looked_at(pair) and self._tables.is_parameter(
                    pair.start(2), of_pair=pattern is _IN_BRACKETS
                ):
                    yield from self._pair(pair, pair.start())

    def secrets(self) -> Iterator[Joined]:
        """The URLs that a workflow fills with what it calls a secret."""
        yield from map(Joined._make, self._variables.secrets() if b"secrets." in self.text else ())

    def line(self, at: int) -> int:
        """The number of the line of a place."""
        return bisect_right(self._lines(), at)

    def joined(self, number: int) -> Iterator[Joined]:
        """The URLs that the program puts together of what the line of this number names."""
        text, starts = self.text, self._lines()
        stop = starts[number] - 1 if number < len(starts) else len(text)
        for pair in _PAIR.finditer(text, starts[number - 1], stop):
            if self._is_looked_at(pair) and self._tables.is_parameter(pair.start()):
                yield from self._pair(pair, pair.start())

    def _lines(self) -> list[int]:
        """Where the lines begin."""
        self._starts = self._starts or [0, *(found.end() for found in re.finditer(b"\n", self.text))]
        return self._starts

    def _is_looked_at(self, pair: re.Match[bytes]) -> bool:
        if self._left <= 0 or not _may_be(pair) or not self._tables.may_be_parameter(pair.start()):
            return False
        self._left -= 1
        return True

    def _pair(self, pair: re.Match[bytes], at: int) -> Iterator[Joined]:
        value = pair[3] or pair[4] or pair[5] or self._variables.value(pair[6], at)
        if value:
            yield Joined(pair.start(2), _url(pair[2], value, b""))

    def _of_owners(self) -> Iterator[Joined]:
        """What is put into a variable that becomes a query as a whole: `q.Set("name", "value")`."""
        if not any(mark in self.text for mark in (b".Encode()", b"ParseQueryString(", b"URLSearchParams(")):
            return
        for found in _MEMBER.finditer(self.text):
            if self._left <= 0 or not _may_be_named(found[3], found[4] or found[5] or found[6]):
                continue
            self._left -= 1
            use = _INTO_QUERY.replace(b"NAME", re.escape(found[1]))
            if re.search(use, self.text[found.end() : found.end() + _SOON]):
                yield Joined(found.start(3), _url(found[3], found[4] or found[5] or found[6], b""))


def _may_be(pair: re.Match[bytes]) -> bool:
    """Whether a name or its value, as it is written, may be that of a credential."""
    return _may_be_named(pair[2], pair[3] or pair[4] or pair[5] or b"")


def _may_be_named(name: bytes, value: bytes) -> bool:
    return named(name) not in (Named.OTHER, Named.PUBLIC) or bool(tokens(value))


def _url(name: bytes, value: bytes, origin: bytes) -> bytes:
    return b"%b?%b=%b" % (origin, name, quote(value, safe="").encode())
