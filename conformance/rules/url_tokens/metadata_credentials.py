"""Salesforce code and metadata that build a URL with a session id or another credential in it, by design.

Apex, Visualforce, Aura and Lightning web components, and the XML of the Metadata API: custom links, tabs, formulas,
flows, named credentials. What only reads a session id, or sends it in a header or a body, builds no such URL.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from conformance.rules.url_tokens.names import Named, named
from conformance.rules.url_tokens.spec_credentials import declared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.rules.url_tokens.finding import Finding

_SECRET: Final = (
    r"(?:(?i:\$?\bapi\.session_?id)\b"  # {!$Api.Session_ID}, and {!API.Session_ID} in custom links
    r"|(?<=\{!)(?i:\$?user\.session_id)\b"  # its older name
    r"|\b[Uu]ser[Ii]nfo\s*\.\s*(?i:getSessionId)\s*\(\s*\)"
    r"|(?<![.\w])(?i:getsessionid)\s*\(\s*\)"  # the function of formulas
    r"|\bsforce\.connection\.sessionId\b|\b__sfdcSessionId\b"  # the AJAX toolkit's
    r"|\$Credential\.(?:\w+\.)?(?:Password|OAuthToken|AuthorizationHeaderValue)\b)"
)
_ENCODERS: Final = (
    r"(?i:urlencode|escape|encodeuri(?:component)?|encodingutil\s*\.\s*urlencode|jsencode|htmlencode"
    r"|string\s*\.\s*valueof)"
)
_CUTTERS: Final = r"(?i:left|mid|right|trim|substitute|blankvalue)"  # the functions of formulas
_GLUE: Final = rf"(?:[\s\"'`+&(\[{{!$]|(?:{_ENCODERS}|{_CUTTERS})\b)*"
_JOINS: Final = re.compile(r"[+&(\[{!$]")  # a text and what follows it
_VALUE: Final = re.compile(
    rf"(?P<glue>{_GLUE})(?:(?P<secret>{_SECRET})|(?P<name>[A-Za-z_][\w.]*)(?!\w)(?P<call>\s*\()?)"
)
_BEFORE: Final = (  # what an expression may have before a credential and still hold it
    rf"(?:(?:{_ENCODERS}\s*+\(|(?>[\w.]++(?:\s*+\(\s*+\))?)(?!\s*+\()|'[^'\n=]*+'|\"[^\"\n=]*+\"|[=!]=|[?:+(])\s*+)"
)
_NAME: Final = re.compile(r"\s*[A-Za-z_]")
_HOLDS: Final = re.compile(
    rf"\b(\w+)\s*=\s*{_BEFORE}{{0,16}}?(?:System\s*\.\s*)?[\"']?(?:\{{!)?\s*(?:{_ENCODERS}\s*\(\s*)?{_SECRET}"
    r"(?:\s*\))*(?:\s*\.\s*(?:substring\w*|left|right|mid|trim|toString)\s*\([^()\n]*\))*"
    r"(?:\s*,\s*'[\w-]+')?(?:\s*\))*\s*\}?[\"']?\s*(?:[+:][^;\n]*)?[;,\n]"
)
_MEMBER: Final = re.compile(rf"\b(\w+)[\"']?\s*:\s*[\"']\{{!\s*{_SECRET}")
_LIST: Final = re.compile(rf"\b(\w+)\s*=\s*(?i:new)\s+[^;{{}}=]{{1,80}}\{{[^;{{}}]{{0,400}}?{_SECRET}")
_AND_ON: Final = r"(?:[\"'`]\s*\+\s*[\"'`])?"
_PARAMETER: Final = re.compile(rf"[?&]{_AND_ON}([\w.$-]{{1,64}}){_AND_ON}=")
_FRONTDOOR: Final = re.compile(rf"frontdoor\.jsp{_AND_ON}\?sid=\Z")
_FIRST: Final = re.compile(r"\+\s*[\"'`]([\w.$-]{1,64})=[\"'`]\s*\+")
_FIRST_IN_TEXT: Final = re.compile(r"[\"'`]([\w.$-]{1,64})=(?=\{!|\$\{|[\"'`]\s*\+)")
_ADDED: Final = re.compile(r"\b(\w+)\s*\.\s*(?:add|push)\s*\(\s*[\"'`]([\w.$-]{1,64})=(?=\{!|\$\{|[\"'`]\s*\+)")
_JOINED: Final = re.compile(r"\?[\"'`]\s*\+\s*(?:(?i:string\s*\.\s*join)\s*\(\s*(\w+)|(\w+)\s*\.\s*join\s*\()")
_PUT: Final = re.compile(
    r"(?:(?i:getparameters\s*\(\s*\)\s*\.\s*put)|\b(?i:(?P<map>\w+)\s*\.\s*put)|(?P<script>searchParams)\s*\.\s*(?:append|set))"
    r"\s*\(\s*[\"'](?P<name>[^'\"\n]{1,64})[\"']\s*,"
)
_PUT_ALL: Final = re.compile(r"(?i:getparameters\s*\(\s*\)\s*\.\s*putall)\s*\([^;{]{0,80}\{[^;{}]*")
_PAIR: Final = re.compile(r"'([^'\n]{1,64})'\s*=>\s*")
_PARAMETERS: Final = re.compile(r"(?i:\b(\w+)\s*=[^;=\n]*\bgetparameters\s*\(\s*\)\s*;)")
_URLFOR: Final = re.compile(rf"(?i:urlfor)\s*\([^;{{}}]{{0,400}}?[\[,]\s*(\w+)\s*=\s*{_SECRET}")
_LINK_PARAMETER: Final = re.compile(
    r"<apex:outputLink\b(?:(?!</apex:outputLink>).){0,2000}?<apex:param\b"
    rf"(?=[^>]*?\bvalue\s*=\s*[\"']\{{!\s*{_SECRET})[^>]*?\bname\s*=\s*[\"'](\w+)",
    re.DOTALL,
)
_FORMAT: Final = re.compile(r"(?i:string\s*\.\s*format)\s*\(\s*(?:'(?P<format>[^'\n]*)'|(?P<variable>\w+))")
_TEMPLATE: Final = re.compile(r"\b(\w+)\s*=\s*'(?P<format>[^'\n]*\{\d\}[^'\n]*)'")
_FORMATTED: Final = re.compile(r"[?&]([\w.-]{1,64})=\{\d\}")
_STRING_OR_COMMENT: Final = re.compile(
    r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|`(?:[^`\\]|\\.)*`|(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))", re.DOTALL
)
_MARKUP_COMMENT: Final = re.compile(
    r"<!--.*?(?:-->|\Z)|(?:^|[;{}),])[ \t]*//[^\n]*|(?<![:\w'\"*])/\*.*?(?:\*/|\Z)", re.DOTALL | re.MULTILINE
)
_BEGIN: Final = re.compile(r"[;{}]\s(?!\s*[+&])|\n[ \t]*\n|</?[\w:]")
_URLS: Final = r"(?i:url|uri|link|href|src|endpoint|location|redirect|pageref)"
_QUERY: Final = re.compile(r"\?[\w.$-]{1,64}=")
_ASSIGNED: Final = re.compile(
    r"\A(?:<script\b[^>]*>)?[;{}\s]*(?:[\w.]+(?:<[\w.,<> ]*>)?\s+)*([\w.]+)\s*\+?=(?!=)"
    r"|\A\s*<[^>]*?\s([\w:-]+)\s*=\s*(?:\"[^\"]*|'[^']*)\Z"  # an attribute
)
_BEHIND_A_QUESTION_MARK: Final = re.compile(r"\?[\"'`]\s*\+\s*([\w.]+)")
_HOLDS_A_URL: Final = re.compile(r"\b([\w.]+)\s*\+?=\s*[\"'`](?:https?://|/\w|callout:|\?[\w.$-]{1,64}=)")
_NAMED_AS_URL: Final = re.compile(rf"{_URLS}\w*\Z")
_CALL: Final = re.compile(rf"\b(?:[\w.]*\bopen|(?!\w*(?i:encode|decode))\w*{_URLS}\w*)\s*\(")
_USER_INFO: Final = re.compile(
    r"(?s)\A(?=.*<sendAccessTokenInHeader>\s*false\b).*<userInfoUrl>\s*(?P<url>[^<\s]+)"
)  # of an authentication provider
_ELSEWHERE: Final = re.compile(
    r"(?i:\b(?:setbody|setbodyasblob|setheader|setrequestheader|requestheaders|system\.debug|console\.\w+)\b)"
)
_WRITTEN: Final = {"&quot;": '"', "&apos;": "'", "&#39;": "'", "&lt;": "<", "&gt;": ">", "&amp;": "&"}
_REACH: Final = 600
"""How many characters before a parameter are looked at for what it belongs to."""


def built_credentials(text: str) -> Iterator[tuple[int, Finding]]:
    """The places at which code or metadata puts a credential into a URL: the line, from 1, and the finding.

    Args:
        text: a class, a trigger, a page, a component, a script or an XML document, as it is in a repository.
    """
    code = _Code(_without_comments(text))
    line, counted = 1, 0
    for at, name in sorted(code.places()):
        line += code.text.count("\n", counted, at)
        counted = at
        yield line, declared("L7", name, code.written(at), "code")


def _without_comments(text: str) -> str:
    """A text whose comments are blank, with its lines where they were; what XML escapes is spelled out."""
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        return _unescaped(_MARKUP_COMMENT.sub(_blank, text))
    return _STRING_OR_COMMENT.sub(lambda found: _blank(found) if found["comment"] else found[0], text)


def _unescaped(text: str) -> str:
    for written, meant in _WRITTEN.items():
        text = text.replace(written, meant)
    return text


def _blank(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n") or " "


class _Code:
    """Code without comments, and what its variables are."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._secrets = {found[1] for shape in (_HOLDS, _MEMBER) for found in shape.finditer(text)}
        self._lists = {found[1] for found in _LIST.finditer(text)}
        self._templates = {found[1]: found.span("format") for found in _TEMPLATE.finditer(text)}
        self._joined = {found[1] or found[2] for found in _JOINED.finditer(text)}
        self._parameters = {found[1] for found in _PARAMETERS.finditer(text)}
        self._queries = {found[1] for found in _BEHIND_A_QUESTION_MARK.finditer(text)}
        self._urls = self._queries | {found[1] for found in _HOLDS_A_URL.finditer(text)}

    def places(self) -> set[tuple[int, str]]:
        """The parameters that a credential fills: where each begins, and its name."""
        shapes = (found for shape in (_URLFOR, _LINK_PARAMETER) for found in shape.finditer(self.text))
        return {
            *self._in_queries(),
            *self._first_in_queries(),
            *self._added(),
            *self._put(),
            *self._put_all(),
            *self._formatted(),
            *((found.end("url"), "access_token") for found in _USER_INFO.finditer(self.text)),
            *((found.start(1), found[1]) for found in shapes),
        }

    def written(self, at: int) -> str:
        """The URL as far as it is written out before a parameter."""
        begin = max(self.text.rfind(mark, max(0, at - _REACH), at) for mark in "\"'`>\n") + 1
        return self.text[begin:at].strip().partition("?")[0]

    def _in_queries(self) -> Iterator[tuple[int, str]]:
        """Parameters in the query of a URL that are filled by a credential."""
        for found in _PARAMETER.finditer(self.text):
            if self._is_filled(found[1], found.end()) and self._is_url(found.start()):
                yield found.start(1), found[1]

    def _first_in_queries(self) -> Iterator[tuple[int, str]]:
        """Parameters that begin the query of a URL whose question mark stands before, in another statement."""
        for found in _FIRST.finditer(self.text):
            is_filled = self._is_filled(found[1], found.end() - 1)
            if is_filled and _NAMED_AS_URL.search(_assigned(self._statement(found.start()))):
                yield found.start(1), found[1]
        for found in _FIRST_IN_TEXT.finditer(self.text):
            if self._is_filled(found[1], found.end()) and _assigned(self._statement(found.start())) in self._queries:
                yield found.start(1), found[1]

    def _added(self) -> Iterator[tuple[int, str]]:
        """Parameters of a list that is joined behind a question mark."""
        for found in _ADDED.finditer(self.text):
            if found[1] in self._joined and self._is_filled(found[2], found.end()):
                yield found.start(2), found[2]

    def _put(self) -> Iterator[tuple[int, str]]:
        """Parameters that are put into a PageReference, or into the query of a script's URL."""
        for found in _PUT.finditer(self.text):
            is_query = found["map"] is None or found["map"] in self._parameters
            is_told = found["script"] and named(found["name"].encode()) is Named.CREDENTIAL
            if is_query and (self._is_secret(found.end()) or (is_told and _NAME.match(self.text, found.end()))):
                yield found.start("name"), found["name"]

    def _put_all(self) -> Iterator[tuple[int, str]]:
        """The same, several at once."""
        for found in _PUT_ALL.finditer(self.text):
            for one in _PAIR.finditer(self.text, *found.span()):
                if self._is_secret(one.end()):
                    yield one.start(1), one[1]

    def _is_secret(self, at: int) -> bool:
        """Whether a credential stands here, or a variable that holds one."""
        value = _VALUE.match(self.text, at)
        return value is not None and bool(value["secret"] or value["name"] in self._secrets)

    def _formatted(self) -> Iterator[tuple[int, str]]:
        """Parameters that String.format fills."""
        for found in _FORMAT.finditer(self.text):
            template = self._templates.get(found["variable"]) if found["variable"] else found.span("format")
            if template is None or _ELSEWHERE.search(self._statement(found.start())):
                continue
            parameters = list(_FORMATTED.finditer(self.text, *template))
            given = self.text[found.end() : found.end() + _REACH].partition(";")[0]
            is_secret = re.search(_SECRET, given) or (self._secrets | self._lists) & set(re.findall(r"\w+", given))
            is_url = "?" in self.text[slice(*template)]
            for one in parameters:
                kind = named(one[1].encode())
                is_it = len(parameters) == 1 or kind in (Named.CREDENTIAL, Named.GENERIC)
                if (is_secret and is_it) or (is_url and kind is Named.CREDENTIAL):
                    yield one.start(1), one[1]

    def _is_filled(self, parameter: str, at: int) -> bool:
        """Whether what fills a parameter is a credential: by what it is, by its name, or by the parameter's."""
        value = _VALUE.match(self.text, at)
        if value is None or value["secret"]:
            return value is not None
        if not _JOINS.search(value["glue"]):
            return False  # it is written out, or a word of a sentence
        variable = value["name"].rpartition(".")[2]
        kinds = named(variable.encode()), named(parameter.encode())
        return (
            (variable in self._secrets and not value["call"])
            or _FRONTDOOR.search(self.text[max(0, at - 40) : at]) is not None
            or kinds[1] is Named.CREDENTIAL
            or (kinds[0] is Named.CREDENTIAL and kinds[1] in (Named.GENERIC, Named.PRODUCT))
        )

    def _is_url(self, at: int) -> bool:
        """Whether the parameter here is one of a URL, and not of a form, a header or a message."""
        statement = self._statement(at)
        if _ELSEWHERE.search(statement) is not None:
            return False
        return (
            self.text[at] == "?"
            or _QUERY.search(statement) is not None
            or self._becomes_a_url(_assigned(statement))
            or any(_is_open(statement, call.end()) for call in _CALL.finditer(statement))
        )

    def _statement(self, at: int) -> str:
        """The statement that a parameter belongs to, as far as it goes before it."""
        before = self.text[max(0, at - _REACH) : at]
        return before[max((found.start() for found in _BEGIN.finditer(before)), default=0) :]

    def _becomes_a_url(self, variable: str) -> bool:
        """Whether a variable is a URL: by its name, by what it begins with, or as it is put behind a question mark."""
        return variable in self._urls or _NAMED_AS_URL.search(variable) is not None


def _assigned(statement: str) -> str:
    """The variable or the attribute that a statement sets; empty if it sets none."""
    found = _ASSIGNED.match(statement)
    return found[1] or found[2] if found else ""


def _is_open(statement: str, at: int) -> bool:
    """Whether a parenthesis that opens just before here is still open at the end."""
    depth = 1
    for mark in re.findall(r"[()]", statement[at:]):
        depth += 1 if mark == "(" else -1
        if not depth:
            return False
    return True
