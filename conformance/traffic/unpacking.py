"""Bodies as they were before they were packed for the wire (RFC 9110, 8.4): only their beginning is needed here."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final

try:
    from compression import zstd  # type: ignore[import-not-found,unused-ignore] # since Python 3.14
except ImportError:
    from backports import zstd


def _zlib(content: bytes, most: int) -> bytes:
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(content, most)
    except zlib.error:  # some servers call it deflate without its head
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(content, most)


def _zstd(content: bytes, most: int) -> bytes:
    return bytes(zstd.ZstdDecompressor().decompress(content, most))


def _brotli(content: bytes, most: int) -> bytes:
    unpacking: Any = import_module("brotli").Decompressor()  # comes with mitmproxy
    return bytes(unpacking.process(content, output_buffer_limit=most))


_UNPACKING: Final[Mapping[bytes, Callable[[bytes, int], bytes]]] = {
    b"gzip": _zlib,
    b"x-gzip": _zlib,
    b"deflate": _zlib,
    b"zstd": _zstd,
    b"br": _brotli,
}


def unpacked(content: bytes, encoding: bytes, most: int) -> bytes:
    """The beginning of a body that came in a content coding, at most so many bytes; empty if it can't be unpacked.

    Args:
        content: the body as it was sent.
        encoding: the value of Content-Encoding; empty for none.
        most: how many bytes are wanted, so that a few bytes can't become gigabytes.
    """
    for coding in reversed(encoding.lower().replace(b" ", b"").split(b",")):
        if coding in {b"", b"identity"}:
            continue
        try:
            content = _UNPACKING[coding](content, most)
        except Exception:  # unknown, damaged, or its library is not installed
            return b""
    return content
