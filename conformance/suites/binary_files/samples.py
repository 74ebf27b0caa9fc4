"""Files that go wrong in practice, real files of common formats, names, and Hypothesis strategies for more of them."""

from __future__ import annotations

import base64
import gzip
import io
import mimetypes
import struct
import zipfile
import zlib
from dataclasses import replace
from functools import cache

from hypothesis import strategies as st

from conformance.http.streamed_body import Content

ALL_BYTES = bytes(range(256))
LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
BOM = b"\xef\xbb\xbf"
_TEXT = "Zürich, Καλημέρα, 日本語"

AWKWARD: dict[str, bytes] = {
    "one NUL": b"\0",
    "letters with NUL": b"a\0b\0",
    "white space at the ends": b" white space \t\r\n\r\n",
    "lines of CRLF": b"one\r\ntwo\r\n",
    "lines of LF": b"one\ntwo\n",
    "lines of CR": b"one\rtwo\r",
    "a byte order mark": BOM + b"text",
    "plain text": b"text",
    "no UTF-8": b"\x80\xff\xc0\xaf\xed\xa0\x80",  # nothing of it is UTF-8
    "UTF-16": _TEXT.encode("utf-16"),
    "Latin-1": "é".encode("latin-1") * 40,
    "a hole of zeros": b"before" + bytes(8192) + b"behind",
    "zlib": zlib.compress(b"compressed once"),
    "gzip": gzip.compress(b"compressed once", mtime=0),
    "Base64": base64.b64encode(b"text that was encoded already"),
    "a data URL": b"data:application/pdf;base64,JVBERi0xLjQK",
    "JSON": b'{"error": "this file is JSON"}',
    "multipart": b"--boundary\r\nContent-Disposition: form-data\r\n\r\nx\r\n--boundary--\r\n",
    "percent-encoding": b"%41%2B+a=b&c=%00",
    "HTML": b"<html><body>&amp; not a page</body></html>",
    "a character across the edge of 64 KiB": LETTERS * 1023
    + b"letters to the edge of 64 KiB, then a character of two bytes across it: \xc3\xa9"
    + ALL_BYTES,
}
"""What is damaged by whoever takes bytes for text, or looks into them; tried at every depth, as are `real_files`, which
have every byte, and UTF-8."""

TEXTS = ("white space at the ends", "lines of CRLF", "lines of LF", "a byte order mark")
"""Those of `AWKWARD` that line-by-line handling damages. They are also sent with the media type of a text."""


def twin_of(content: Content) -> bytes:
    """A file of the same size, of which one byte in the middle is another."""
    data = bytearray(b"".join(content))
    data[len(data) // 2] ^= 1
    return bytes(data)


def in_single_bytes(data: bytes) -> Content:
    """A file that is sent one byte at a time: without its length, each is a chunk."""
    return replace(Content.of(data), pieces=lambda: (data[at : at + 1] for at in range(len(data))))


def files() -> st.SearchStrategy[bytes]:
    """Any bytes, and text in several encodings, with the characters that break in most hands."""
    text = st.text(st.sampled_from("aé日\r\n\0\ufeff\u2028\U0001f4be %+\"'<&"), min_size=1, max_size=60)
    encoded = st.tuples(text, st.sampled_from(("utf-8", "utf-16", "utf-32", "utf-8-sig"))).map(
        lambda pair: pair[0].encode(pair[1])
    )
    packed = st.binary(max_size=60).map(lambda data: gzip.compress(data, mtime=0))
    return st.one_of(
        st.binary(min_size=1, max_size=300), encoded, packed, st.binary(min_size=1, max_size=60).map(base64.b64encode)
    )


# ------------------------------------------------------------------- real files


@cache
def real_files() -> dict[str, bytes]:
    """A small valid file of each of these media types."""
    return {
        "application/octet-stream": ALL_BYTES,
        "text/plain": _TEXT.encode(),
        "image/png": _png(),
        "image/jpeg": _JPEG,
        "image/gif": base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"),
        "application/pdf": _pdf(),
        "application/zip": _zip({"a.txt": b"text", "folder/b.bin": ALL_BYTES}),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": _zip(_DOCX),
    }


def file_of(media_type: str) -> bytes:
    """A file of this type; any bytes where none is at hand."""
    return real_files().get(media_type, ALL_BYTES)


def extension_of(media_type: str) -> str:
    """The usual extension of files of this type; that of any bytes where none is known."""
    return mimetypes.guess_extension(media_type) or ".bin"


def _png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(b"\0\xff\x80\0")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")


def _pdf() -> bytes:
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 72 72] >>",
    )
    body, places = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 4\n0000000000 65535 f \n%btrailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return body + end % (table, len(body))


def _zip(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
    return packed.getvalue()


_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQ"
    "CgwSExIQEw8QEBD/yQALCAABAAEBAREA/8wABgAQEAX/2gAIAQEAAD8A0s8g/9k="
)
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_DOCX = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{_MAIN}"/></Types>'
    ).encode(),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" Type="{_OFFICE}" '
        'Target="word/document.xml"/></Relationships>'
    ).encode(),
    "word/document.xml": (
        f'<w:document xmlns:w="{_WORD}"><w:body><w:p><w:r><w:t>{_TEXT}</w:t></w:r></w:p></w:body></w:document>'
    ).encode(),
}

# ------------------------------------------------------------------------ names

NAMES: tuple[str, ...] = (
    "with spaces and dots...in it.tar.bin",
    "gr\u00fc\u00dfe.bin",  # NFC
    "gru\u0308\u00dfe.bin",  # NFD
    "日本語 \U0001f4be.bin",
    "a blank at the end.bin ",
    "a dot at the end.bin.",
    "100%.bin",
    "a%20b.bin",
    "a%2Fb.bin",
    "plus+and+plus.bin",
    "raw+plus.bin",
    "semi;colon,comma&and=equals.bin",
    "question?mark#hash.bin",
    "quote'and\"quote.bin",
    "(brackets)[square]{curly}.bin",
    "back\\slash.bin",
    "UPPER-and-lower.bin",
    "long-" + "x" * 120 + ".bin",
    "of 200 bytes-" + "y" * 200 + ".bin",
    "of 255 bytes-" + "z" * 255 + ".bin",
)
"""Names that get lost between the encodings of paths and of disks; tried at every depth."""

RAW = "raw+"
"""What a name begins with whose plus signs stand in the path as they are, which is another name than with blanks."""

LENGTHS_OF_NAMES = {"of 200 bytes-": 200, "of 255 bytes-": 255}
"""How long a whole name is that begins so, with what stands before it: the most that a file system takes is 255."""


def names() -> st.SearchStrategy[str]:
    """Names of letters, marks and punctuation of many scripts, without slashes and control characters."""
    letters = st.characters(categories=("L", "M", "N", "P", "S"), exclude_characters="/\\")
    return st.text(st.one_of(letters, st.sampled_from(" %+.&=;#?~")), min_size=1, max_size=40).map(
        lambda text: f"{text.strip(' .') or 'x'}.bin"
    )
