"""What a program puts into a query by itself: tables of parameters, calls with a name and a value, variables.

Name and value are no URL where they stand. They count where the same text says both that they go into a query, and
what the value is: `requests.get(url, params={"key": "…"})`, `url.searchParams.set("key", "…")`, and a variable that a
URL names and that was set to a text before.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from conformance.rules.url_tokens.formats import tokens
from conformance.rules.url_tokens.names import Named, named
from conformance.traffic.audit.readers.built_queries import NO_CREDENTIAL, Built, built_queries
from conformance.traffic.audit.readers.program_tables import Tables
from conformance.traffic.audit.readers.program_variables import NAME, QUOTED, Variables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.traffic.audit.readers.program_variables import Named as InUrl

LARGEST: Final = 256 << 10
"""The bytes of the largest program that is looked at as a whole."""

_MOST: Final = 500  # parameters and variables of one program that are looked up

_PAIR: Final = re.compile(
    rb"(?<![\w$.-])([\"']?)([A-Za-z_][\w.\[\]-]{1,60})\1\s{0,20}(?:=>|[:=])(?!=)\s{0,20}"
    rb"(?:" + QUOTED + rb"|\$?(" + NAME + rb")(?=\s*(?:[,)}\]]|\Z)))"
)
_EXPRESSION: Final = (
    rb"(?!(?i:true|false|null|none|nil|undefined|str|string|any|optional|union|annotated|joi|yup|z|t|type|fields)\b)"
    rb"[&*$@:({\[]{0,3}[A-Za-z_][^,;\n]{0,100}?"
)
_GIVEN: Final = re.compile(
    rb"(?<![\w$.>-])(?:\[?(?P<mark>[\"'])|:)?(?P<name>[A-Za-z_][\w.\[\]-]{1,60})(?(mark)(?P=mark)(?P<index>\]?))"
    rb"(?:\s{0,20}(?:=>|->|[:=]|(?(mark)(?P<comma>,)|(?!)))(?![:=])|(?<=[\w-])[ \t](?=\())\s{0,20}"
    rb"(?P<by>" + _EXPRESSION + rb")(?=\s{0,20}(?:[,)}\];\n]|\Z))"
)
"""A parameter that an expression fills."""
_TOLD: Final = rb"(?:" + QUOTED + rb"|(" + _EXPRESSION + rb")(?=\s{0,20}[,);\n]))"
_VALUE: Final = rb"(?:" + QUOTED + rb"|(" + _EXPRESSION + rb")(?=\s{0,20}(?:[,)};\]\n]|\Z)))"
_NAMED: Final = rb"()[\"']([\w.\[\]-]{2,60})[\"']\s{0,20},\s{0,20}" + _TOLD
_IN_BRACKETS: Final = re.compile(rb"[({\[]\s{0,20}" + _NAMED + rb"\s{0,20}[)}\]]")
_BY_ARROW: Final = re.compile(rb"()\"([\w.-]{2,60})\"\s{0,20}->\s{0,20}" + _TOLD)
_CALLS: Final = {
    b"uery": re.compile(rb"uery_?(?:[pP]aram(?:eter)?|Item|StringParameter)[A-Za-z]{0,8}\(\s{0,20}" + _NAMED),
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
    b"queryItemWithName:": re.compile(rb"queryItemWithName:@()\"([\w.-]{2,60})\"\s{1,20}value:@?" + _VALUE),
    b"@Query(": re.compile(rb"@Query\((?:value\s?=\s?)?()\"([\w.-]{2,60})\"[^)\n]{0,40}\)\s{1,20}" + _VALUE),
    b".params[": re.compile(rb"\breq(?:uest)?\.params\[()[\"']([\w.-]{2,60})[\"']\]\s{0,20}=\s{0,20}" + _VALUE),
    b"parameter(": re.compile(rb"(?m)^[ \t]*parameter\(\s{0,20}" + _NAMED),
    b"add_query_param": re.compile(rb"add_query_param'?\s[^;\n]{0,80}?\(\s{0,20}" + _NAMED),
    b"Builder.string": re.compile(rb"Url\.Builder\.string\s{1,20}()\"([\w.-]{2,60})\"\s{1,20}" + _VALUE),
    b" param ": re.compile(
        rb"(?m)^[ \t]*(?:Given|When|Then|And|But|\*)[ \t]+param[ \t]+()([\w.-]{2,60})[ \t]*=[ \t]*" + _VALUE
    ),
}
"""Calls that fill a query, and a part of their text without which there are none."""
_ASKS: Final = re.compile(rb"(?:[gG]et|[hH]as|[rR]emove)_?[qs]?\Z", re.IGNORECASE)
_MEMBER: Final = re.compile(
    rb"(?<![\w.])\$?(\w{1,60})(?:\.(?:Set|Add|set|append)\(\s{0,20}|\[)()[\"']([\w.-]{2,60})[\"'](?:,|\]\s{0,20}=)\s{0,20}"
    + _VALUE
)
"""Of a `url.Values` of Go, a `URLSearchParams`, or of what `ParseQueryString` gives in C#."""
_INTO_QUERY: Final = (
    rb"(?:RawQuery\s*=\s*|\?(?:%s)?\"\s*[+,]\s*)NAME\.Encode\(\)|\bQuery\s*=\s*NAME\.ToString\(\)"
    rb"|\bQuery\s*=\s*\$NAME\.ToString\(\)|\?[\"'`]\s*\+\s*NAME\b|\?[#$]?\{NAME\b"
    rb"|(?:\b[qQ]uery\s*=\s*|\?[\"'`]\s*[+.]\s*)[\w.:]{0,40}(?:encode|stringify|build_query)\w{0,20}\(\s*\$?NAME\b"
)
_BECOMES: Final = (b".Encode()", b"ParseQueryString(", b"URLSearchParams(", b"params", b"query", b"encode")
_SOON: Final = 4096  # how far behind what is put into a variable that becomes a query


