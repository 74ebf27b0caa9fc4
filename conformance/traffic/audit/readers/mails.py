"""Mails (RFC 5322, MIME), one or a box of them: what quoted-printable and Base64 hide is decoded.

Quoted-printable folds a URL over lines and writes its equals signs as `=3D`; each line is judged where it begins. What
Base64 hides is judged by its lines if it is a text, and named if it is not.
"""

from __future__ import annotations

import binascii
import io
import quopri
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from conformance.traffic.audit.findings import Damage, LocatedFinding, Position, Unknown
from conformance.traffic.audit.formats import kind_of, unread_kind
from conformance.traffic.audit.readers.lines import Block, marked
from conformance.traffic.audit.readers.texts import judged, requests_of, text
from conformance.traffic.audit.sources import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.rules.url_tokens import Detector
    from conformance.traffic.audit.findings import Seen
    from conformance.traffic.audit.readers.texts import Requests

MAX_MAIL: Final = 32 << 20
"""The bytes of the largest mail, or box of mails, that is decoded."""

_ENCODING: Final = re.compile(rb"(?i)content-transfer-encoding:\s*([\w-]+)")
_BOUNDARY: Final = re.compile(rb"(?i)boundary\s*=\s*(?:\"([^\"]{1,200})\"|([^\s;]{1,200}))")
_MESSAGE: Final = re.compile(rb"(?i)^content-type:\s*message/rfc822", re.MULTILINE)
_BEGINS: Final = re.compile(rb"From \S+ .*\d{4}\r?\n?\Z")
_QUOTED: Final = b"quoted-printable"
_BASE64: Final = b"base64"


class Part(NamedTuple):
    """Lines that are encoded in one way.

    Attributes:
        line: the number of the first one.
        encoding: what their head declares, in small letters; empty for a head, and for what is written as it is.
        lines: with their ends.
    """

    line: int
    encoding: bytes
    lines: list[bytes]


def mail(source: Source, detector: Detector) -> Iterator[Seen | Unknown]:
    """The findings in the lines of mails, decoded."""
    whole = source.ahead(MAX_MAIL)
    if whole is None:
        reason = f"is larger than {MAX_MAIL >> 20} MiB; only its lines were judged, as they are written"
        yield Damage(Position(source.name), reason, source.size)
        yield from text(source, detector)
        return
    source.read(len(whole) + 1)
    source.units = whole.count(b"\n")
    for part in _parts(whole):
        if part.encoding == _BASE64:
            yield from _of_base64(part, source, detector)
        else:
            lines = b"".join(_unfolded(part.lines) if part.encoding == _QUOTED else part.lines)
            yield from judged(_requests(lines, part.line, source, detector), detector)


def _requests(lines: bytes, first: int, source: Source, detector: Detector) -> Iterator[Requests]:
    for line in marked(Block(first, lines, 0, len(lines)), detector.scan_lines):
        yield Position(source.name, line=line.number), requests_of(line)


def _of_base64(part: Part, source: Source, detector: Detector) -> Iterator[Seen | Unknown]:
    try:
        content = binascii.a2b_base64(b"".join(part.lines))
    except binascii.Error:
        yield Damage(Position(source.name, line=part.line), "is Base64 that is damaged", sum(map(len, part.lines)))
        return
    inner = Source(f"{source.name}:{part.line}", io.BufferedReader(io.BytesIO(content)))  # may be packed
    if content and kind_of(inner.head) is None:
        yield Unknown(inner.name, unread_kind(inner.head), len(content))
        return
    for one in text(inner, detector, builds=False):
        at = Position(source.name, line=part.line)
        yield one._replace(at=at) if isinstance(one, LocatedFinding) else replace(one, at=at)


def _unfolded(lines: list[bytes]) -> Iterator[bytes]:
    """The lines that quoted-printable stands for, each where it begins, so that each line keeps its number."""
    folded, count = b"", 0
    for line in lines:
        stripped = line.rstrip(b"\r\n \t")
        if stripped.endswith(b"="):
            folded, count = folded + stripped[:-1], count + 1
            continue
        yield quopri.decodestring(folded + stripped).replace(b"\n", b" ") + b"\n" * (count + 1)
        folded, count = b"", 0
    yield quopri.decodestring(folded).replace(b"\n", b" ")


def _parts(whole: bytes) -> Iterator[Part]:
    """The heads and bodies of mails and of their parts."""
    boundaries: set[bytes] = set()
    part, head, is_first = Part(1, b"", []), b"", True
    is_head = True
    for number, line in enumerate(whole.splitlines(keepends=True), 1):
        stripped = line.rstrip()
        delimiter = stripped[2:] if stripped[:2] == b"--" else None
        is_mail = _BEGINS.match(line) is not None and (not part.lines or not part.lines[-1].strip())
        if is_mail or delimiter in boundaries or (delimiter and delimiter.removesuffix(b"--") in boundaries):
            yield part
            part, head, is_head, is_first = Part(number, b"", []), b"", True, True
            part.lines.append(line)
            continue
        if is_head and not stripped and not is_first:
            boundaries.update(one[0] or one[1] for one in _BOUNDARY.findall(head))
            encoding = _ENCODING.search(head)
            yield part
            part = Part(number, encoding[1].lower() if encoding else b"", [])
            is_head = _MESSAGE.search(head) is not None and not part.encoding  # a mail in a mail begins with its head
            head, is_first = b"", True
        elif is_head:
            head, is_first = head + line, False
        part.lines.append(line)
    yield part
