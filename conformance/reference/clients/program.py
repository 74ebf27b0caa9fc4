"""What each client and each of its variants is: a program with a name, which runs once."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from typing import ClassVar


class Program(ABC):
    """A client. Variants derive from the correct one and replace a small step.

    Attributes:
        role: what profiles call it.
    """

    role: ClassVar[str]

    @abstractmethod
    def run(self) -> int:
        """Do the client's work once. Returns the exit code."""

    def say(self, text: str) -> None:
        """Tell what was done."""
        sys.stdout.write(f"{text}\n")
