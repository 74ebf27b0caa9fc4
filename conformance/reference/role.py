"""What each role of the reference has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from starlette.routing import Route

    from conformance.reference.framing import Framing
    from conformance.reference.org import Org


class Role(ABC):
    """One role of the reference. Variants derive from the correct one and replace a small step.

    Attributes:
        role: what target files call it.
        capabilities: what the target file says about its capabilities because of this role.
        framing: how the framing of uploads is read; None for what the server does.
    """

    role: ClassVar[str]
    capabilities: ClassVar[dict[str, object]] = {}
    framing: ClassVar[Framing | None] = None

    def __init_subclass__(cls) -> None:
        """Know the correct roles: they derive from this class itself, and variants derive from them."""
        super().__init_subclass__()
        if Role in cls.__bases__:
            CORRECT[cls.role] = cls

    def __init__(self, org: Org) -> None:
        self.org = org

    @abstractmethod
    def routes(self) -> list[Route]:
        """Where the role is served."""

    @classmethod
    @abstractmethod
    def describe(cls, base_url: str) -> dict[str, object]:
        """The role's part of the target file.

        Args:
            base_url: where the reference is served, such as `http://127.0.0.1:8123`.
        """


CORRECT: dict[str, type[Role]] = {}
"""The correct roles that are loaded, by the names that target files give them."""
