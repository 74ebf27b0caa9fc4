"""What was chosen for a run on the command line. Knows nothing of pytest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal

from conformance.config.fleet import Chosen
from conformance.judging.client_choice import ClientChoice, TrafficChoice
from conformance.judging.selection import Selection

type Depth = Literal["quick", "standard", "deep"]

EXAMPLES: dict[Depth, int] = {"quick": 5, "standard": 20, "deep": 200}
"""How many examples a property is tried with."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What was chosen on the command line, in the words of the options."""

    profile: str
    targets: Sequence[str] = ()
    fleet: Chosen = field(default_factory=Chosen)
    left_out: Collection[str] = ()  # targets that another process of the run has found to need no repetition
    client: ClientChoice | None = None
    traffic: TrafficChoice | None = None
    variants: Sequence[str] = ()
    selection: Selection = field(default_factory=Selection)
    depth: Depth = "standard"
    allow_destructive: bool = False
    strict: bool = False
    waivers: str | None = None
    baseline: str | None = None
    updates_baseline: bool = False
    sends_nothing: bool = False
