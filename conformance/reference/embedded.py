"""Targets that a run brings along: the reference, and its variants, served on loopback when they are first used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from functools import cached_property
from pkgutil import iter_modules
from typing import TYPE_CHECKING

import conformance.reference
from conformance.config.target import Target
from conformance.reference.variants import Variant, variant, variants

if TYPE_CHECKING:
    from conformance.reference.server import Server

REFERENCE = "reference"


class EmbeddedTargets:
    """The reference, or the variants that were chosen.

    Args:
        names: the names of variants, or `all`; none for the reference.

    Raises:
        UsageProblem: there is no variant of a name.
    """

    def __init__(self, names: Sequence[str] = ()) -> None:
        self._variants: dict[str, Variant | None] = dict(_chosen(names)) if names else {REFERENCE: None}
        self._served: dict[str, Target] = {}
        self._resources = ExitStack()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the targets."""
        return tuple(self._variants)

    @cached_property
    def roles(self) -> frozenset[str]:
        """The roles that each of them plays: the module of a role has its name, so that nothing is loaded to know."""
        modules = {module.name for module in iter_modules(conformance.reference.__path__)}
        return frozenset(modules & Target.model_fields.keys())

    def says(self, name: str) -> str:
        """What a target is, in one phrase."""
        variant = self._variants[name]
        return f"embedded: {variant.says}" if variant is not None else "embedded, on loopback"

    def concerns(self, role: str, name: str) -> bool:
        """Whether requirements on a role are judged on a target: on a variant, those on the role that it changes."""
        variant = self._variants[name]
        return role in self.roles if variant is None else role == variant.role.role

    def target(self, name: str) -> Target:
        """A target by its name, served from its first use on."""
        if name not in self._served:
            from conformance.reference.app import describe, reference_app

            variant = self._variants[name]
            role = variant.role if variant is not None else None
            base_url = self._server.serve(reference_app(role), framing=role.framing if role else None)
            self._served[name] = Target.model_validate(describe(base_url, name, role))
        return self._served[name]

    def close(self) -> None:
        """Stop serving."""
        self._resources.close()

    @cached_property
    def _server(self) -> Server:
        from conformance.reference.server import Server

        return self._resources.enter_context(Server())


def _chosen(names: Iterable[str]) -> dict[str, Variant]:
    return variants() if "all" in names else {name: variant(name) for name in names}
