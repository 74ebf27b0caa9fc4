"""Variables of a program: which a URL names, and the text that is certainly still in them.

`KEY=…` and later `"…?key=$KEY"`, in the spelling of a few dozen languages. A variable that somebody else may have set
meanwhile says nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Final, NamedTuple

from conformance.rules.url_tokens.formats import tokens
from conformance.rules.url_tokens.values import Value, classify

if TYPE_CHECKING:
    from collections.abc import Iterator

QUOTED: Final = rb"(?:\"([^\"\\\n]{3,4096})\"|'([^'\\\n]{3,4096})'|`([^`\\\n]{3,4096})`)"
NAME: Final = rb"[A-Za-z_]\w{2,60}"

_LITERAL: Final = re.compile(
    rb"@?[bru]?"
    + QUOTED
    + rb"(?:\.(?:freeze|to_owned\(\)|to_string\(\))|[ \t]*[;,)]{1,2})?[ \t]*(?:(?:#|//|--)[^\n]*)?\r?\Z"
)
_BARE: Final = re.compile(rb"([\w.~+/=!:-]{16,4096})(?:[ \t]*(?:[;&#][^\n]*)?)?\r?\Z")
_ESCAPES: Final = rb"[\w.:]{0,40}(?i:encode|escape|quote|encodeuricomponent)\w{0,20}\(\s{0,20}"
_PARAMETER: Final = re.compile(
    rb"([?&])([A-Za-z_][\w.%\[\]-]{0,60})=(?:"
    rb"(?P<shell>\$\{?(?:env:)?(" + NAME + rb")(?![\w.\[(:])\}?|%(" + NAME + rb")%|\$\((" + NAME + rb")\)"
    rb"|\{\{\s?(" + NAME + rb")\s?\}\})"
    rb"|[#$]?\{(?:var\.|local\.|self\.|this\.|@)?(" + NAME + rb")\}"
    rb"|\\\((" + NAME + rb")\)"
    rb"|[\"'`]\)?\s{0,20}(?:\+\+?|[.&^]|\.\.|<>)\s{0,20}(?:" + _ESCAPES + rb")?\$?(" + NAME + rb")(?![\w.\[(])"
    rb"|[\"'],\s{0,20}(?P<pasted>" + NAME + rb")\s{0,20}[,)]"
    rb"|[\"'][ \t]{1,20}([A-Z][A-Z0-9_]{2,60})(?=[ \t]{0,20}[\"'),;\n])"
    rb"|(?P<format>%[sv@]|\{\d?\})(?=[^\"'\n]{0,500}[\"']))"
)
_PLACE: Final = re.compile(rb"%[a-z@]|\{(\d?)\}")
_ARGUMENTS: Final = re.compile(rb"[^\"'\n]{0,500}[\"']\s{0,40}(?:,|%\s{0,20}\(?|\.format\()([^()\n\"']{0,400})")
_ARGUMENT: Final = re.compile(rb"\s*\$?(" + NAME + rb")\s*[\];]*\s*\Z")
_PASTES: Final = re.compile(rb"\bpaste0?\([^()]*\Z")
_QUERY: Final = re.compile(rb"\?[^\s\"'`]*(?:[\"'`]\s*[+.&]\s*[\w.()]+\s*[+.&]\s*[\"'`])*[^\s\"'`]*\Z")
_ORIGIN: Final = re.compile(rb"(?:https?|wss?)://[\w.:-]+(?:/[\w./~-]*)?\Z")

_WORDS: Final = (
    rb"(?:export|set|const|let|var|val|static|final|public|private|protected|readonly|declare|local|string|String"
    rb"|internal|-[a-z]+|my|our|def|Dim|Const|auto|char|NSString|std::string|constexpr|pub|global|Global|ARG|ENV|type)"
)
_ASSIGNMENT: Final = re.compile(
    rb"^([ \t]*)(?:" + _WORDS + rb"[ \t*]+){0,6}[\"']?(?:\$env:|[$@]|self\.|this\.)?(" + NAME + rb")"
    rb"(?:[ \t]*:[ \t]*[\w&'<>\[\].| ]{1,40}|[ \t]+As[ \t]+String|\[\d{0,4}\])?"
    rb"([ \t]*(?::=|=|<-)(?![=~>])[ \t]*)([^\n]*)",
    re.MULTILINE,
)
_DEFINES: Final = rb"(?:#[ \t]*define[ \t]+|@|set[ \t]+(?:-[a-z]{1,3}[ \t]+)?|define\([ \t]*[\"']|variable[ \t]+\")"
_DEFINED: Final = re.compile(
    rb"^([ \t]*)" + _DEFINES + rb"(" + NAME + rb")"
    rb"(?:[\"'][ \t]*,|\"[ \t]*\{\s{0,80}(?:(?:type|description|sensitive)[ \t]*=[^\n]*\n\s{0,80}){0,4}default[ \t]*=)?"
    rb"([ \t]+|(?<=,))[ \t]*([^\n]*)",
    re.MULTILINE,
)
_SETTING: Final = re.compile(rb"^([ \t]*(?:-[ \t]+)?)(" + NAME + rb")(:[ \t]+)([^\n]*)", re.MULTILINE)
_IS_YAML: Final = re.compile(
    rb"(?:[^\S\n]*+(?:#[^\n]*+)?\n|---[^\n]*+\n)*+(?:-[ \t]+)?[\w.-]{1,60}:[ \t]*(?:[^\n{(;]*\r?\n)"
)
_BINDS: Final = re.compile(
    rb"\b(?:def|function|func|fn|fun|sub|for|foreach|as|read|lambda|catch|with)\b|=>|->|\)\s*\{\s*\Z"
)
_BODY: Final = re.compile(rb"^[ \t]*(?![ \t]|\r?\n|\)|\Z)", re.MULTILINE)


class Named(NamedTuple):
    """A parameter of a URL that a variable fills.

    Attributes:
        at: where it stands.
        origin: scheme, host and path of the URL, as far as they stand before it.
        parameter: its name.
        value: the text in the variable.
    """

    at: int
    origin: bytes
    parameter: bytes
    value: bytes


class Variables:
    """The variables of a program.

    Args:
        text: the whole of it.
        most: how many are looked up.
    """

    def __init__(self, text: bytes, most: int) -> None:
        self._text = text
        self._left = most
        self._assigned: dict[bytes, list[tuple[int, int | None, bytes]]] | None = None

    def in_urls(self) -> Iterator[Named]:
        """The parameters of URLs that variables fill whose text is known."""
        for found in _PARAMETER.finditer(self._text):
            start = self._text.rfind(b"\n", 0, found.start()) + 1
            if found[1] == b"&" and not _QUERY.search(self._text, max(start, found.start() - 300), found.start()):
                continue  # of a form
            if found["pasted"] and not _PASTES.search(self._text, max(start, found.start() - 300), found.start()):
                continue  # of another call
            name = self._argument(found) if found["format"] else next(filter(None, found.groups()[3:]), b"")
            value = self.value(name, found.start(), is_shell=found["shell"] is not None)
            if value:
                origin = _ORIGIN.search(self._text, max(start, found.start() - 200), found.start())
                yield Named(found.start(), origin[0] if origin else b"", found[2], value)

    def value(self, name: bytes, at: int, *, is_shell: bool = False) -> bytes:
        """The text that a variable was set to last, and that is certainly still in it; empty if there is none.

        Args:
            name: of the variable.
            at: where it is used.
            is_shell: whether it is used as those are whose texts stand without quotation marks.
        """
        if not name or self._left <= 0:
            return b""
        assigned = self._assignments().get(name, ())
        number = bisect_left(assigned, (at,)) - 1
        if number < 0:
            return b""
        self._left -= 1
        end, indent, told = assigned[number]
        if found := _LITERAL.fullmatch(told):
            value = found[1] or found[2] or found[3]
        elif is_shell and (bare := _BARE.fullmatch(told)) and (classify(bare[1]) is Value.RANDOM or tokens(bare[1])):
            value = bare[1]
        else:
            return b""
        return value if self._is_still(name, end, at, indent) and not re.search(rb"[$`]|\{\w", value) else b""

    def _argument(self, found: re.Match[bytes]) -> bytes:
        """The variable that takes a place of a format, if it is one."""
        begin = max(self._text.rfind(mark, max(0, found.start() - 1000), found.start()) for mark in (b'"', b"'", b"\n"))
        index = _PLACE.fullmatch(found["format"])
        number = int(index[1]) if index and index[1] else len(_PLACE.findall(self._text, begin + 1, found.start()))
        rest = _ARGUMENTS.match(self._text, found.end())
        arguments = rest[1].split(b",") if rest else []
        argument = _ARGUMENT.match(arguments[number]) if number < len(arguments) else None
        return argument[1] if argument else b""

    def _assignments(self) -> dict[bytes, list[tuple[int, int | None, bytes]]]:
        """For each variable where it is set, how far the line is indented if a block may end, and to what."""
        if self._assigned is None:
            told: dict[bytes, dict[int, tuple[int | None, bytes]]] = {}
            patterns = [_ASSIGNMENT, _DEFINED, *((_SETTING,) if _IS_YAML.match(self._text) else ())]
            for pattern in patterns:
                for one in pattern.finditer(self._text):
                    indent = len(one[1]) if pattern is _ASSIGNMENT else None
                    told.setdefault(one[2], {}).setdefault(one.start(), (indent, one[4]))
            self._assigned = {name: sorted((at, *one) for at, one in places.items()) for name, places in told.items()}
        return self._assigned

    def _is_still(self, name: bytes, begin: int, end: int, indent: int | None) -> bool:
        """Whether nothing between two places sets a variable anew, and the block does not end in which it was set."""
        text = self._text
        begin = text.find(b"\n", begin, end) + 1
        if not begin:
            return True  # TOKEN=…; curl "…$TOKEN"
        if indent and any(line.end() - line.start() < indent for line in _BODY.finditer(text, begin, end)):
            return False
        at = text.find(name, begin, end)
        while at >= 0:
            start = text.rfind(b"\n", 0, at) + 1
            stop = text.find(b"\n", at)
            line = text[start : stop if stop >= 0 else None]
            if start < text.rfind(b"\n", 0, end) and _BINDS.search(line):
                return False
            at = text.find(name, at + len(name), end)
        return True
