"""The reference clients with one thing changed each, as the variants of the reference are.

`python -m conformance.reference.clients.variants NAME` runs one.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from conformance.reference.clients.program import Program


class ClientVariant(NamedTuple):
    """One variant.

    Attributes:
        program: the changed client.
        kills: the requirements that catch it; empty for an oddity.
        untested: the requirements to which it gives no occasion.
    """

    program: type[Program]
    kills: frozenset[str] = frozenset()
    untested: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The name to run it by: the class name, in lower case with hyphens."""
        return "".join(f"-{c.lower()}" if c.isupper() else c for c in self.program.__name__).lstrip("-")

    @property
    def says(self) -> str:
        """What is changed, in one sentence."""
        return (self.program.__doc__ or "").strip()


_REGISTERED: dict[str, ClientVariant] = {}


def fault[P: Program](*kills: str, untested: tuple[str, ...] = ()) -> Callable[[type[P]], type[P]]:
    """Register a client with a defect, with the requirements that catch it.

    Raises:
        ValueError: another variant has its name.
    """

    def register(program: type[P]) -> type[P]:
        added = ClientVariant(program, frozenset(kills), frozenset(untested))
        if _REGISTERED.setdefault(added.name, added).program is not program:
            raise ValueError(f"two variants of clients are called {added.name}: rename one of the classes")
        return program

    return register


def oddity[P: Program](*untested: str) -> Callable[[type[P]], type[P]]:
    """Register a client that is unusual but correct, with the requirements to which it gives no occasion."""
    return fault(untested=untested)


def client_variant(name: str) -> ClientVariant | None:
    """The variant with this name, None for no such one; of the modules those are imported that may have it."""
    named = "".join(word[:1].upper() + word[1:] for word in name.split("-"))
    for module in _modules():
        if f"class {named}(" in Path(*__path__, f"{module}.py").read_text("utf-8"):
            import_module(f"{__name__}.{module}")
    return _REGISTERED.get(name)


def client_variants() -> dict[str, ClientVariant]:
    """All variants by name, faults before oddities."""
    for module in _modules():
        import_module(f"{__name__}.{module}")
    ordered = sorted(_REGISTERED.values(), key=lambda variant: not variant.kills)
    return {variant.name: variant for variant in ordered}


def _modules() -> list[str]:
    return [module.name for module in iter_modules(__path__) if module.name != "__main__"]
