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
    r"|\b[Uu]ser[Ii]nfo\s*\.\s*(?i:getSessionId)\s*\(\s*\)"
    r"|(?<![.\w])(?i:getsessionid)\s*\(\s*\)"  # the function of formulas
    r"|\$Credential\.(?:\w+\.)?(?:Password|OAuthToken|AuthorizationHeaderValue)\b)"
)
_ENCODERS: Final = (
    r"(?i:urlencode|encodeuricomponent|encodingutil\s*\.\s*urlencode|jsencode|htmlencode|string\s*\.\s*valueof)"
)
_GLUE: Final = rf"(?:[\s\"'`+&(\[{{!$]|{_ENCODERS}\b)*"
_VALUE: Final = re.compile(rf"(?P<glue>{_GLUE})(?:(?P<secret>{_SECRET})|(?P<name>[A-Za-z_][\w.]*)(?!\s*[(\w]))")
_HOLDS: Final = re.compile(rf"\b(\w+)\s*=\s*[\"']?(?:\{{!)?\s*{_SECRET}\s*\}}?[\"']?\s*[;,\n]")
_PARAMETER: Final = re.compile(r"[?&]([\w.$-]{1,64})=")
_PUT: Final = re.compile(r"(?i:getparameters\s*\(\s*\)\s*\.\s*put)\s*\(\s*'([^'\n]{1,64})'\s*,")
_URLFOR: Final = re.compile(rf"(?i:urlfor)\s*\([^;{{}}]{{0,400}}?[\[,]\s*(\w+)\s*=\s*{_SECRET}")
_LINK_PARAMETER: Final = re.compile(
    r"<apex:outputLink\b(?:(?!</apex:outputLink>).){0,2000}?<apex:param\b"
    rf"(?=[^>]*?\bvalue\s*=\s*[\"']\{{!\s*{_SECRET})[^>]*?\bname\s*=\s*[\"'](\w+)",
    re.DOTALL,
)
_FORMAT: Final = re.compile(r"(?i:string\s*\.\s*format)\s*\(\s*'[^'\n]*[?&]([\w.-]{1,64})=\{\d\}")
_STRING_OR_COMMENT: Final = re.compile(
    r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|`(?:[^`\\]|\\.)*`|(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))", re.DOTALL
)
_MARKUP_COMMENT: Final = re.compile(
    r"<!--.*?(?:-->|\Z)|(?:^|[;{}),])[ \t]*//[^\n]*|(?<![:\w'\"*])/\*.*?(?:\*/|\Z)", re.DOTALL | re.MULTILINE
)
_BEGIN: Final = re.compile(r"[;{}]\s|\n[ \t]*\n|</?[\w:]")
_URLS: Final = r"(?i:url|uri|link|href|src|endpoint|location|redirect|pageref)"
_URL: Final = re.compile(
    r"\?[\w.$-]{1,64}="  # a query has begun
    rf"|\A[;{{}}\s]*(?:[\w.<>]+\s+)?[\w.]*{_URLS}\w*\s*\+?="
    rf"|\b(?:[\w.]*\bopen|\w*{_URLS}\w*)\s*\("
)
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
    code = _without_comments(text)
    secrets = {found[1] for found in _HOLDS.finditer(code)}
    places = {
        *_in_queries(code, secrets),
        *_put(code, secrets),
        *_formatted(code, secrets),
        *((found.start(1), found[1]) for shape in (_URLFOR, _LINK_PARAMETER) for found in shape.finditer(code)),
    }
    line, counted = 1, 0
    for at, name in sorted(places):
        line += code.count("\n", counted, at)
        counted = at
        yield line, declared("L7", name, _written(code, at))


def _without_comments(text: str) -> str:
    """A text whose comments are blank, with its lines where they were; what XML escapes is spelled out."""
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        return _unescaped(_MARKUP_COMMENT.sub(_blank, text))
    return _STRING_OR_COMMENT.sub(lambda found: _blank(found) if found["comment"] else found[0], text)


def _unescaped(text: str) -> str:
    for written, meant in (
        ("&quot;", '"'),
        ("&apos;", "'"),
        ("&#39;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ):
        text = text.replace(written, meant)
    return text


def _blank(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n") or " "


def _in_queries(code: str, secrets: set[str]) -> Iterator[tuple[int, str]]:
    """Parameters in the query of a URL that are filled by a credential."""
    for found in _PARAMETER.finditer(code):
        value = _VALUE.match(code, found.end())
        if value is not None and _is_credential(value, found[1], secrets) and _is_url(code, found.start()):
            yield found.start(1), found[1]


def _is_credential(value: re.Match[str], parameter: str, secrets: set[str]) -> bool:
    """Whether what fills a parameter is a credential: by what it is, by its name, or by the parameter's."""
    if value["secret"]:
        return True
    if not value["glue"]:
        return False  # it is written out
    variable = value["name"].rpartition(".")[2]
    kinds = named(variable.encode()), named(parameter.encode())
    return (
        variable in secrets
        or kinds[1] is Named.CREDENTIAL
        or (kinds[0] is Named.CREDENTIAL and kinds[1] in (Named.GENERIC, Named.PRODUCT))
    )


def _put(code: str, secrets: set[str]) -> Iterator[tuple[int, str]]:
    """Parameters that are put into a PageReference."""
    for found in _PUT.finditer(code):
        value = _VALUE.match(code, found.end())
        if value is not None and (value["secret"] or value["name"] in secrets):
            yield found.start(1), found[1]


def _formatted(code: str, secrets: set[str]) -> Iterator[tuple[int, str]]:
    """Parameters that String.format fills."""
    for found in _FORMAT.finditer(code):
        given = code[found.end() : code.find(";", found.end())]
        is_given = re.search(_SECRET, given) or secrets & set(re.findall(r"\w+", given))
        if is_given and named(found[1].encode()) in (Named.CREDENTIAL, Named.GENERIC):
            yield found.start(1), found[1]


def _is_url(code: str, at: int) -> bool:
    """Whether the parameter here is one of a URL, and not of a form, a header or a message."""
    before = code[max(0, at - _REACH) : at]
    begin = max((found.start() for found in _BEGIN.finditer(before)), default=0)
    statement = before[begin:]
    is_query = code[at] == "?" or _URL.search(statement) is not None
    return is_query and _ELSEWHERE.search(statement) is None


def _written(code: str, at: int) -> str:
    """The URL as far as it is written out before a parameter."""
    begin = max(code.rfind(mark, max(0, at - _REACH), at) for mark in "\"'`>\n") + 1
    return code[begin:at].strip().partition("?")[0]
