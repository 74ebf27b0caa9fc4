"""What happened to a file on its way to a server and back: its name, its place, and the smallest file that shows it.

Both sides are given as what is known of a file that passed by in pieces: its size, and its first bytes, which are all
of a small one.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

SHOWN = 8
"""How many bytes of either side a message shows, from the first difference on."""

WRAPPINGS = frozenset(
    {
        "it came back as Base64 text twice over",
        "it came back as Base64 text",
        "it came back inside a JSON document",
        "it came back inside a multipart body",
    }
)
"""The kinds of damage that put something else around the bytes, or in their place."""

_BOM = b"\xef\xbb\xbf"
_TEXT = ("utf-8", "latin-1", "cp1252")
_ROUND = 16_384  # truncation at a multiple of this is said to be one
_UNSURE = 16  # bytes at the end of a head whose counterpart may have been cut off


@dataclass(frozen=True, slots=True)
class Side:
    """A file as it was sent, or as it came.

    Attributes:
        size: how many bytes it has.
        head: the first of them; all, if `size` is no more.
    """

    size: int
    head: bytes

    @property
    def is_whole(self) -> bool:
        """Whether every byte is known."""
        return self.size == len(self.head)


@dataclass(frozen=True, slots=True)
class Damage:
    """What happened to a file.

    Attributes:
        kind: what it is, such as `its line ends were translated`: the same words for the same cause.
        offset: the first byte that differs, counted from 0.
        sent: the first bytes from there on, as they were sent.
        received: the same, as they came.
    """

    kind: str
    offset: int
    sent: bytes
    received: bytes

    def __str__(self) -> str:
        return (
            f"the file came back changed: {self.kind}, from offset {self.offset} on "
            f"(sent {_hex(self.sent)}, received {_hex(self.received)})"
        )


def damage(sent: Side, received: Side, same_until: int) -> Damage | None:
    """What happened to a file; None where it is the same.

    Args:
        sent: the file as it was sent.
        received: the file as it came.
        same_until: how many bytes from the start agree.
    """
    if sent.size == received.size == same_until:
        return None
    kind = next((says for says, matches in _CAUSES if matches(sent, received)), None)
    kind = kind or _by_length(sent, received, same_until)
    there = slice(same_until, same_until + SHOWN)
    return Damage(kind, same_until, sent.head[there], received.head[there])


def smallest(data: bytes, shows: Callable[[bytes], bool], tries: int = 60) -> bytes:
    """The smallest part of a file that shows the same damage, as far as so many tries lead.

    Args:
        data: a file that shows it.
        shows: whether another file does.
        tries: how many files are tried.
    """
    left = tries

    def still(candidate: bytes) -> bool:
        nonlocal left
        left -= 1
        return left >= 0 and shows(candidate)

    # A damage that hangs on the size shows with a prefix; the shortest one is found by halves.
    low, high = -1, len(data)
    while high - low > 1 and left > 0:
        middle = (low + high) // 2
        low, high = (low, middle) if still(data[:middle]) else (middle, high)
    data, width = data[:high], max(1, high // 2)
    while width and left > 0 and len(data) > 1:
        at = 0
        while at < len(data) and left > 0:
            shorter = data[:at] + data[at + width :]
            if still(shorter):
                data = shorter
            else:
                at += width
        width //= 2
    return data


# ------------------------------------------------------------------ details


def _hex(data: bytes) -> str:
    return data.hex(" ") if data else "nothing"


def _by_length(sent: Side, received: Side, same_until: int) -> str:
    if same_until == received.size < sent.size:
        missing = sent.size - received.size
        if received.size and received.size % _ROUND == 0:
            return f"it was truncated at {received.size} bytes"
        if sent.head[received.size : received.size + 1] == b"\0" and received.size < len(sent.head):
            return "it ends before its first NUL"
        return f"its last {missing} bytes are missing" if received.size else "it came back empty"
    if same_until == sent.size < received.size:
        return f"{received.size - sent.size} bytes were added to its end"
    return "other bytes came back" if sent.size == received.size else f"{received.size} bytes came for {sent.size}"


def _becomes(change: Callable[[bytes], bytes]) -> Callable[[Side, Side], bool]:
    """Whether the file came back as the change leaves it; judged by its head, where only that is known."""

    def matches(sent: Side, received: Side) -> bool:
        try:
            expected = change(sent.head)
        except (ValueError, zlib.error):
            return False
        if expected == sent.head:
            return False
        if sent.is_whole:
            return expected == received.head and received.is_whole
        length = min(len(expected), len(received.head)) - _UNSURE
        return length > 0 and expected[:length] == received.head[:length] != sent.head[:length]

    return matches


def _recoded(decode: str, errors: str, encode: str = "utf-8") -> Callable[[bytes], bytes]:
    return lambda data: data.decode(decode, errors).encode(encode, "replace")


def _unpacked(data: bytes) -> bytes:
    """The content of a gzip file, as far as it is there. Raises ValueError where it is none."""
    if not data.startswith(b"\x1f\x8b"):
        raise ValueError
    return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(data, 1 << 20)


def _is_packed(sent: Side, received: Side) -> bool:
    try:
        plain = _unpacked(received.head)
    except (ValueError, zlib.error):
        return False
    if sent.is_whole and received.is_whole:
        return plain == sent.head
    return bool(plain) and (sent.head.startswith(plain) or plain.startswith(sent.head))


def _base64(data: bytes) -> bytes:
    return base64.b64decode(re.sub(rb"\s", b"", data), validate=True)


def _unbase64(data: bytes) -> bytes:
    if len(data) < 4:
        raise ValueError
    return _base64(data[: len(data) // 4 * 4] if len(data) % 4 else data)


def _is_base64(sent: Side, received: Side) -> bool:
    """Whether Base64 text came for the bytes, alone or after a `data:` prefix."""
    text = received.head
    if text.startswith(b"data:") and b"," in text[:200]:
        text = text.partition(b",")[2]
    try:
        plain = _base64(text if received.is_whole else text[: len(text) // 4 * 4])
    except (ValueError, binascii.Error):
        return False
    return bool(plain) and (plain == sent.head if received.is_whole else sent.head.startswith(plain))


def _is_in_json(sent: Side, received: Side) -> bool:
    start = received.head.lstrip()
    if not start.startswith((b"{", b'"', b"[")) or sent.head.lstrip().startswith((b"{", b'"', b"[")):
        return False
    try:
        texts = list(_strings(json.loads(received.head)))
    except (ValueError, RecursionError):
        return not received.is_whole and start.startswith(b'{"')
    return any(text.encode("utf-8", "replace") in _disguises(sent.head) for text in texts)


def _disguises(data: bytes) -> set[bytes]:
    """How bytes look as text: as they are, decoded in one way or another, in Base64, or in hexadecimal digits."""
    decoded = {data.decode(name, "replace").encode() for name in _TEXT}
    return {data, *decoded, base64.b64encode(data), data.hex().encode()}


def _strings(value: object) -> Iterator[str]:
    pending = [value]
    while pending:
        found = pending.pop()
        if isinstance(found, str):
            yield found
        elif isinstance(found, dict):
            pending.extend(found.values())
        elif isinstance(found, list):
            pending.extend(found)


def _is_in_multipart(sent: Side, received: Side) -> bool:
    if not received.head.startswith(b"--") or sent.head.startswith(b"--"):
        return False
    return b"\r\n\r\n" + sent.head[: len(received.head) // 2] in received.head


_CAUSES: tuple[tuple[str, Callable[[Side, Side], bool]], ...] = (
    ("it was decoded as UTF-8 and encoded again", _becomes(_recoded("utf-8", "replace"))),
    ("what is not UTF-8 was left out", _becomes(_recoded("utf-8", "ignore"))),
    ("it was read as Latin-1 and written as UTF-8", _becomes(_recoded("latin-1", "strict"))),
    ("it was read as Windows-1252 and written as UTF-8", _becomes(_recoded("cp1252", "replace"))),
    ("it was reduced to ASCII", _becomes(_recoded("ascii", "replace", "ascii"))),
    ("the byte order mark was lost", _becomes(lambda data: data.removeprefix(_BOM))),
    ("a byte order mark was added", _becomes(lambda data: _BOM + data)),
    ("its line ends were translated from CRLF to LF", _becomes(lambda data: data.replace(b"\r\n", b"\n"))),
    ("its line ends were translated from LF to CRLF", _becomes(lambda data: data.replace(b"\n", b"\r\n"))),
    (
        "its line ends were translated to LF",
        _becomes(lambda data: data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")),
    ),
    ("its line ends were translated to CRLF", _becomes(lambda data: re.sub(rb"\r\n|\r|\n", b"\r\n", data))),
    ("a line end was added to its end", _becomes(lambda data: data + b"\n")),
    ("a line end was added to its end", _becomes(lambda data: data + b"\r\n")),
    ("the line ends at its end were lost", _becomes(lambda data: data.rstrip(b"\r\n"))),
    ("the white space around it was lost", _becomes(lambda data: data.strip())),
    ("it was cut off at its first NUL", _becomes(lambda data: data.partition(b"\0")[0])),
    ("it came back as Base64 text twice over", _becomes(lambda data: base64.b64encode(base64.b64encode(data)))),
    ("it came back as Base64 text", _is_base64),
    ("it was taken for Base64 text and decoded", _becomes(_unbase64)),
    ("it came back compressed with gzip", _is_packed),
    ("it was taken for gzip and decompressed", _becomes(_unpacked)),
    ("it came back inside a JSON document", _is_in_json),
    ("it came back inside a multipart body", _is_in_multipart),
)
"""What is known to happen to files, the most particular first."""
