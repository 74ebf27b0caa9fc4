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
_GLUE: Final = rf"(?:[\s\"'`+&(\[{{!$]|{_ENCODERS}\b)*"
_VALUE: Final = re.compile(
    rf"(?P<glue>{_GLUE})(?:(?P<secret>{_SECRET})|(?P<name>[A-Za-z_][\w.]*)(?!\w)(?P<call>\s*\()?)"
)
_HOLDS: Final = re.compile(
    rf"\b(\w+)\s*=\s*[\"']?(?:\{{!)?\s*(?:{_ENCODERS}\s*\(\s*)?{_SECRET}"
    r"(?:\s*,\s*'[\w-]+')?\s*\)?\s*\}?[\"']?\s*[;,\n]"
)
_PARAMETER: Final = re.compile(r"[?&](?:[\"'`]\s*\+\s*[\"'`])?([\w.$-]{1,64})=")
_FIRST: Final = re.compile(r"\+\s*[\"'`]([\w.$-]{1,64})=[\"'`]\s*\+")
_PUT: Final = re.compile(
    r"(?:(?i:getparameters\s*\(\s*\)\s*\.\s*put)|\b(?i:(?P<map>\w+)\s*\.\s*put)|searchParams\s*\.\s*(?:append|set))"
    r"\s*\(\s*[\"']([^'\"\n]{1,64})[\"']\s*,"
)
_PARAMETERS: Final = re.compile(r"(?i:\b(\w+)\s*=[^;=\n]*\bgetparameters\s*\(\s*\)\s*;)")
_URLFOR: Final = re.compile(rf"(?i:urlfor)\s*\([^;{{}}]{{0,400}}?[\[,]\s*(\w+)\s*=\s*{_SECRET}")
_LINK_PARAMETER: Final = re.compile(
    r"<apex:outputLink\b(?:(?!</apex:outputLink>).){0,2000}?<apex:param\b"
    rf"(?=[^>]*?\bvalue\s*=\s*[\"']\{{!\s*{_SECRET})[^>]*?\bname\s*=\s*[\"'](\w+)",
    re.DOTALL,
)
_FORMAT: Final = re.compile(r"(?i:string\s*\.\s*format)\s*\(\s*'(?P<format>[^'\n]*)'")
_FORMATTED: Final = re.compile(r"[?&]([\w.-]{1,64})=\{\d\}")
_STRING_OR_COMMENT: Final = re.compile(
    r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|`(?:[^`\\]|\\.)*`|(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))", re.DOTALL
)
_MARKUP_COMMENT: Final = re.compile(
    r"<!--.*?(?:-->|\Z)|(?:^|[;{}),])[ \t]*//[^\n]*|(?<![:\w'\"*])/\*.*?(?:\*/|\Z)", re.DOTALL | re.MULTILINE
)
_BEGIN: Final = re.compile(r"[;{}]\s|\n[ \t]*\n|</?[\w:]")
_URLS: Final = r"(?i:url|uri|link|href|src|endpoint|location|redirect|pageref)"
_QUERY: Final = re.compile(r"\?[\w.$-]{1,64}=")
_ASSIGNED: Final = re.compile(
    r"\A[;{}\s]*(?:[\w.]+(?:<[\w.,<> ]*>)?\s+)*([\w.]+)\s*\+?=(?!=)"
    r"|\A\s*<[^>]*?\s([\w:-]+)\s*=\s*(?:\"[^\"]*|'[^']*)\Z"  # an attribute
)
_BEHIND_A_QUESTION_MARK: Final = re.compile(r"\?[\"'`]\s*\+\s*([\w.]+)")
_HOLDS_A_URL: Final = re.compile(r"\b([\w.]+)\s*\+?=\s*[\"'`](?:https?://|/\w|callout:|\?[\w.$-]{1,64}=)")
_NAMED_AS_URL: Final = re.compile(rf"{_URLS}\w*\Z")
_CALL: Final = re.compile(rf"\b(?:[\w.]*\bopen|(?!\w*(?i:encode|decode))\w*{_URLS}\w*)\s*\(")
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
        yield line, declared("L7", name, code.written(at))


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
        self._secrets = {found[1] for found in _HOLDS.finditer(text)}
        self._parameters = {found[1] for found in _PARAMETERS.finditer(text)}
        self._urls = {found[1] for shape in (_BEHIND_A_QUESTION_MARK, _HOLDS_A_URL) for found in shape.finditer(text)}

    def places(self) -> set[tuple[int, str]]:
        """The parameters that a credential fills: where each begins, and its name."""
        shapes = (found for shape in (_URLFOR, _LINK_PARAMETER) for found in shape.finditer(self.text))
        return {
            *self._in_queries(),
            *self._first_in_queries(),
            *self._put(),
            *self._formatted(),
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

    def _put(self) -> Iterator[tuple[int, str]]:
        """Parameters that are put into a PageReference."""
        for found in _PUT.finditer(self.text):
            value = _VALUE.match(self.text, found.end())
            is_query = found["map"] is None or found["map"] in self._parameters
            if is_query and value is not None and (value["secret"] or value["name"] in self._secrets):
                yield found.start(2), found[2]

    def _formatted(self) -> Iterator[tuple[int, str]]:
        """Parameters that String.format fills."""
        for found in _FORMAT.finditer(self.text):
            parameters = list(_FORMATTED.finditer(self.text, *found.span("format")))
            given = self.text[found.end() : found.end() + _REACH].partition(";")[0]
            if parameters and (re.search(_SECRET, given) or self._secrets & set(re.findall(r"\w+", given))):
                for one in parameters:
                    if len(parameters) == 1 or named(one[1].encode()) in (Named.CREDENTIAL, Named.GENERIC):
                        yield one.start(1), one[1]

    def _is_filled(self, parameter: str, at: int) -> bool:
        """Whether what fills a parameter is a credential: by what it is, by its name, or by the parameter's."""
        value = _VALUE.match(self.text, at)
        if value is None or value["secret"]:
            return value is not None
        if not value["glue"]:
            return False  # it is written out
        variable = value["name"].rpartition(".")[2]
        kinds = named(variable.encode()), named(parameter.encode())
        return (
            (variable in self._secrets and not value["call"])
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
