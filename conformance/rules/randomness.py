"""How much values vary that nobody may guess."""

from __future__ import annotations

from math import log2
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.redaction import Secret
    from conformance.rules.flaw import Flaw


def is_guessable(values: Sequence[Secret], bits: int, what: str) -> Flaw | None:
    """None if values of one kind vary enough: the places at which they differ, by the letters that stand there.

    Of a single value each place may vary.

    Args:
        values: the values.
        bits: by how much they have to vary.
        what: what they are.
    """
    texts = [value.reveal() for value in values]
    places = range(min(map(len, texts)))
    varying = [place for place in places if len(texts) == 1 or len({text[place] for text in texts}) > 1]
    letters = {text[place] for text in texts for place in varying}
    found = len(varying) * log2(max(2, len(letters)))
    return f"the {what} vary by about {found:.0f} bits" if found < bits else None
