"""The reference with one thing changed.

A fault is a defect that named requirements catch, and no others. An oddity is legal but unusual: nothing fails on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from conformance.documents import UsageProblem, nearest

if TYPE_CHECKING:
    from conformance.reference.role import Role


@dataclass(frozen=True, slots=True)
class Variant:
    """One variant.

    Attributes:
        role: the changed role.
        kills: the requirements that catch it; empty for an oddity.
        blinds: the defect breaks the very form that serves as control, so other requirements become inconclusive.
        untested: the requirements to which the variant gives no occasion, such as signed tokens where all are opaque.
        judgements: by which judgement a requirement catches it, where that is said here.
    """

    role: type[Role]
    kills: frozenset[str] = frozenset()
    blinds: bool = False
    untested: frozenset[str] = frozenset()
    judgements: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name to select it by: the class name, in lower case with hyphens."""
        return "".join(f"-{c.lower()}" if c.isupper() else c for c in self.role.__name__).lstrip("-")

    @property
    def says(self) -> str:
        """What is changed, in one sentence."""
        return (self.role.__doc__ or "").strip()


_REGISTERED: dict[str, Variant] = {}


def fault[R: Role](
    kills: set[str] | Mapping[str, str], *, blinds: bool = False, untested: set[str] | None = None
) -> Callable[[type[R]], type[R]]:
    """Register a role with a defect, with the requirements that catch it.

    Args:
        kills: the requirements; for the first fault of a requirement, with the judgement that goes against it.
        blinds: as in `Variant`.
        untested: as in `Variant`.

    Raises:
        ValueError: another variant has the name of this one, so only one of them would ever run.
    """

    def register(role: type[R]) -> type[R]:
        judgements = kills if isinstance(kills, Mapping) else {}
        added = Variant(role, frozenset(kills), blinds, frozenset(untested or ()), judgements)
        other = _REGISTERED.setdefault(added.name, added)
        if _place(other.role) == _place(role):  # a module that is imported anew defines the same class once more
            _REGISTERED[added.name] = added
        else:
            places = f"{other.role.__module__} and {role.__module__}"
            msg = f"two variants are called {added.name}, in {places}: rename one of the classes"
            raise ValueError(msg)
        return role

    return register


def _place(role: type[Role]) -> tuple[str, str]:
    return role.__module__, role.__qualname__


def oddity[R: Role](role: type[R]) -> type[R]:
    """Register a role that is unusual but correct."""
    return fault(kills=set())(role)


def oddity_without[R: Role](*requirements: str) -> Callable[[type[R]], type[R]]:
    """Register a role that is unusual but correct, and gives no occasion to test some requirements."""
    return fault(kills=set(), untested=set(requirements))


def variants() -> dict[str, Variant]:
    """All variants by name, faults before oddities."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    ordered = sorted(_REGISTERED.values(), key=lambda variant: not variant.kills)
    return {variant.name: variant for variant in ordered}


def variant(name: str) -> Variant:
    """The variant of this name.

    Raises:
        UsageProblem: there is none; the nearest are named.
    """
    known = variants()
    if name not in known:
        raise UsageProblem([f"--variant: there is no variant {name!r}; near it are {nearest(name, known)}"])
    return known[name]
