"""Values: whether one looks random is told in one look at each of its bytes."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from conformance.rules.url_tokens.values import Value, classify

AT_ONCE = re.compile(rb"[\w.~+/=!*$@:|,%-]*?[A-Za-z0-9]{8}[\w.~+/=!*$@:|,%-]*")
"""What is random, in one expression: a run of eight among the characters that tokens have."""
BYTES = st.text(alphabet="aZ0_.-~%/ \u00e9{", min_size=16, max_size=40).map(str.encode)


@given(BYTES, st.binary(max_size=3))
@example(b"q7Wn2Kc9Zr4Tm8Vb5Yx1Lp6Hd3Gs0FjQ", b"")
@example(b"q7W-2Kc-Zr4-m8V-5Yx-Lp6-d3G-0Fj", b"")
def test_a_random_value_is_one_with_a_run_of_eight_among_the_characters_of_tokens(begin: bytes, end: bytes) -> None:
    """Whatever else it may be, it is called random only where that expression says so."""
    value = begin + end
    stripped = value.strip(b" \t\r\n\"'\x00").rstrip(b")]}>,;.")
    sort = classify(value)
    assert sort is not Value.RANDOM or AT_ONCE.fullmatch(stripped)
    assert sort is not Value.POSSIBLE or len(stripped) < 16 or not AT_ONCE.fullmatch(stripped)


def test_a_long_value_is_looked_at_once() -> None:
    """Looked at again from each of its bytes, a million of them would take hours: a proxy would stand still."""
    assert classify(b"q7Wn2Kc9Zr4T" + b"A" * 1_000_000 + b"\xff") is Value.POSSIBLE
    assert classify(b"q7Wn2Kc9Zr4T" + b"A" * 1_000_000) is Value.RANDOM
