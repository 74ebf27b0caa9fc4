"""Commands that put data into the query themselves: curl with `-G` or `--url-query`, HTTPie with `name==value`.

URL and data stand apart in them, so there is no URL until they are joined. Without `-G` the data of curl are a body.
PowerShell puts a table that is the body of a GET into the query.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST: Final = 8 << 10
"""The bytes of the longest command that is read as a whole, before a line and behind it."""

CONTINUES: Final = (b"\\", b"^", b"`", b"\r")
"""How a line may end before its line feed that is one command with the next one."""

_COMMAND: Final = re.compile(rb"(?<![\w.-])(?:(?P<curl>curl)(?:\.exe)?|https?|xhs?)(?=[\"']?,?[ \t])")
_CONTINUED: Final = re.compile(rb"(?:\\|[ \t][\^`])\r?\n\Z")
_WORD: Final = re.compile(
    rb"[\\^`]\r?\n"  # the command goes on
    rb"|(?P<end>[\n|;)]|&(?=[\s&])|(?<![\w.-])curl(?:\.exe)?(?=[ \t]))"
    rb"|(?P<word>(?:(?<![^\s=$,\[(\"'])(?:'[^'\n]*+'|\"(?:[^\"\\\n]++|\\.)*+\")|\\[^\r\n]|[^\s|;)\\'\"])++)",
)
_BETWEEN: Final = re.compile(rb"(?<=[\"']),(?=[\"'])")  # the words of a list
_QUOTE: Final = re.compile(rb"\\?[\"'](?:[\],]+\Z)?")
_URL: Final = re.compile(rb"(\w+://)(?:[^\s/?#]*@)?([^\s?#]+)")
_PLACE: Final = re.compile(rb"(?!-)[^\s=]*[.:/][^\s=]*")
_ITEM: Final = re.compile(rb"([\w.\[\]-]{1,100})==(.*)")
_OTHERS: Final = b"AbcCDeEFhHKmoPQrtTuUwxXyYz"  # the options of curl with a value, of one letter, but for data
_LONG_OTHERS: Final = frozenset(
    (b"--referer", b"--proxy", b"--preproxy", b"--doh-url", b"--header", b"--user-agent", b"--output", b"--user")
)
_DATA: Final = frozenset(
    (b"-d", b"--data", b"--data-ascii", b"--data-binary", b"--data-raw", b"--data-urlencode", b"--json")
)
_GET: Final = frozenset((b"-G", b"--get"))
_ADDED: Final = b"--url-query"  # whatever the method is
_POWERSHELL: Final = re.compile(
    rb"(?i)(?<![\w.-])(?:Invoke-(?:RestMethod|WebRequest)|irm|iwr)[ \t]"
    rb"(?P<words>(?:[^\n|;@`]++|`\r?\n|[`@](?!\{)|@\{[^{}]*\})*+)"
)
_METHOD: Final = re.compile(rb"(?i)[ \t]-(?:Custom)?Method[ :]+[\"']?(\w+)")
_TABLE: Final = re.compile(rb"(?i)[ \t]-Body[ :]+@\{([^{}]*)\}")
_MEMBER: Final = re.compile(rb"[\"']?([\w.-]+)[\"']?[ \t]*=[ \t]*(?:'([^'\n]*)'|\"([^\"\n]*)\"|([^;\s'\"]+))")

_OPTION: Final = re.compile(
    rb"^(?:--?)?([a-zA-Z][a-z0-9-]*+)(?:[ \t]*[=: ][ \t]*(?:\"((?:[^\"\\\n]|\\.)*+)\"|([^\"\s]\S*+)))?[ \t]*\r?$",
    re.MULTILINE,
)  # of a file of curl's
_SHOWING_OPTIONS: Final = (b"\nget\n", b"\nget\r", b"\n--get", b"\n-G", b"url-query")

type _Words = list[tuple[int, bytes]]


def urls_of_commands(text: bytes, before: bytes = b"", after: bytes = b"") -> Iterator[bytes]:
    """The URLs that the commands in a text make of their data: one for each piece of data that stands in the text.

    Args:
        text: a line, or more.
        before: what stands before it and is one command with it; see `begin_of_command`.
        after: the same behind it.
    """
    whole = _BETWEEN.sub(b" ", before + text + after)
    end = 0
    while command := _COMMAND.search(whole, end):
        words, end = _words(whole, command.end())
        url, queries = (_of_curl if command["curl"] else _of_httpie)(words)
        yield from (b"%b?%b" % (url, query) for at, query in queries if 0 <= at - len(before) < len(text))
    for url, queries in _of_powershell(before + text + after):
        yield from (b"%b?%b" % (url, query) for at, query in queries if 0 <= at - len(before) < len(text))


def urls_of_options(text: bytes) -> Iterator[tuple[int, bytes]]:
    """The URLs that curl makes of a file with one option a line, such as a `.curlrc`, each with the place of its data.

    One `next` parts from another what is sent.
    """
    lines = b"\n%b\n" % text
    if b"url" not in text or not any(option in lines for option in _SHOWING_OPTIONS):
        return
    words: _Words = []
    for found in (*_OPTION.finditer(text), None):
        if found is None or found[1] == b"next":
            url, queries = _of_curl(words)
            yield from ((at, b"%b?%b" % (url, query)) for at, query in queries if url)
            words = []
            continue
        name = (b"-" if len(found[1]) == 1 else b"--") + found[1]
        value = found[2].replace(b'\\"', b'"') if found[2] is not None else found[3] or b""
        if found[1] == b"url":
            words.append((found.start(), value))
        elif name in _GET:
            words.append((found.start(), name))
        elif name in _DATA or name == _ADDED:
            words += [(found.start(), name), (found.start(), value)]


def begin_of_command(text: bytes, at: int) -> int:
    """Where the command begins that goes on where a line begins; mostly there, because none goes on."""
    first = at
    while first and _CONTINUED.search(text, max(0, first - 4), first):
        first = text.rfind(b"\n", 0, first - 1) + 1
        if at - first > LONGEST:
            return at
    return first


def end_of_command(text: bytes, at: int) -> int:
    """Where the lines end that are one command with the line that ends here; mostly here, because it is alone."""
    last = at
    while _CONTINUED.search(text, max(0, last - 4), last) and last < len(text):
        last = text.find(b"\n", last) + 1 or len(text)
        if last - at > LONGEST:
            return at
    return last


def lines_of_command(text: bytes, start: int) -> tuple[int, int]:
    """Where the lines begin and end of which each but the last goes on with the next one, around a line, however many.

    Where neither is further than `LONGEST`, that is what `begin_of_command` and `end_of_command` say.
    """
    first = start
    while first and _CONTINUED.search(text, max(0, first - 4), first):
        first = text.rfind(b"\n", 0, first - 1) + 1
    last = text.find(b"\n", start) + 1 or len(text)
    while last < len(text) and _CONTINUED.search(text, max(0, last - 4), last):
        last = text.find(b"\n", last) + 1 or len(text)
    return first, last


def _words(text: bytes, at: int) -> tuple[_Words, int]:
    """The words of the command that goes on here with their places, without quotation marks, and where it ends."""
    words: _Words = []
    for found in _WORD.finditer(text, at):
        if found["end"]:
            return words, found.start() + (found["end"] in b"\n|;)&")
        if found["word"]:
            words.append((found.start(), _QUOTE.sub(b"", found["word"])))
    return words, len(text)


def _of_curl(words: _Words) -> tuple[bytes, _Words]:
    """The URL that curl is given, and what it adds to the query."""
    is_get, url = False, b""
    data: _Words = []
    added: _Words = []
    for at, option, value in _options(words):
        is_get = is_get or option in _GET
        if option in _DATA and value[:1] != b"@":
            data.append((at, _encoded(value) if option == b"--data-urlencode" else value))
        elif option == _ADDED and value[:1] != b"@":
            added.append((at, value[1:] if value[:1] == b"+" else _encoded(value)))
        elif not option and not url:
            url = _plain(value)
    return url, added + (data if is_get else [])


def _options(words: _Words) -> Iterator[tuple[int, bytes, bytes]]:
    """The options of curl, each with the place of its value, and the value; what is none has no name."""
    rest = iter(words)
    for at, word in rest:
        if word[:2] == b"--":
            word, equals, told = word.partition(b"=")
            has_value = word in _DATA or word in _LONG_OTHERS or word == _ADDED
            value = (at, told) if equals else next(rest, (at, b"")) if has_value else (at, b"")
            yield value[0], b"" if equals and word == b"--url" else word, value[1]
        elif word[:1] == b"-":
            yield from _short(at, word, rest)
        else:
            yield at, b"", word


def _short(at: int, word: bytes, rest: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes, bytes]]:
    """The options of one word, of which the last one may have a value in it, or in the next word."""
    for number in range(1, len(word)):
        option = b"-" + word[number : number + 1]
        if option[1:] in _OTHERS or option in _DATA:
            place, value = (at, word[number + 1 :]) if word[number + 1 :] else next(rest, (at, b""))
            yield place, option, value
            return
        yield at, option, b""


def _of_httpie(words: _Words) -> tuple[bytes, _Words]:
    """The URL that HTTPie is given, and its items that belong into the query."""
    if not any(_PLACE.match(word) for _, word in words):
        return b"", []
    url = next((found for _, word in words if (found := _plain(word))), b"")
    items = [(at, item) for at, word in words if (item := _ITEM.fullmatch(word))]
    return url, [(at, _encoded(b"%b=%b" % item.groups())) for at, item in items]


def _of_powershell(text: bytes) -> Iterator[tuple[bytes, _Words]]:
    """For each GET of PowerShell the URL, and the members of the table that become its query."""
    for command in _POWERSHELL.finditer(text) if b"@{" in text else ():
        method = _METHOD.search(command["words"])
        table = _TABLE.search(b" " + command["words"])
        if table is None or (method is not None and method[1].lower() != b"get"):
            continue
        url = _URL.search(command["words"].replace(b"'", b" ").replace(b'"', b" "))
        at = command.start("words") + table.start(1) - 1
        members = [
            (at + one.start(), one[1] + b"=" + (one[2] or one[3] or one[4] or b""))
            for one in _MEMBER.finditer(table[1])
        ]
        yield url[1] + url[2] if url else b"", [(place, _encoded(member)) for place, member in members]


def _plain(url: bytes) -> bytes:
    """A URL without what is judged where it stands: user information and query."""
    found = _URL.match(url)
    return found[1] + found[2] if found else b""


def _encoded(data: bytes) -> bytes:
    """A name and its value as they are in a query; nothing of a value without a name, or of one in a file."""
    name, equals, value = data.partition(b"=")
    return name + equals + quote(value, safe="").encode() if equals else b""
