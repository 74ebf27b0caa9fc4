"""What each role of the reference has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from asyncio import Protocol

    from starlette.routing import Route

    from conformance.reference.org import Org


class Role(ABC):
    """One role of the reference. Variants derive from the correct one and replace a small step.

    Attributes:
        role: what target files call it.
        capabilities: what the target file says about its capabilities because of this role.
        protocol: how HTTP is read, as uvicorn names it; a variant may read it in its own way.
    """

    role: ClassVar[str]
    capabilities: ClassVar[dict[str, object]] = {}
    protocol: ClassVar[type[Protocol] | Literal["h11"]] = "h11"

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
