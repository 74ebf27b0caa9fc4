"""Tables of a program that go into a query: `get(url, params={…})`, `"…?" + urlencode({…})`.

A table that may as well be a body says nothing.
"""

from __future__ import annotations

import re
from typing import Final

_AROUND: Final = 4096  # how far the call may begin before a parameter
_MARKS: Final = (b"aram", b"uery", b"qs", b".get", b"?", b"Uri.http", b"search")  # no table goes into a query without
_BRACKET: Final = re.compile(rb"\"(?:[^\"\\\n]++|\\.)*+\"|'(?:[^'\\\n]++|\\.)*+'|[()\[\]{}]")
_MADE: Final = rb"(?:new\s+)?(?:&|%|map\[string\]\w+|Map|Dict|dict|list|c|hash|array|\{)?"  # stands before its bracket
_IS_TABLE: Final = re.compile(rb"(?<![\w$.>-])(?:Map|Dict|dict|list|c|array)\s*\Z")
_TABLE: Final = re.compile(
    rb"(?<![\w$.-])[\"']?(?:(?P<query>qs|search_?[pP]arams|query_?[pP]aram(?:eter)?s|query_?[sS]tring)|params|query)[\"']?"
    rb"\s*(?P<is>=>|[:=])\s*(?:(?:new\s+)?URLSearchParams\(\s*)?" + _MADE + rb"\Z"
)
_ASSIGNED: Final = re.compile(rb"(?<![\w$.-])\$?(\w{1,60})(?:\s*:\s*[\w\[\], ]{1,40})?\s*=\s*" + _MADE + rb"\Z")
_OWNED: Final = re.compile(rb"(?<![\w$.-])(?:self\.)?(\w{1,60})\.params(?:\.update\(|\s*=)\s*\Z")
_FILLS: Final = re.compile(
    rb"(?:[sS]et_?[qQ]uery_?[pP]arams|\bquery_form(?:_hash)?|\badd_query_arg|\bsetRequestQueryString|\baddQueryStringParameters|\bUri\.Query|:query-params|\breq_url_query|\bwithQueryParameters"
    rb"|\bUri\.https?\([^(){};\n]{1,300},|\bcpr::Parameters"
    rb"|\bwithQuery\(\s*Query|\bQUrlQuery\s+\w{1,60}|\bAddQueryString\([^(){};\n]{1,300},[^(){};\n]{0,80})\s*\(?\s*"
    + _MADE
    + rb"\Z"
)
_ENCODER: Final = (
    rb"(?:url\.Values|(?:new\s+)?(?:[\w$]+(?:\.|::))*"
    rb"(?:http_build_query|urlencode|encode_query|encode_www_form|URLSearchParams|stringify|param)\(\s*)"
)
_INTO_URL: Final = rb"(?:\?(?:[\"'`]\s*(?:[+.]|<>)\s*|\$?\{\s*)|\.(?:query|search)\s*=\s*)"
_ENCODED: Final = re.compile(_INTO_URL + _ENCODER + _MADE + rb"\Z")
_KEPT: Final = re.compile(rb"(?<![\w$.-])\$?(\w{1,60})\s*:?=\s*" + _ENCODER + _MADE + rb"\Z")
_CHAINED: Final = re.compile(
    rb"\.(?:get|head|post|put|patch|del|delete|options)\([^;]*\)\s*(?:\.\w+\([^;()]*\)\s*){0,8}\.query\(\s*&?\Z"
)
_JQUERY: Final = re.compile(rb"(?:\$|jQuery)\.get(?:JSON)?\Z")
_ARGUMENT: Final = re.compile(rb"[(,]\s*(?:&|%)?\Z")
_CALL: Final = re.compile(rb"(?P<of>[\w$\])]*(?:\.|->|::|:))?(?<![\w$])(?P<name>\$?\w+!?)(?:<[\w<>\[\], |]*>)?\Z")
_COMMAND: Final = re.compile(  # a call of Ruby or Groovy without brackets
    rb"^[ \t]*(?:[\w@]+[ \t]*=[ \t]*)?(?:await )?(?:[\w:]+\.)(?P<name>get|head|delete|options|post|put|patch)[ \t]+"
    rb"[\"'\w@][^;{}()\n]*,\s*\Z",
    re.MULTILINE,
)
_READS: Final = frozenset((b"get", b"head", b"delete", b"del", b"options"))
_VERBS: Final = _READS | {b"post", b"put", b"patch", b"request", b"stream", b"request_uri"}
_ALONE: Final = frozenset((b"axios", b"fetch", b"got", b"ky", b"rp", b"request", b"$http", b"$fetch", b"GET", b"HEAD"))
_SESSIONS: Final = frozenset((b"Client", b"AsyncClient", b"Session", b"Request", b"ClientSession"))
_MAKERS: Final = ((b"create", (b"axios.", b"got.", b"ky.")), (b"new", (b"faraday.",)))
_METHOD: Final = re.compile(rb"\bmethod[\"']?\s*[:=]\s*[\"'](\w+)", re.IGNORECASE)


