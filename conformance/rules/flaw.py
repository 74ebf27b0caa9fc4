"""What a rule finds wrong."""

from __future__ import annotations

from typing import Self

type Flaw = str
"""A sentence that says what is wrong with an answer, or with a sequence of exchanges."""


class FlawOfKind(str):
    """A flaw with a kind: of several things that can be wrong with an answer, which one it is.

    The kind is for programs: a proof that a fault is caught tells a session that opens from a server that breaks down,
    although neither is a refusal.
    """

    __slots__ = ("kind",)
    kind: str

    def __new__(cls, kind: str, text: str) -> Self:
        """A flaw of a kind, such as `session`."""
        made = super().__new__(cls, text)
        made.kind = kind
        return made
