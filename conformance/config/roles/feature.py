"""What a role may have or lack, with the sentences that make it optional.

A requirement names the features without which it does not apply. Where the target file declares a feature, its
requirements are tested; where the file lists it under `absent`, they are not applicable, unless it is seen to be there;
where the file says neither, they are not tested.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something may be absent: a sentence, and where it is written.

    Attributes:
        because: what the source says, as a sentence without its full stop.
        source: the document and its section.
        url: its public address.
    """

    because: str
    source: str
    url: str


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that a role has or lacks.

    Attributes:
        name: what `absent` and the requirements call it.
        what: the same in words that follow "there is no" and "names no".
        line: the line below the role that declares it; with a dot in its key, a line of the whole file. Empty where
            nothing has to be declared: the suite finds out by itself.
        given: whether the role and its target declare it; None where nothing has to be declared.
        found: whether the suite may find it although nothing declares it.
        optional: why it may be absent; None where it may not.
        part_of: the feature without which there is none of this one either.
        denied: the line of the role, other than `absent`, which says that there is none; empty if none does.
        everywhere: whether every org of Salesforce has it.
        undoes: whether what the suite creates is removed by it, so that without it everything stays.
    """

    name: str
    what: str
    line: str = ""
    given: Callable[[Any, Any], object] | None = None
    found: Callable[[Any], object] = lambda role: False
    optional: Reason | None = None
    part_of: str = ""
    denied: Callable[[Any], str] = lambda role: ""
    everywhere: bool = False
    undoes: bool = False
