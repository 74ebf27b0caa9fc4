"""How a role reads the framing of uploads, where it differs from what h11 does."""

from __future__ import annotations

type Lines = list[bytes]


class Framing:
    """Frames the body of a small upload anew, before h11 reads it. A large one comes in pieces, as it is.

    Attributes:
        is_silent: whether the connection is closed without an answer where a request cannot be read.
    """

    is_silent = False

    def framed(self, lines: Lines, body: bytes) -> tuple[Lines, bytes]:
        """The lines of the head, and the body, framed as h11 takes them."""
        return lines, body

    def read(self, data: bytes) -> bytes:
        """What came, as it is handed to h11."""
        head, end, body = data.partition(b"\r\n\r\n")
        if not end or not head.startswith(b"PUT "):
            return data
        lines, body = self.framed(head.split(b"\r\n"), body)
        return b"\r\n".join([*lines, b"", body])
