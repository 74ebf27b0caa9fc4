"""A family is one record: its role, what drives it, what looks for what is absent, and its clean-up.

`family.py` of each suite folder holds the record as `FAMILY`. Nothing else lists families: a new folder is a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, Protocol

import conformance.suites
from conformance.rules.outcome import NotTested

if TYPE_CHECKING:
    from conformance.config.profile import Requirement
    from conformance.config.roles import RoleModel
    from conformance.config.target import Target
    from conformance.http.client import Client
    from conformance.http.credentials import Tokens
    from conformance.http.exchange import Exchange
    from conformance.judging.applicability import Probe
    from conformance.judging.journal import Entry, Journal
    from conformance.judging.matchers import CaseRecord

type Finish = Callable[[Target, Client, Entry], str]
"""Undoes something. Returns what went wrong; empty if it is gone. May raise Stopped."""


class Driver(Protocol):
    """What a test of a family calls: it sends requests to a role, and undoes what they created."""

    case: CaseRecord

    def close(self) -> None:
        """Undo it. Raises Stopped where the target does not let it."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What one case runs in.

    Attributes:
        target: the target.
        requirement: what is judged.
        client: sends, in the name of the requirement.
        case: the record of the case.
        journal: where creations are noted before they happen.
        is_shared: whether other processes of the run use the same target.
        note: takes note of an exchange that somebody else began.
        memory: what earlier cases found out about the target; a driver keeps it by a name of its own.
        tokens: what earlier cases of any role fetched; empty once the clock was moved, which may have ended it.
    """

    target: Target
    requirement: Requirement
    client: Client
    case: CaseRecord
    journal: Journal
    is_shared: bool
    note: Callable[[Exchange], None]
    memory: dict[str, Any]
    tokens: Tokens

    def role[R: RoleModel](self, model: type[R]) -> R:
        """What the target file says about a role.

        Raises:
            NotTested: the target does not declare it.
        """
        declared = self.target.declared(model)
        if declared is None:
            raise NotTested(f"the target does not declare the role {model.name}")
        return declared

    def remembered[T](self, name: str, make: Callable[[], T]) -> T:
        """What earlier cases know of the target under a name; made where there is nothing yet."""
        kept: T = self.memory.setdefault(name, make())
        return kept


@dataclass(frozen=True, slots=True)
class Family:
    """One family.

    Attributes:
        role: what a target file says about the role.
        drive: makes the driver of a case. Raises NotTested where the case cannot be tried.
        probes: what looks for features that a target file says are absent, by their names.
        finishes: how what a run left is undone, by the kind of journal entry; others are undone by their own call.
    """

    role: type[RoleModel]
    drive: Callable[[Setting], Driver]
    probes: Mapping[str, Probe[Any]]
    finishes: Mapping[str, Finish] = field(default_factory=dict)


@cache
def folders() -> Mapping[str, Family]:
    """The records of all families, by the names of their folders."""
    names = [found.name for found in iter_modules(conformance.suites.__path__) if found.ispkg]
    return {name: import_module(f"conformance.suites.{name}.family").FAMILY for name in names}


def families() -> tuple[Family, ...]:
    """The records of all families."""
    return tuple(folders().values())
