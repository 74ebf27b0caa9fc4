"""Places in a document."""

from __future__ import annotations

type Location = tuple[str | int, ...]
"""Where a value is: the keys and the list positions that lead to it."""

type Position = tuple[int, int]
"""Line and column, both counted from 1."""
