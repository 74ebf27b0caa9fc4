"""What a program puts into a query by itself: tables of parameters, calls with a name and a value, variables.

Name and value are no URL where they stand. They count where the same text says both that they go into a query, and
what the value is: `requests.get(url, params={"key": "…"})`, `url.searchParams.set("key", "…")`, and a variable that a
URL names and that was set to a text before. A table that may as well be a body, and a variable that somebody else may
have set meanwhile, say nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from conformance.rules.url_tokens.formats import tokens
from conformance.rules.url_tokens.names import Named, named
from conformance.rules.url_tokens.values import Value, classify

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST: Final = 256 << 10
"""The bytes of the largest program that is looked at as a whole."""

_AROUND: Final = 4096  # how far the call may begin before a parameter
_MOST: Final = 500  # parameters and variables of one program that are looked up
_QUOTED: Final = rb"(?:\"([^\"\\\n]{3,4096})\"|'([^'\\\n]{3,4096})'|`([^`\\\n]{3,4096})`)"
_NAME: Final = rb"[A-Za-z_]\w{2,60}"
_LITERAL: Final = re.compile(rb"@?[bru]?" + _QUOTED + rb"[ \t]*(?:[;,)]|\.freeze\b)?[ \t]*(?:(?:#|//)[^\n]*)?\r?\Z")
_BARE: Final = re.compile(rb"([\w.~+/=!:-]{16,4096})(?:[ \t]*(?:[;&#][^\n]*)?)?\r?\Z")

_PAIR: Final = re.compile(
    rb"(?<![\w$.-])([\"']?)([A-Za-z_][\w.\[\]-]{1,60})\1\s{0,20}(?:=>|[:=])(?!=)\s{0,20}"
    rb"(?:" + _QUOTED + rb"|\$?(" + _NAME + rb")(?=\s*(?:[,)}\]]|\Z)))"
)
_TOLD: Final = rb"(?:" + _QUOTED + rb"|(" + _NAME + rb")(?=\s{0,20}[,)]))"
_NAMED: Final = rb"()[\"']([\w.\[\]-]{2,60})[\"']\s{0,20},\s{0,20}" + _TOLD
_CALLS: Final = (
    re.compile(rb"uery_?[pP]aram(?:eter)?[A-Za-z]{0,8}\(\s{0,20}" + _NAMED),
    re.compile(rb"earchParams\.(?:append|set)\(\s{0,20}" + _NAMED),
    re.compile(rb"URLQueryItem\(()name:\s{0,20}\"([\w.\[\]-]{2,60})\",\s{0,20}value:\s{0,20}" + _TOLD),
)
_ASKS: Final = re.compile(rb"(?:[gG]et|[hH]as|[rR]emove)_?[qs]?\Z", re.IGNORECASE)

_MARKS: Final = (b"params", b"Params", b"uery", b"qs", b".get")  # without one of which no table goes into a query
_BRACKET: Final = re.compile(rb"\"(?:[^\"\\\n]++|\\.)*+\"|'(?:[^'\\\n]++|\\.)*+'|[()\[\]{}]")
_TABLE: Final = re.compile(
    rb"(?<![\w$.-])[\"']?(?:(?P<query>qs|search_?[pP]arams|query_?[pP]aram(?:eter)?s|query_?[sS]tring)|params|query)[\"']?"
    rb"\s*(?P<is>=>|[:=])\s*(?:new\s+)?(?:URLSearchParams\(\s*|map\[string\]\w+)?\Z"
)
_ASSIGNED: Final = re.compile(rb"(?<![\w$.-])\$?(\w{1,60})(?:\s*:\s*[\w\[\], ]{1,40})?\s*=\s*(?:array|dict)?\Z")
_SETS: Final = re.compile(rb"[sS]et_?[qQ]uery_?[pP]arams\(\s*(?:new\s*|map\[string\]\w+)?\Z")
_CHAINED: Final = re.compile(rb"\.(?:get|head|post|put|patch|del|delete|options)\([^;]*\)\s*\.query\(\s*\Z")
_JQUERY: Final = re.compile(rb"(?:\$|jQuery)\.get(?:JSON)?\Z")
_ARGUMENT: Final = re.compile(rb"[(,]\s*\Z")
_CALL: Final = re.compile(rb"(?P<of>[\w$\])]*(?:\.|->|::))?(?<![\w$])(?P<name>\$?\w+)(?:<[\w<>\[\], |]*>)?\Z")
_READS: Final = frozenset((b"get", b"head", b"delete", b"del", b"options"))
_VERBS: Final = _READS | {b"post", b"put", b"patch", b"request", b"stream"}
_ALONE: Final = frozenset((b"axios", b"fetch", b"got", b"ky", b"rp", b"request", b"$http", b"$fetch"))
_SESSIONS: Final = frozenset((b"Client", b"AsyncClient", b"Session", b"Request", b"ClientSession"))
_METHOD: Final = re.compile(rb"\bmethod[\"']?\s*[:=]\s*[\"'](\w+)", re.IGNORECASE)

_PARAMETER: Final = re.compile(
    rb"([?&])([A-Za-z_][\w.%\[\]-]{0,60})=(?:"
    rb"\$\{?(?:env:)?(" + _NAME + rb")(?![\w.\[(:])\}?"
    rb"|[#$]?\{(" + _NAME + rb")\}"
    rb"|[\"'`]\s{0,20}[+.]\s{0,20}\$?(" + _NAME + rb")(?![\w.\[(])"
    rb"|(?:%[sv]|\{\})[^\"'\n%{}]*[\"']\s{0,20}(?:,|%\s{0,20}\(?|\.format\()\s{0,20}("
    + _NAME
    + rb")\s{0,20}(?:[,)]|\Z)"
    rb"|%(" + _NAME + rb")%)"
)
_QUERY: Final = re.compile(rb"\?[^\s\"'`]*(?:[\"'`]\s*[+.]\s*[\w.()]+\s*[+.]\s*[\"'`])*[^\s\"'`]*\Z")
_ORIGIN: Final = re.compile(rb"(?:https?|wss?)://[\w.:-]+(?:/[\w./~-]*)?\Z")
_ASSIGNMENT: Final = re.compile(
    rb"^([ \t]*)(?:(?:export|set|const|let|var|val|static|final|public|private|protected|readonly|declare|local|string"
    rb"|String|internal|-[a-z]+|final)[ \t]+){0,6}[\"']?(?:\$env:|[$@]|self\.|this\.)?(" + _NAME + rb")"
    rb"(?:[ \t]*:[ \t]*[\w&'<>\[\].| ]{1,40})?([ \t]*(?::=|=)(?![=~>])[ \t]*)([^\n]*)",
    re.MULTILINE,
)
_BINDS: Final = re.compile(
    rb"\b(?:def|function|func|fn|fun|sub|for|foreach|as|read|lambda|catch|with)\b|=>|->|\)\s*\{\s*\Z"
)
_BODY: Final = re.compile(rb"^[ \t]*(?![ \t]|\r?\n|\)|\Z)", re.MULTILINE)


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
        self._assigned: dict[bytes, list[tuple[int, int, bytes]]] | None = None

    def calls(self) -> Iterator[Joined]:
        """The parameters that calls name which do nothing else: `url.searchParams.set("name", "value")`."""
        for pattern in _CALLS:
            for call in pattern.finditer(self.text):
                if not _ASKS.search(self.text, max(0, call.start() - 8), call.start()):
                    yield from self._pair(call, call.start())

    def line(self, at: int) -> int:
        """The number of the line of a place."""
        return bisect_right(self._lines(), at)

    def joined(self, number: int) -> Iterator[Joined]:
        """The URLs that the program puts together of what the line of this number names."""
        text, starts = self.text, self._lines()
        start = starts[number - 1]
        stop = starts[number] - 1 if number < len(starts) else len(text)
        for found in _PARAMETER.finditer(text, start, stop):
            if found[1] == b"&" and not _QUERY.search(text, max(start, found.start() - 300), found.start()):
                continue  # of a form
            name = next(one for one in found.groups()[2:] if one)
            value = self._value_of(name, found.start(), is_shell=name in (found[3], found[7]))
            if value:
                origin = _ORIGIN.search(text, max(start, found.start() - 200), found.start())
                yield Joined(found.start(), _url(found[2], value, origin[0] if origin else b""))
        for pair in _PAIR.finditer(text, start, stop):
            if self._left > 0 and _may_be(pair) and self._is_parameter(pair.start()):
                yield from self._pair(pair, pair.start())

    def _lines(self) -> list[int]:
        """Where the lines begin."""
        self._starts = self._starts or [0, *(found.end() for found in re.finditer(b"\n", self.text))]
        return self._starts

    def _pair(self, pair: re.Match[bytes], at: int) -> Iterator[Joined]:
        value = pair[3] or pair[4] or pair[5] or self._value_of(pair[6], at)
        if value:
            yield Joined(pair.start(2), _url(pair[2], value, b""))

    # -------------------------------------------------------------- tables

    def _is_parameter(self, at: int) -> bool:
        """Whether what is named here is a member of a table that goes into a query."""
        begin = self.text.rfind(b"\n", 0, max(0, at - _AROUND)) + 1
        begin = begin if at - begin <= 2 * _AROUND else at - _AROUND
        around = self.text[begin : at + _AROUND]
        if not any(mark in around for mark in _MARKS):
            return False
        self._left -= 1
        open_ = self._brackets(begin, at)
        return bool(open_) and self.text[open_[-1]] in b"{[" and self._is_query(open_)

    def _brackets(self, begin: int, at: int) -> list[int]:
        """The brackets that are open at a place, the innermost last."""
        open_: list[int] = []
        for mark in _BRACKET.finditer(self.text, begin, at):
            if mark[0] in (b"(", b"[", b"{"):
                open_.append(mark.start())
            elif len(mark[0]) == 1 and open_:
                open_.pop()
        return open_

    def _is_query(self, open_: list[int]) -> bool:
        """Whether the table whose bracket is open last goes into a query."""
        text, at = self.text, open_[-1]
        before = text[max(0, at - 300) : at]
        if table := _TABLE.search(before):
            if table["query"]:
                return True
            outer = open_[:-2] if before.endswith(b"(") else open_[:-1]
            if table["is"] != b"=" or (outer and text[outer[-1]] in b"("):
                return self._is_asked(outer, at, is_keyword=table["is"] == b"=")
        if _SETS.search(before) or _CHAINED.search(before):
            return True
        if len(open_) > 1 and _JQUERY.search(text, max(0, open_[-2] - 20), open_[-2]):
            return text[open_[-2]] in b"("
        assigned = _ASSIGNED.search(before)
        return assigned is not None and self._is_used(assigned[1], at)

    def _is_asked(self, open_: list[int], at: int, *, is_keyword: bool) -> bool:
        """Whether these brackets are those of a call that sends a request, whose query `params` or `query` is."""
        is_inside = bool(open_) and self.text[open_[-1]] in b"{["
        if is_inside and not _ARGUMENT.search(self.text, max(0, open_[-1] - 100), open_[-1]):
            return False  # of another table, such as json={…}
        outer = open_[-2] if is_inside and len(open_) > 1 else open_[-1] if open_ else -1
        if outer < 0 or self.text[outer] not in b"(":
            return False
        call = _CALL.search(self.text, max(0, outer - 100), outer)
        if call is None:
            return False
        of, name = (call["of"] or b"").lower(), call["name"]
        method = _METHOD.search(self.text, outer, at)
        if method is not None and method[1].lower() not in _VERBS:
            return False  # of a remote procedure, whose params are a body
        if name in _SESSIONS or (name == b"create" and of in (b"axios.", b"got.", b"ky.")):
            return True
        if name not in _VERBS or not of:
            return name in _ALONE
        if name in _READS:
            return True
        return is_inside or (is_keyword and not of.endswith((b"app.", b"app->")))  # WebTest makes a body of them

    def _is_used(self, name: bytes, at: int) -> bool:
        """Whether a table of this name goes into a query soon."""
        uses = re.compile(
            rb"(?<![\w$.-])[\"']?(?P<as>params|query|qs|searchParams|query_string)[\"']?\s*(?P<is>=>|[:=])\s*\$?%b\b(?!\s*[.(\[=])"
            rb"|(?<=[{,])\s*(?P<short>%b)\s*(?=[},])" % (re.escape(name), re.escape(name))
        )
        for use in uses.finditer(self.text, at, at + _AROUND):
            if use["short"] and name not in (b"params", b"query", b"qs", b"searchParams"):
                continue
            if use["as"] in (b"qs", b"searchParams", b"query_string") or use["short"] in (b"qs", b"searchParams"):
                return True
            open_ = self._brackets(at, use.start())
            if self._is_asked(open_, use.start(), is_keyword=use["is"] == b"="):
                return True
        return False

    # ----------------------------------------------------------- variables

    def _value_of(self, name: bytes, at: int, *, is_shell: bool = False) -> bytes:
        """The text that a variable was set to last, and that is certainly still in it; empty if there is none."""
        if self._left <= 0:
            return b""
        self._left -= 1
        assigned = self._assignments().get(name, ())
        number = bisect_left(assigned, (at,)) - 1
        if number < 0:
            return b""
        end, indent, told = assigned[number]
        if found := _LITERAL.fullmatch(told):
            value = found[1] or found[2] or found[3]
        elif is_shell and (bare := _BARE.fullmatch(told)) and (classify(bare[1]) is Value.RANDOM or tokens(bare[1])):
            value = bare[1]
        else:
            return b""
        return value if self._is_still(name, end, at, indent) and not re.search(rb"[$`]|\{\w", value) else b""

    def _assignments(self) -> dict[bytes, list[tuple[int, int, bytes]]]:
        """For each variable where it is set, how far the line is indented, and to what."""
        if self._assigned is None:
            self._assigned = {}
            for one in _ASSIGNMENT.finditer(self.text):
                self._assigned.setdefault(one[2], []).append((one.start(), len(one[1]), one[4]))
        return self._assigned

    def _is_still(self, name: bytes, begin: int, end: int, indent: int) -> bool:
        """Whether nothing between two places sets a variable anew, and the block does not end in which it was set."""
        begin = self.text.find(b"\n", begin, end) + 1
        if not begin:
            return True  # TOKEN=…; curl "…$TOKEN"
        if indent and any(line.end() - line.start() < indent for line in _BODY.finditer(self.text, begin, end)):
            return False
        at = self.text.find(name, begin, end)
        while at >= 0:
            start = self.text.rfind(b"\n", 0, at) + 1
            stop = self.text.find(b"\n", at)
            line = self.text[start : stop if stop >= 0 else None]
            if start < self.text.rfind(b"\n", 0, end) and _BINDS.search(line):
                return False
            at = self.text.find(name, at + len(name), end)
        return True


def _may_be(pair: re.Match[bytes]) -> bool:
    """Whether a name or its value, as it is written, may be that of a credential."""
    value = pair[3] or pair[4] or pair[5] or b""
    return named(pair[2]) not in (Named.OTHER, Named.PUBLIC) or bool(tokens(value))


def _url(name: bytes, value: bytes, origin: bytes) -> bytes:
    return b"%b?%b=%b" % (origin, name, quote(value, safe="").encode())
