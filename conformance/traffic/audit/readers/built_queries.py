"""URLs that a program, in any language, builds with a credential in the query.

Most languages fill a string in one of three ways: an expression inside it (`"…?api_key=${key}"`), a format
(`"…?api_key=%s"`), or a join (`"…?api_key=" + key`). The file does not show the value; the name of the parameter, or of
what fills it, tells that it is a credential. So this warns, except where a workflow reads its store of secrets.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from conformance.rules.url_tokens.names import Named, named

if TYPE_CHECKING:
    from collections.abc import Iterator

_PARAMETER: Final = re.compile(
    rb"(?<!\\)(?P<mark>\?|&(?:amp;)?|%nrstr\(&)(?P<name>[A-Za-z_][\w.\[\]-]{1,60})\)?=(?=[\"'`$#@{%~<\\])"
)
_STANDS: Final = re.compile(
    rb"(?P<shown>[$#@]\{\{?|\{\{|\$\(|\\\(|<%=?|(?P<bare>\{)(?!\s*[\d:}]))[-=\s]*"
    rb"(?P<by>(?:[^{}\n<>%|]|->){1,100}?)\s*-?(?:\)?[}\"'`%|&]|\)(?![.\w]))"
    rb"|(?P<dollar>[$@])(?P<name>[A-Za-z_]\w{1,60}(?:(?:\.|->|::)\w{1,60}){0,6}|\((?=[A-Za-z]))"
    rb"|%(?P<windows>[A-Za-z_]\w{1,60})%"
)
_FORMAT: Final = re.compile(
    rb"%-?\d{0,3}l{0,2}[svqd@]|%\(\w{1,60}\)s|%\{\w{0,60}\}|\{(?:\d{0,2}|[a-z]?)(?::[^{}\n]{0,20})?\}|~[apsw]"
)
_NAME: Final = rb"[*&!@$]{0,2}[A-Za-z_(\[\\][\w.$:>@()\[\]\\'\"/ -]{0,80}"
_JOINED: Final = re.compile(
    rb"(?:\"{3}|'{3}|[\"'`])(?:s|\.to_owned\(\)|\))?(?:\s{0,40}(?:"
    rb"\+\+?|\.\.|~|\^|<>|\|\||<<|\)?\.(?:append|concat|Append|Concat)\(|(?<=\s)&(?!&)"
    rb"|\.(?=\s{0,20}[\w\\:]{0,60}\(?[$@])|\.(?= ))"
    rb"\s{0,40}(?P<by>" + _NAME + rb")"
    rb"|(?P<listed>\s{0,20},\s{0,40})(?P<item>" + _NAME + rb")"
    rb"|(?P<beside>[ \t]{1,20})(?!(?:in|and|or|not|if|else|unless|is|as|for|to|from|with|then|eq|ne|like|x)\b)"
    rb"(?P<next>[A-Za-z_$(][\w.$]{0,60}))",
    re.IGNORECASE,
)
_LISTS: Final = re.compile(
    rb"\b(?:paste0?|str_c|concat|join|CONCAT_WS|urljoin)\s*\([^()]*\Z|\[[^\[\]]*\Z|\bjoin\b", re.IGNORECASE
)
_BESIDE: Final = re.compile(
    rb"\(\s*(?:str|string-append|concat)\s[^()]*\Z|\bCONCATENATE\b|=\s*\[[^\[\]]*\Z|\bgetline\b|\{\s*\w+\s*="
)
_COMMENT: Final = re.compile(rb"[ \t]*(?:#(?!define)|//|/\*|\*[ \t]+[A-Za-z@`]|--[ \t]|<!--|;|REM )")
_PROSE: Final = re.compile(rb"^[ \t]*(?:```|~~~)|^\.\. code|\]\(https?://", re.MULTILINE)
_HEADING: Final = re.compile(rb"^#{1,6} ", re.MULTILINE)
_BEGIN: Final = re.compile(rb"[;}]\s|\{\s*\n|\n[ \t]*\n|(?<![+&.,(\[\\=|^~<>\s])\s*\n(?!\s*[+&.,)|^~<\"'`])")
_ELSEWHERE: Final = re.compile(
    rb"(?i)\b(?:assert\w*|expect|should\w*|mask\w*|redact\w*|replace\w*|g?sub|regexp?|re|match\w*|console|log(?:ger)?"
    rb"|debug|throw|raise|includes|contains|indexOf|startsWith|strpos)\s*[.!(\s]"
)
_BODY: Final = re.compile(
    rb"(?i)\b(?:body|data|payload|form|postfields|content|message|setbody|write)\w{0,10}\s{0,9}(?:=>|[:=(,])|(?<!\w)-d\b"
)
_QUERY: Final = re.compile(rb"\?(?:[\w.$\[\]-]{1,64}=|[\"'`])")
_SCHEME: Final = re.compile(rb"(?:([a-z][a-z0-9+.-]{1,20}):)?([A-Za-z][\w+.-]{1,20})://")
_OF_HTTP: Final = frozenset((b"http", b"https", b"ws", b"wss"))
_ASSIGNED: Final = re.compile(
    rb"\s*(?:[\w.:<>*&\[\]]+[ \t]+){0,4}[$@]?([\w.]{1,60})\s*(?:\+|\.|<>|~|:)?=|\s*([\w]{1,60})\s*\."
)
_A_URL: Final = re.compile(rb"(?i:url|uri|link|href|src|endpoint|location|address|rawquery)\w{0,8}\Z")
NO_CREDENTIAL: Final = re.compile(
    rb"(?i)your|example|redact|mask|replac|sanitiz|placeholder|hidden|dummy|fake|stars?\b|invalid|wrong|x{3}|\.{3}|^(?:\w+\.)*encode\w*\Z"
)
_KEPT: Final = re.compile(rb"(?i)\b(?:env|environ|secrets?|vault|credentials)\b")
_STORED: Final = re.compile(rb"\$\{\{\s*secrets\.\w")
_KINDS: Final = (Named.CREDENTIAL, Named.GENERIC, Named.PRODUCT)
_MOST: Final = 500  # parameters of one program that are looked at
_REACH: Final = 600  # how far before a parameter it is told what it belongs to


class Built(NamedTuple):
    """A parameter that a program fills.

    Attributes:
        at: where its name stands.
        name: of the parameter.
        url: what is written out of the URL before it.
        is_stored: whether a workflow fills it with a secret of its store, which is certainly a credential.
    """

    at: int
    name: str
    url: str
    is_stored: bool = False


def built_queries(text: bytes) -> Iterator[Built]:
    """The parameters with a credential in the URLs that a program builds.

    Args:
        text: the whole program.
    """
    is_prose: bool | None = None
    for found in islice((one for one in _PARAMETER.finditer(text) if named(one["name"]) in _KINDS), _MOST):
        kind = named(found["name"])
        is_prose = _PROSE.search(text) is not None if is_prose is None else is_prose
        line = text.rfind(b"\n", 0, found.start()) + 1
        if is_prose or _COMMENT.match(text, line):
            continue
        begin = _begin(text, found.start())
        mark = text[begin - 1 : begin] if begin else b""
        is_quoted = mark in (b'"', b"'", b"|") or (mark == b"`" and _HEADING.search(text) is None)
        filler = _filler(text, found.end(), begin, is_quoted=is_quoted)
        if filler is None or NO_CREDENTIAL.search(filler):
            continue
        is_stored = _STORED.match(text, found.end()) is not None
        if not (is_stored or kind is Named.CREDENTIAL or _is_credential(filler)):
            continue
        if _is_url(text, begin, found.start(), is_first=found["mark"] == b"?"):
            yield Built(found.start("name"), found["name"].decode(), _before(text[begin : found.start()]), is_stored)


def _begin(text: bytes, at: int) -> int:
    """Where the string around a parameter begins, or the unquoted words around it."""
    start = max(0, at - _REACH, text.rfind(b"\n", 0, at) + 1)
    return max(text.rfind(mark, start, at) + 1 for mark in (b'"', b"'", b"`", b"<", b">", b"|")) or start


def _filler(text: bytes, at: int, begin: int, *, is_quoted: bool) -> bytes | None:
    """What fills a parameter: the words, or nothing if a format does; None if it is written out."""
    if found := _STANDS.match(text, at):
        if found["bare"] and not is_quoted:
            return None
        is_shell = text[:1] != b"<" and not found["shown"]
        if not (is_quoted or found["shown"] or is_shell):
            return None
        return found["by"] or found["name"] or found["windows"] or b""
    if is_quoted and _FORMAT.match(text, at):
        return b""
    if (found := _JOINED.match(text, at)) and is_quoted:
        if found["listed"]:
            return found["item"] if _LISTS.search(text, max(0, at - _REACH), begin) else None
        if found["beside"]:
            is_between = re.match(rb"\s*[\"']", text[found.end() : found.end() + 8])
            return found["next"] if is_between or _BESIDE.search(text, max(0, at - _REACH), begin) else None
        return found["by"]
    return None


def _is_credential(filler: bytes) -> bool:
    """Whether an expression says by its last name that it is a credential, or takes a token from where secrets are."""
    names = re.findall(rb"[A-Za-z_][\w-]*", filler)
    kind = named(names[-1]) if names else Named.OTHER
    is_kept = kind is Named.PRODUCT and _KEPT.search(filler) is not None
    return kind is Named.CREDENTIAL or is_kept


def _is_url(text: bytes, begin: int, at: int, *, is_first: bool) -> bool:
    """Whether a parameter belongs to a URL of HTTP, and not to a form, a message, or the address of a database."""
    written = text[begin:at]
    scheme = _SCHEME.search(written)
    if scheme is not None and scheme[2].isalpha() and (scheme[1] or scheme[2].lower() not in _OF_HTTP):
        return False
    statement = _statement(text, at)
    if _ELSEWHERE.search(statement):
        return False
    if is_first or scheme or b"?" in written:
        return True
    if _QUERY.search(statement):
        return _BODY.search(statement) is None
    assigned = _ASSIGNED.match(statement)
    variable = (assigned[1] or assigned[2]) if assigned else b""
    return bool(variable) and (_A_URL.search(variable) is not None or _holds_a_url(text, variable, at))


def _holds_a_url(text: bytes, variable: bytes, at: int) -> bool:
    """Whether a variable was set to a URL before."""
    sets = rb"(?<![\w.])%b\s*[:+.]?=[^;\n]{0,80}[\"'`](?:https?://|[^\"'`\n]{0,200}\?[\w.-]{1,60}=)" % re.escape(
        variable
    )
    return re.search(sets, text[max(0, at - 4096) : at]) is not None


def _statement(text: bytes, at: int) -> bytes:
    """The statement that a parameter belongs to, as far as it goes before it."""
    before = text[max(0, at - _REACH) : at]
    return before[max((found.end() for found in _BEGIN.finditer(before)), default=0) :]


def _before(written: bytes) -> str:
    """Scheme, host and path, as far as they are written out."""
    found = re.search(rb"(?:https?|wss?)://[\w.:-]+(?:/[\w./~-]*)?\Z", written.partition(b"?")[0])
    return found[0].decode() if found else ""
