"""File services that read the framing of requests in their own way: wrongly, or correctly and unusually."""

from __future__ import annotations

import gzip
import re

from uvicorn.protocols.http.h11_impl import H11Protocol

from conformance.reference.file_service import FileService
from conformance.reference.variants import fault, oddity

type Lines = list[bytes]


class OwnFraming(H11Protocol):
    """Frames the body of a small upload anew, before h11 reads it. A large one comes in pieces, as it is."""

    def data_received(self, data: bytes) -> None:
        head, end, body = data.partition(b"\r\n\r\n")
        if end and head.startswith(b"PUT "):
            lines, body = self.framed(head.split(b"\r\n"), body)
            data = b"\r\n".join([*lines, b"", body])
        super().data_received(data)

    def framed(self, lines: Lines, body: bytes) -> tuple[Lines, bytes]:
        """Head and body, framed as h11 takes them."""
        return lines, body


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
    while (match := re.match(rb"([0-9a-fA-F]+)\r\n", body)) is not None:
        size, rest = int(match[1], 16), body[match.end() :]
        if size == 0:
            return found, False
        if rest[size : size + 2] != b"\r\n":
            return found + rest[:size], len(rest) >= size + 2
        found, body = found + rest[:size], rest[size + 2 :]
    return found, b"\r\n" in body


class ChunksEndAtAnError(OwnFraming):
    """Takes what stands before a malformed chunk for the whole."""

    def framed(self, lines: Lines, body: bytes) -> tuple[Lines, bytes]:
        found, is_broken = _chunks(body) if _coding(lines) == b"chunked" else (b"", False)
        if not is_broken:
            return lines, body
        return [*_without(lines, b"transfer-encoding"), b"Content-Length: %d" % len(found)], found


class CodingsAreIgnored(OwnFraming):
    """Looks whether chunked is among the transfer codings, and at none of the others."""

    def framed(self, lines: Lines, body: bytes) -> tuple[Lines, bytes]:
        if b"chunked" not in _coding(lines):
            return lines, body
        return [*_without(lines, b"transfer-encoding"), b"Transfer-Encoding: chunked"], body


class GzipIsUndone(OwnFraming):
    """Understands gzip as a transfer coding."""

    def framed(self, lines: Lines, body: bytes) -> tuple[Lines, bytes]:
        if _coding(lines) != b"gzip, chunked":
            return lines, body
        found = gzip.decompress(_chunks(body)[0])
        return [*_without(lines, b"transfer-encoding"), b"Content-Length: %d" % len(found)], found


class LengthsAreRead(OwnFraming):
    """Takes the digits of a length, whatever stands around them."""

    def framed(self, lines: Lines, body: bytes) -> tuple[Lines, bytes]:
        return [re.sub(rb"(?i)^(content-length:)[ +]*(\d+)[a-z]*$", rb"\1 \2", line) for line in lines], body


class FirstLengthsCount(OwnFraming):
    """Takes the first of several lengths."""

    def framed(self, lines: Lines, body: bytes) -> tuple[Lines, bytes]:
        lengths = [line for line in lines if line.lower().startswith(b"content-length:")]
        if len(lengths) < 2 and b"," not in b"".join(lengths):
            return lines, body
        first = lengths[0].partition(b",")[0]
        size = int(first.partition(b":")[2])
        return [*_without(lines, b"content-length"), first], body[:size]


class Silent(H11Protocol):
    """Closes the connection where it cannot read a request."""

    def send_400_response(self, msg: str) -> None:
        self.transport.close()


@fault(kills={"BIN-43"})
class MalformedChunksEndTheFile(FileService):
    """Stores what came before a malformed chunk as the whole file."""

    protocol = ChunksEndAtAnError


@fault(kills={"BIN-44"})
class TransferCodingsAreIgnored(FileService):
    """Stores the bytes of a transfer coding that it does not know."""

    protocol = CodingsAreIgnored


@fault(kills={"BIN-45"})
class LengthsAreReadLeniently(FileService):
    """Takes lengths with a sign or a letter."""

    protocol = LengthsAreRead


@fault(kills={"BIN-45"})
class TheFirstLengthCounts(FileService):
    """Takes the first of two lengths, and what follows for the next request."""

    protocol = FirstLengthsCount


@oddity
class GzipIsATransferCoding(FileService):
    """Undoes gzip where it is a transfer coding."""

    protocol = GzipIsUndone


@oddity
class BrokenRequestsGetNoAnswer(FileService):
    """Closes the connection on requests that it cannot read."""

    protocol = Silent
