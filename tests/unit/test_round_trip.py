"""Each way to damage a file is recognised by what came back, and the smallest file that shows it is found."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.http.streamed_body import KEPT, Content, Received
from conformance.rules.round_trip import Damage, Side, damage, smallest

ALL = bytes(range(256))
LINES = b"a\r\nb\nc\rd\n"
MULTIPART = b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n'

CAUSES: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {
    "decoded as UTF-8 and encoded again": (ALL, lambda d: d.decode("utf-8", "replace").encode()),
    "what is not UTF-8 was left out": (ALL, lambda d: d.decode("utf-8", "ignore").encode()),
    "read as Latin-1 and written as UTF-8": (ALL, lambda d: d.decode("latin-1").encode()),
    "read as Windows-1252": (ALL, lambda d: d.decode("cp1252", "replace").encode()),
    "reduced to ASCII": (ALL, lambda d: d.decode("ascii", "replace").encode("ascii", "replace")),
    "byte order mark was lost": (b"\xef\xbb\xbfa", lambda d: d[3:]),
    "byte order mark was added": (b"a", lambda d: b"\xef\xbb\xbf" + d),
    "from CRLF to LF": (LINES, lambda d: d.replace(b"\r\n", b"\n")),
    "from LF to CRLF": (LINES, lambda d: d.replace(b"\n", b"\r\n")),
    "translated to LF": (LINES, lambda d: d.replace(b"\r\n", b"\n").replace(b"\r", b"\n")),
    "translated to CRLF": (LINES, lambda d: re.sub(rb"\r\n|\r|\n", b"\r\n", d)),
    "a line end was added": (b"a", lambda d: d + b"\n"),
    "line ends at its end were lost": (LINES, lambda d: d.rstrip(b"\n")),
    "white space around it was lost": (b" a ", lambda d: d.strip()),
    "cut off at its first NUL": (b"ab\0cd", lambda d: d.partition(b"\0")[0]),
    "Base64 text twice over": (ALL, lambda d: base64.b64encode(base64.b64encode(d))),
    "came back as Base64 text": (ALL, base64.b64encode),
    "taken for Base64 text and decoded": (base64.b64encode(b"some text"), base64.b64decode),
    "compressed with gzip": (ALL, lambda d: gzip.compress(d, mtime=0)),
    "taken for gzip and decompressed": (gzip.compress(b"some text", mtime=0), gzip.decompress),
    "inside a JSON document": (ALL, lambda d: json.dumps({"data": base64.b64encode(d).decode()}).encode()),
    "inside a multipart body": (b"some text", lambda d: MULTIPART + d + b"\r\n--x--\r\n"),
    "truncated at 65536 bytes": (ALL * 300, lambda d: d[:65536]),
    "its last 1 bytes are missing": (b"abc", lambda d: d[:-1]),
    "it came back empty": (b"abc", lambda d: b""),
    "2 bytes were added to its end": (b"abc", lambda d: d + b"xx"),
    "other bytes came back": (b"abc", lambda d: b"abd"),
    "7 bytes came for 3": (b"abc", lambda d: b"x" * 7),
}


def after(data: bytes, change: Callable[[bytes], bytes]) -> Damage | None:
    """The damage, seen through what is kept of files that pass by in pieces."""
    sent, came = Content.of(data), change(data)
    received = Received(sent, at_most=10_000_000)
    for piece in Content.of(came):
        received.take(piece)
    return damage(Side(sent.size, sent.head), Side(received.size, received.head), received.same_until)


@pytest.mark.parametrize("cause", CAUSES)
def test_a_damage_is_named(cause: str) -> None:
    data, change = CAUSES[cause]
    found = after(data, change)
    assert found is not None
    assert cause in found.kind


@pytest.mark.parametrize(
    "cause", ["decoded as UTF-8", "Latin-1", "as Base64 text", "with gzip", "from LF to CRLF", "JSON", "ASCII"]
)
def test_a_damage_is_named_by_the_head_of_a_large_file(cause: str) -> None:
    """Only the head of it was kept."""
    name = next(name for name in CAUSES if cause in name and "twice" not in name)
    data = (b"line\n" + ALL) * (3 * KEPT // 256)
    found = after(data, CAUSES[name][1])
    assert found is not None
    assert name in found.kind


@given(data=st.binary(max_size=300))
def test_what_came_back_whole_is_undamaged(data: bytes) -> None:
    assert after(data, bytes) is None


@given(data=st.binary(max_size=80), other=st.binary(max_size=80))
def test_whatever_came_back_the_first_difference_is_told(data: bytes, other: bytes) -> None:
    """No noise raises anything."""
    found = after(data, lambda _: other)
    assert (found is None) == (data == other)
    if found is not None:
        assert data[: found.offset] == other[: found.offset]
        assert data[found.offset : found.offset + 1] != other[found.offset : found.offset + 1]


def test_the_message_shows_both_sides_from_the_first_difference_on() -> None:
    found = after(b"ab\x80c", lambda d: d.decode("utf-8", "replace").encode())
    assert str(found) == (
        "the file came back changed: it was decoded as UTF-8 and encoded again, from offset 2 on "
        "(sent 80 63, received ef bf bd 63)"
    )


@given(before=st.binary(max_size=200), behind=st.binary(max_size=200))
def test_the_smallest_file_is_the_byte_that_matters(before: bytes, behind: bytes) -> None:
    assert smallest(before + b"\x80" + behind, lambda data: b"\x80" in data, tries=1000) == b"\x80"


def test_the_smallest_truncated_file_is_one_byte_too_large() -> None:
    assert len(smallest(bytes(200_000), lambda data: len(data) > 65536)) == 65537


def test_the_search_for_the_smallest_file_ends() -> None:
    asked: list[bytes] = []

    def shows(data: bytes) -> bool:
        asked.append(data)
        return len(asked) % 2 == 0

    smallest(ALL * 1000, shows, tries=25)
    assert len(asked) == 25
