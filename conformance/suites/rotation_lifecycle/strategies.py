"""Hypothesis strategies for the bodies of a PATCH. They hold no secret."""

from __future__ import annotations

import json

from hypothesis import strategies as st

_OTHERS = (b'{"command": "stage"}', b'{"command": "rotated"}', b'{"command": null}')
MISTAKEN = (b"{}", *_OTHERS, b'{"command": ', b'"rotate"', b"")
"""Bodies that do not say rotate: without a command, with another one, or no object at all."""

_WORDS = st.text("abcdefghijklmnopqrstuvwxyz-_ ", max_size=12).filter(lambda word: word.strip().lower() != "rotate")
_VALUES = st.one_of(_WORDS, st.none(), st.booleans(), st.integers(-9, 9), st.just({"a": "rotate"}))


def mistaken_bodies() -> st.SearchStrategy[bytes]:
    """JSON with another command or another member, and text that is not JSON."""
    other = st.dictionaries(st.sampled_from(("cmd", "action", "operation", "state")), st.just("rotate"), max_size=2)
    objects = st.one_of(_VALUES.map(lambda value: {"command": value}), other)
    broken = st.text("{}[]:,\"' rotatecommand", min_size=1, max_size=24).filter(_is_no_json)
    return st.one_of(objects.map(lambda value: json.dumps(value).encode()), broken.map(str.encode))


def _is_no_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return True
    return False
