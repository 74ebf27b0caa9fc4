"""Log lines whose columns have no names: those of IIS and CloudFront, cut out of their files; and queries as maps.

`grep`, `tail` and log shippers drop the directives that name the columns. Path and query are in separate columns of
these lines, so there is no URL until they are joined. What surrounds the two tells the layout, and nothing less does:
elsewhere, what follows a path may be a body.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_METHOD = rb"[A-Z]{3,12}"
_ADDRESS = rb"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]*+:[0-9a-fA-F:.]++)"
_TAB = re.compile(rb"(?<!\\)\\++t")
_STEM: Final = re.compile(rb"[ \t]/[^\s?]*+[ \t]")  # a path in a column of its own, which is in all of them
_ORDERS: Final = (
    # IIS: server method stem query port user client
    re.compile(_ADDRESS + b" " + _METHOD + rb" (/\S*) ([^\s?]+) \d{1,5} \S+ " + _ADDRESS),
    # IIS, with columns of its choice: date time ... method stem query ... status substatus code ...
    re.compile(
        rb"(?<![\w.:-])\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (?:[\w.:~-]+ ){0,3}?" + _METHOD + rb" (/\S*) ([^\s?]+)"
        rb"(?= (?:\S+ ){0,9}?(?:-|\S*\+\S*|"
        + _ADDRESS
        + rb") (?:\S+ ){0,9}?\d{3} \d{1,3} \d{1,10}(?: \d+){0,3}(?:[\s\"\\]|\Z))"
    ),
    # IIS, in its own format: method, stem, query,
    re.compile(rb"(?<![^\s\",;|])" + _METHOD + rb", (/[^,\n]*), ([^\n]*?),(?=[\s\",;|]|\Z)"),
    # CloudFront: method host stem status Referer agent query
    re.compile(rb"\s" + _METHOD + rb"\s[\w.-]+[ \t](/\S*)\s\d{3}\s\S+\s\S+\s(\S+)"),
)
_MAP: Final = re.compile(rb"(?i:\bquery ?string(?: parameters)?) ?[:=] ?\{([^{}]*=[^{}]*)\}")  # as Java writes one


def urls_of_columns(text: bytes) -> Iterator[bytes]:
    """The URLs whose path and query are in separate columns, in lines of these layouts."""
    text = _TAB.sub(b"\t", text)
    for told in _MAP.findall(text):
        yield b"?" + told.replace(b", ", b"&")
    if not _STEM.search(text):
        return
    for order in _ORDERS:
        for found in order.finditer(text):
            if b"=" in found[2]:
                yield b"%b?%b" % (found[1], found[2])