class Tables:
    """The tables of a program.

    Args:
        text: the whole of it.
    """

    def __init__(self, text: bytes) -> None:
        self._text = text

    def may_be_parameter(self, at: int) -> bool:
        """Whether there is anything around a place that puts a table into a query."""
        around = self._text[self._begin(at) : at + _AROUND]
        return any(mark in around for mark in _MARKS)

    def is_parameter(self, at: int, *, of_pair: bool = False) -> bool:
        """Whether what is named here is a member of a table that goes into a query.

        Args:
            at: where its name stands.
            of_pair: whether name and value are in brackets of their own, as in `[("name", "value")]`.
        """
        open_ = self._brackets(self._begin(at), at)
        open_ = open_[:-1] if of_pair else open_
        if not open_:
            return False
        inner = open_[-1]
        if self._text[inner] in b"(":
            before = self._text[max(0, inner - 40) : inner]
            if not (_IS_TABLE.search(before) or _FILLS.search(self._text, max(0, inner - 400), inner + 1)):
                return bool(_ENCODED.search(self._text, max(0, inner - 300), inner + 1))
        return self._is_query(open_)

    def _begin(self, at: int) -> int:
        begin = self._text.rfind(b"\n", 0, max(0, at - _AROUND)) + 1
        return begin if at - begin <= 2 * _AROUND else at - _AROUND

    def _brackets(self, begin: int, at: int) -> list[int]:
        """The brackets that are open at a place, the innermost last."""
        open_: list[int] = []
        for mark in _BRACKET.finditer(self._text, begin, at):
            if mark[0] in (b"(", b"[", b"{"):
                open_.append(mark.start())
            elif len(mark[0]) == 1 and open_:
                open_.pop()
        return open_

    def _is_query(self, open_: list[int]) -> bool:
        """Whether the table whose bracket is open last goes into a query."""
        text, at = self._text, open_[-1]
        before = text[max(0, at - 400) : at]
        if table := _TABLE.search(before):
            if table["query"]:
                return True
            outer = open_[:-1]
            while outer and table.start() < outer[-1] - at + len(before):
                outer = outer[:-1]  # what the table is made with: `URLSearchParams(`
            if table["is"] != b"=" or (outer and text[outer[-1]] in b"({"):
                return self._is_asked(outer, at, is_keyword=table["is"] == b"=")
        if any(one.search(before) for one in (_FILLS, _CHAINED, _ENCODED)):
            return True
        if text[at] in b"(" and _FILLS.search(text, max(0, at - 400), at + 1):
            return True
        if owned := _OWNED.search(before):
            made = rb"(?<![\w$])%b\s*=\s*(?:[\w.]+\.)?(?:[sS]ession|Client|AsyncClient)\(" % re.escape(owned[1])
            return re.search(made, text[: at + 1]) is not None
        if len(open_) > 1 and _JQUERY.search(text, max(0, open_[-2] - 20), open_[-2]):
            return text[open_[-2]] in b"("
        if kept := _KEPT.search(before):
            return self._is_in_url(kept[1], at)
        assigned = _ASSIGNED.search(before)
        return assigned is not None and self.is_used(assigned[1], at)

    def _is_asked(self, open_: list[int], at: int, *, is_keyword: bool) -> bool:
        """Whether these brackets are those of a call that sends a request, whose query `params` or `query` is."""
        is_inside = bool(open_) and self._text[open_[-1]] in b"{["
        outermost = open_[-1] if is_inside else at
        if command := _COMMAND.search(self._text, max(0, outermost - 300), outermost):
            return command["name"] in _READS and len(open_) <= 1
        if not is_inside and (line := self._text.rfind(b"\n", 0, at) + 1) < at and not open_:
            keyword = _TABLE.search(self._text, line, at)
            command = _COMMAND.search(self._text, line, keyword.start()) if keyword else None
            return command is not None and command["name"] in _READS
        if is_inside and not _ARGUMENT.search(self._text, max(0, open_[-1] - 100), open_[-1]):
            return False  # of another table, such as json={…}
        outer = open_[-2] if is_inside and len(open_) > 1 else open_[-1] if open_ else -1
        if outer < 0 or self._text[outer] not in b"(":
            return False
        call = _CALL.search(self._text, max(0, outer - 100), outer)
        if call is None:
            return False
        of, name = (call["of"] or b"").lower(), call["name"].rstrip(b"!")
        method = _METHOD.search(self._text, outer, at)
        if method is not None and method[1].lower() not in _VERBS:
            return False  # of a remote procedure, whose params are a body
        if name in _SESSIONS or any(name == maker and of in owners for maker, owners in _MAKERS):
            return True
        if name not in _VERBS or not of:
            return name in _ALONE
        if name in _READS:
            return True
        return is_inside or (is_keyword and not of.endswith((b"app.", b"app->")))  # WebTest makes a body of them

    def _is_in_url(self, name: bytes, at: int) -> bool:
        """Whether an encoded table of this name is put behind a question mark soon."""
        use = rb"\?(?:[\"'`]\s*[+.]\s*\$?%b\b|[#$]?\{%b\b)" % (re.escape(name), re.escape(name))
        return re.search(use, self._text[at : at + _AROUND]) is not None

    def is_used(self, name: bytes, at: int) -> bool:
        """Whether a table of this name goes into a query soon."""
        escaped = re.escape(name)
        uses = re.compile(
            rb"(?<![\w$.-])[\"']?(?P<as>params|query|qs|searchParams|query_string)[\"']?\s*(?P<is>=>|[:=])\s*[$&]*%b\b(?!\s*[.(\[=])"
            rb"|(?<=[{,])\s*(?P<short>%b)\s*(?=[},])"
            rb"|(?P<encoded>%b\$?%b\b)" % (escaped, escaped, _INTO_URL + _ENCODER, escaped)
        )
        for use in uses.finditer(self._text, at, at + _AROUND):
            if use["encoded"]:
                return True
            if use["short"] and name not in (b"params", b"query", b"qs", b"searchParams"):
                continue
            if use["as"] in (b"qs", b"searchParams", b"query_string") or use["short"] in (b"qs", b"searchParams"):
                return True
            open_ = self._brackets(at, use.start())
            if self._is_asked(open_, use.start(), is_keyword=use["is"] == b"="):
                return True
        return False
