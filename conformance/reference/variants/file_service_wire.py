"""File services that read the framing of requests in their own way: wrongly, or correctly and unusually."""

from __future__ import annotations

import gzip
import re

from conformance.reference.file_service import FileService
from conformance.reference.framing import Framing, Lines
from conformance.reference.variants import fault, oddity


def _coding(lines: Lines) -> bytes:
    """The transfer codings of a request; empty for none."""
    named = (
        line.partition(b":")[2].strip().lower() for line in lines if line.lower().startswith(b"transfer-encoding:")
    )
    return next(named, b"")


def _without(lines: Lines, name: bytes) -> Lines:
    return [line for line in lines if not line.lower().startswith(name + b":")]


def _chunks(body: bytes) -> tuple[bytes, bool]:
    """What stands in chunks up to the first that breaks the grammar, and whether one does."""
    found = b""
    while (match := re.match(rb"([0-9a-fA-F]+)(?:;[^\r\n]*)?\r\n", body)) is not None:
        size, rest = int(match[1], 16), body[match.end() :]
        if size == 0:
            return found, False
        if rest[size : size + 2] != b"\r\n":
            return found + rest[:size], len(rest) >= size + 2
        found, body = found + rest[:size], rest[size + 2 :]
    return found, b"\r\n" in body


class ChunksEndAtAnError(Framing):
    """Takes what stands before a malformed chunk for the whole."""

    def framed(self, lines: Lines, body: bytes) -> tuple[Lines, bytes]:
        found, is_broken = _chunks(body) if _coding(lines) == b"chunked" else (b"", False)
        if not is_broken:
            return lines, body
        return [*_without(lines, b"transfer-encoding"), b"Content-Length: %d" % len(found)], found


class CodingsAreIgnored(Framing):
    """Looks whether chunked is among the transfer codings, and at none of the others."""

    def framed(self, lines: Lines, body: bytes) -> tuple[Lines, bytes]:
        if b"chunked" not in _coding(lines):
            return lines, body
        return [*_without(lines, b"transfer-encoding"), b"Transfer-Encoding: chunked"], body


class GzipIsUndone(Framing):
    """Understands gzip as a transfer coding."""

    def framed(self, lines: Lines, body: bytes) -> tuple[Lines, bytes]:
        if _coding(lines) != b"gzip, chunked":
            return lines, body
        found = gzip.decompress(_chunks(body)[0])
        return [*_without(lines, b"transfer-encoding"), b"Content-Length: %d" % len(found)], found


class LengthsAreRead(Framing):
    """Takes the digits of a length, whatever stands around them."""

    def framed(self, lines: Lines, body: bytes) -> tuple[Lines, bytes]:
        return [re.sub(rb"(?i)^(content-length:)[ +]*(\d+)[a-z]*$", rb"\1 \2", line) for line in lines], body


class FirstLengthsCount(Framing):
    """Takes the first of several lengths."""

    def framed(self, lines: Lines, body: bytes) -> tuple[Lines, bytes]:
        lengths = [line for line in lines if line.lower().startswith(b"content-length:")]
        if len(lengths) < 2 and b"," not in b"".join(lengths):
            return lines, body
        first = lengths[0].partition(b",")[0]
        size = int(first.partition(b":")[2])
        return [*_without(lines, b"content-length"), first], body[:size]


class TrailersAreContent(Framing):
    """Takes what stands behind the last chunk for a part of the body."""

    def framed(self, lines: Lines, body: bytes) -> tuple[Lines, bytes]:
        trailer = body.rpartition(b"\r\n0\r\n")[2].removesuffix(b"\r\n")
        if _coding(lines) != b"chunked" or not trailer.endswith(b"\r\n"):
            return lines, body
        found = _chunks(body)[0] + trailer
        return [*_without(lines, b"transfer-encoding"), b"Content-Length: %d" % len(found)], found


class Silent(Framing):
    """Closes the connection where it cannot read a request."""

    is_silent = True


@fault(kills={"BIN-43"})
class MalformedChunksEndTheFile(FileService):
    """Stores what came before a malformed chunk as the whole file."""

    framing = ChunksEndAtAnError()


@fault(kills={"BIN-44"})
class TransferCodingsAreIgnored(FileService):
    """Stores the bytes of a transfer coding that it does not know."""

    framing = CodingsAreIgnored()


@fault(kills={"BIN-44"})
class TrailersAreStored(FileService):
    """Stores the trailer of a body in chunks behind its last byte."""

    framing = TrailersAreContent()


@fault(kills={"BIN-45"})
class LengthsAreReadLeniently(FileService):
    """Takes lengths with a sign or a letter."""

    framing = LengthsAreRead()


@fault(kills={"BIN-45"})
class TheFirstLengthCounts(FileService):
    """Takes the first of two lengths, and what follows for the next request."""

    framing = FirstLengthsCount()


@oddity
class GzipIsATransferCoding(FileService):
    """Undoes gzip where it is a transfer coding."""

    framing = GzipIsUndone()


@oddity
class BrokenRequestsGetNoAnswer(FileService):
    """Closes the connection on requests that it cannot read."""

    framing = Silent()
