"""Page tokens that an answer hands out. They are not credentials, even where a poller sends one as a bare `token`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.rules.url_tokens.decoding import unquoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.rules.url_tokens.judging import Judgement

MOST = 4096
"""How many page tokens are remembered; then all are forgotten."""

_MEMBER = re.compile(
    rb'"(?i:(?:@odata\.)?(?:next|prev|continuation|cursor|page|paging|skip|sync|delta|resume|scroll)[a-z_-]{0,24})"'
    rb'\s*:\s*"([^"]{16,8192})"'
)
_LINKED = re.compile(rb'<([^>]*)>[^,<]*;\s*rel\s*=\s*"?(?i:next|prev|previous|first|last)\b')
_IN_URL = re.compile(rb"[?&]token=([^&#]{16,})")


class PageTokens:
    """Remembers the page tokens that answers have handed out, by a keyed hash."""

    def __init__(self) -> None:
        self._known: set[int] = set()

    def in_body(self, body: bytes) -> None:
        """Note those in the JSON of a page: under a name of paging, or in the address of another page."""
        for match in _MEMBER.finditer(body):
            value = match[1].replace(rb"\/", b"/").replace(rb"\u0026", b"&")
            self._note(_of_url(value) if b"?" in value else [value])

    def in_link(self, value: bytes) -> None:
        """Note those in a Link header (RFC 8288) that leads to another page."""
        for match in _LINKED.finditer(value):
            self._note(_of_url(match[1]))

    def explain(self, judgement: Judgement) -> bool:
        """Whether a finding is one of them, under the one name that credentials and page tokens share."""
        is_bare = judgement.rule == "L2" and judgement.piece.name.lower() == b"token"
        return is_bare and hash(judgement.secret) in self._known

    def _note(self, values: Iterator[bytes] | list[bytes]) -> None:
        if len(self._known) >= MOST:
            self._known.clear()
        self._known.update(map(hash, values))


def _of_url(url: bytes) -> Iterator[bytes]:
    yield from (unquoted(match[1]) for match in _IN_URL.finditer(url))