type _Part = tuple[int, bytes, bytes, bytes]
"""Where a parameter stands, its name, its value, or the expression that gives it."""


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
        for one in self._in_urls:
            yield Joined(one.at, _url(one.parameter, one.value, one.origin))
        for at, name, quoted, expression in self._into_queries:
            if value := quoted or self._variables.value(expression, at):
                yield Joined(at, _url(name, value, b""))

    def built(self) -> Iterator[Built]:
        """The parameters that the program fills with a credential which the file does not show; each once."""
        shown = {(self.line(one.at), one.parameter.decode()) for one in self._in_urls}
        found = {one.at: one for one in built_queries(self.text) if (self.line(one.at), one.name) not in shown}
        for at, name, quoted, expression in self._into_queries:
            if not quoted and self._is_filled(name, expression, at):
                found.setdefault(at, Built(at, name.decode(), ""))
        for pair in _GIVEN.finditer(self.text):
            if not self._is_filled(pair["name"], pair["by"], pair.start()):
                continue
            at = pair.start("name")
            open_ = pair.start() if pair["index"] else at  # the brackets of `["name"] = …` hold no table
            if self._tables.may_be_parameter(at) and self._tables.is_parameter(open_, of_pair=bool(pair["comma"])):
                found.setdefault(at, Built(at, pair["name"].decode(), ""))
        yield from found.values()

    def _is_filled(self, name: bytes, expression: bytes, at: int) -> bool:
        """Whether a parameter is that of a credential, and what fills it is not in the file."""
        if named(name) is not Named.CREDENTIAL or NO_CREDENTIAL.search(expression):
            return False
        return not self._variables.value(expression, at)

    @cached_property
    def _in_urls(self) -> list[InUrl]:
        """The parameters of URLs that variables fill whose text is known."""
        return list(self._variables.in_urls())

    @cached_property
    def _into_queries(self) -> list[_Part]:
        """What goes into a query one by one."""
        return list(self._parts())

    def _parts(self) -> Iterator[_Part]:
        for mark, pattern in _CALLS.items():
            for call in pattern.finditer(self.text) if mark in self.text else ():
                if not _ASKS.search(self.text, max(0, call.start() - 8), call.start()):
                    yield call.start(2), call[2], call[3] or call[4] or call[5] or b"", call[6] or b""
        yield from self._of_owners()
        for pattern in (_IN_BRACKETS, _BY_ARROW):  # which the search for lines does not know
            for pair in pattern.finditer(self.text):
                if self._is_looked_at(pair) and self._tables.is_parameter(
                    pair.start(2), of_pair=pattern is _IN_BRACKETS
                ):
                    yield pair.start(2), pair[2], pair[3] or pair[4] or pair[5] or b"", pair[6] or b""

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

    def _of_owners(self) -> Iterator[_Part]:
        """What is put into a variable that becomes a query as a whole: `q.Set("name", "value")`."""
        if not any(mark in self.text for mark in _BECOMES):
            return
        for found in _MEMBER.finditer(self.text):
            value = found[4] or found[5] or found[6] or b""
            if self._left <= 0 or not _may_be_named(found[3], value):
                continue
            self._left -= 1
            use = _INTO_QUERY.replace(b"NAME", re.escape(found[1]))
            if re.search(use, self.text[found.end() : found.end() + _SOON]) or self._tables.is_used(
                found[1], found.end()
            ):
                yield found.start(3), found[3], value, found[7] or b""


def _may_be(pair: re.Match[bytes]) -> bool:
    """Whether a name or its value, as it is written, may be that of a credential."""
    return _may_be_named(pair[2], pair[3] or pair[4] or pair[5] or b"")


def _may_be_named(name: bytes, value: bytes) -> bool:
    return named(name) not in (Named.OTHER, Named.PUBLIC) or bool(tokens(value))


def _url(name: bytes, value: bytes, origin: bytes) -> bytes:
    return b"%b?%b=%b" % (origin, name, quote(value, safe="").encode())
